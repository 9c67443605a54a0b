import { StowawayError } from '../errors.ts'
import type { Key } from '../store.ts'
import type { Digest } from './digest.ts'
import { type Ignored, byName, isCredentialHeader, type RedactedUrl, redactUrl } from './redact.ts'
import { normalizeUrl } from './url.ts'

/** Goes up whenever the same request would get another key. */
export const KEY_VERSION = '1'

/** What of a request takes part in its key; a `Request` without a body is one. */
export interface KeyRequest {
  /** In the case in which `Request` has it. */
  readonly method: string
  /** As the WHATWG parser writes it (`new URL(…).href`). */
  readonly url: string
  readonly headers: Iterable<readonly [name: string, value: string]> & { get(name: string): string | null }
  /** As given to `fetch`, or buffered. A stream has no key. */
  readonly body?: unknown
  /** The credentials mode, where the runtime honours it. */
  readonly credentials?: string | undefined
}

export interface KeySettings {
  readonly ignored: Ignored
  /** Takes the place of the URL and the body, but of neither the method nor the credentials. */
  readonly keyFn?: ((request: KeyRequest) => string) | undefined
  /** Credentials do not take part. */
  readonly anonymous?: boolean | undefined
  /** Separates users whose cookies the page can't see. */
  readonly partition?: string | undefined
  /** The keyed digest of the store; called only where there is something secret. */
  readonly digest: () => Promise<Digest>
}

export interface RequestKey {
  readonly key: Key
  /**
   * Empty, or a credentials mode other than `same-origin`, and a digest of all credentials: those in headers, URL and
   * body, and the partition.
   */
  readonly identity: string
  /** Printable, without secrets, and the same in every store. */
  readonly cacheKey: string
}

/**
 * The key of a request. Not a promise where nothing has to be hashed; the promise of undefined where the body can't be
 * read ahead, and the cache is to be bypassed. Throws `invalid-option` when `keyFn` returns no string.
 */
export function keyOf(request: KeyRequest, settings: KeySettings): RequestKey | Promise<RequestKey | undefined> {
  const { method, body, credentials = 'same-origin' } = request
  const target = redactUrl(normalizeUrl(request.url), settings.ignored)
  const custom = settings.keyFn && customKey(settings.keyFn(asSent(request)), settings.ignored)
  const bare = method === 'GET' || method === 'HEAD'
  // A type without content is about the content, too (RFC 10008).
  const empty = (body === undefined || body === null) && (bare || request.headers.get('content-type') === null)
  const verb = empty && bare ? '' : method
  // No method has a colon in it, so neither can be taken for the other.
  const selector = custom ? `custom:${verb}` : verb
  const url = (custom ?? target).url
  const mode = credentials === 'same-origin' ? '' : credentials
  const secrets = settings.anonymous
    ? []
    : [...target.secrets, ...(custom?.secrets ?? []), ...headerSecrets(request, settings.ignored)]
  if (settings.partition !== undefined) secrets.push('partition', settings.partition)
  if (empty && secrets.length === 0) return requestKey(url, selector, mode)
  const draft: Draft = { url, selector, mode, secrets, empty }
  return import('./hashed.ts').then(({ hashedKey }) => hashedKey(request, settings, draft))
}

/** What is known before anything is hashed. */
export interface Draft {
  readonly url: string
  readonly selector: string
  readonly mode: string
  readonly secrets: readonly string[]
  readonly empty: boolean
}

export function requestKey(url: string, selector: string, identity: string): RequestKey {
  const key = { namespace: 'http', url, selector }
  return { key, identity, cacheKey: cacheKeyOf(key) }
}

/** Read back by parse-key.ts. */
export function cacheKeyOf({ selector, url }: Key): string {
  return `${KEY_VERSION} ${selector || 'GET'} ${selector.startsWith('custom:') ? printable(url) : url}`
}

/** Without the methods that override the request's. */
const asSent = (request: KeyRequest): KeyRequest =>
  request.method.includes('>') ? { ...request, method: request.method.replace(/>.*/, '') } : request

function customKey(value: unknown, ignored: Ignored): RedactedUrl {
  if (typeof value !== 'string')
    throw new StowawayError('invalid-option', `keyFn must return a string, not ${typeof value}`)
  return redactUrl(value, ignored)
}

/** Name and value of each credential, sorted by name; the colon keeps a field apart from a parameter of the same name. */
function headerSecrets({ headers }: KeyRequest, ignored: Ignored): string[] {
  const found: [string, string][] = []
  for (const [name, value] of headers) {
    if (isCredentialHeader(name, ignored)) found.push([`${name.toLowerCase()}:`, value])
  }
  return found.sort(byName).flat()
}

const printable = (text: string): string =>
  text.replace(/[^ -[\]-~]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)

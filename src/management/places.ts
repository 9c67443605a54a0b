/** Where what a request, a URL or a `cacheKey` names is stored. */
import { StowawayError } from '../errors.ts'
import { overriding } from '../standards/method-override.ts'
import { isCustom, ruleKey, simplified } from '../exchange/storage.ts'
import type { Storage } from '../exchange/storage.ts'
import { keyOf } from '../key/key.ts'
import { parseCacheKey } from '../key/parse-key.ts'
import { ignoredNames, ignoredOf, redactUrl } from '../key/redact.ts'
import { normalizeUrl } from '../key/url.ts'
import { readEntry } from '../record.ts'
import type { Stored } from '../record.ts'
import { refuse } from '../options/refuse.ts'
import type { Entry, Key } from '../store.ts'
import { simplifySearch } from '../standards/no-vary-search.ts'
import type { Context } from './context.ts'
import { requestLike, standing } from './entry.ts'

/** All under a URL, or with `selector` only that. */
export interface Place {
  readonly url: string
  readonly selector?: string
}

export interface Subject {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body?: unknown
}

/** Credentials take part in variants, not in keys: nothing secret has to be known, or made. */
const NO_DIGEST = async (): Promise<() => string> => () => ''

/** The key of a request under the present settings; undefined where it has none. */
export async function keyUnder(context: Context, subject: Subject): Promise<Key | undefined> {
  const { settings } = standing(context, subject)
  const { ignoredParameters, keyFn, noVarySearch } = settings
  const url = noVarySearch ? simplifySearch(subject.url, noVarySearch) : subject.url
  const method = [subject.method, ...overriding(subject.headers).map(encodeURIComponent)].join('>')
  const ignored = await ignoredOf(ignoredParameters)
  const found = await keyOf({ ...subject, method, url }, { ignored, keyFn, digest: NO_DIGEST })
  return found?.key
}

/** What is under a key, looking without a trace. */
export async function lookAt({ store, targeted }: Storage, key: Key): Promise<readonly Stored[]> {
  return (await store.get(key, false)).flatMap((entry) => readEntry(entry, targeted) ?? [])
}

/** The URL under which No-Vary-Search keeps what answers a URL, too. */
export async function alikeUrl(storage: Storage, key: Key): Promise<string | undefined> {
  if (isCustom(key)) return undefined
  const [rule] = await lookAt(storage, ruleKey(key))
  const url = await simplified(key.url, rule?.facts.fields.get('no-vary-search') ?? null)
  return url === key.url ? undefined : url
}

async function withAlike(storage: Storage, key: Key, place: Place): Promise<readonly Place[]> {
  const url = await alikeUrl(storage, key)
  return url === undefined ? [place] : [place, { ...place, url }]
}

/** Everything under a URL, as far as it is known where that is. Throws `invalid-option`. */
async function ofUrl(context: Context, storage: Storage, url: string): Promise<readonly Place[]> {
  const { settings } = standing(context, requestLike('GET', url))
  const plain = {
    namespace: 'http',
    url: redactUrl(normalizeUrl(url), await ignoredOf(settings.ignoredParameters)).url,
  }
  const places: Place[] = [...(await withAlike(storage, { ...plain, selector: '' }, { url: plain.url }))]
  const key = await keyUnder(context, requestLike('GET', url))
  if (!key || key.url === plain.url) return places
  return [...places, ...(await withAlike(storage, key, isCustom(key) ? key : { url: key.url }))]
}

async function ofRequest(context: Context, storage: Storage, request: Request): Promise<readonly Place[]> {
  if (request.bodyUsed) refuse('invalid-option', 'request', request, 'one whose body is not used')
  const { headers, method, url } = request
  const body = request.body ? await (await import('../key/body.ts')).readCopy(request) : undefined
  const key = await keyUnder(context, { method, url, headers, body })
  return key ? withAlike(storage, key, key) : []
}

/** Undefined where the text is no absolute URL of http. */
export function httpUrl(given: string | URL): string | undefined {
  const text = String(given)
  if (!URL.canParse(text)) return undefined
  const { href, protocol } = new URL(text)
  return protocol === 'http:' || protocol === 'https:' ? href : undefined
}

/** Throws `invalid-option`, which tells no secret: what is no URL may still hold one. */
export function refuseUrl(where: string, given: unknown, accepted: string): never {
  return refuse('invalid-option', where, typeof given === 'string' ? redactUrl(given, SECRETS).url : given, accepted)
}

const SECRETS = ignoredNames()

/** Throws `invalid-option`. */
export function checkUrl(given: unknown, where: string): string {
  const url = typeof given === 'string' || given instanceof URL ? httpUrl(given) : undefined
  return url ?? refuseUrl(where, given, 'an absolute URL of http or https')
}

/** Undefined for one of another release, under which nothing is stored. Throws `invalid-option`. */
export function checkKey(given: unknown): Key | undefined {
  const key = typeof given === 'string' ? parseCacheKey(given) : undefined
  if (key === undefined) refuseUrl('cacheKey', given, 'what `cacheKey` of a response says')
  return key ?? undefined
}

/** What was selected by name; checked before anything is done. */
export type Named = { readonly url: string } | { readonly key: Key | null } | { readonly request: Request }

export async function placesOf(context: Context, storage: Storage, names: readonly Named[]): Promise<readonly Place[]> {
  const found: Place[] = []
  for (const name of names) {
    if ('url' in name) found.push(...(await ofUrl(context, storage, name.url)))
    else if ('request' in name) found.push(...(await ofRequest(context, storage, name.request)))
    else if (name.key) found.push(name.key)
  }
  return found
}

/** Each entry once, however many of the places it is in. The rules of No-Vary-Search come with their URL. */
export async function* entriesAt({ store }: Storage, places: readonly Place[]): AsyncGenerator<Entry> {
  const selectors = new Map<string, Set<string | undefined>>()
  for (const { selector, url } of places) selectors.set(url, (selectors.get(url) ?? new Set()).add(selector))
  for (const [url, wanted] of selectors) {
    for await (const entry of store.list({ namespace: 'http', url })) {
      if (entry.key.url !== url) continue
      if (wanted.has(undefined) || wanted.has(entry.key.selector)) yield entry
    }
  }
}

export const nothing = (what: string, instead: string): StowawayError =>
  new StowawayError('invalid-option', `${what}: nothing was selected; ${instead}`)

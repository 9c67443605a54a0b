/** A response and its way through the cache, as text and as JSON. */
import process from 'node:process'
import type { CachedResponse } from '../src/response.ts'
import { ignoredNames, redactUrl } from '../src/key/redact.ts'
import { redactHeaders } from '../src/key/redact-fields.ts'
import { printable } from './output.ts'
import type { Place } from './place.ts'
import { size, span } from './units.ts'

/** Bytes as they came where nobody looks at them. */
const shown = (text: string): string => (process.stdout.isTTY ? printable(text) : text)

/** The version of HTTP is not known any more, so that the one that `fetch` speaks stands for it. */
const statusLine = ({ status, statusText }: Response): string => `HTTP/1.1 ${status} ${statusText}`.trimEnd()

export function headOf(response: CachedResponse): string {
  const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`)
  return [statusLine(response), ...lines, '', ''].map(shown).join('\n')
}

export const withoutSecrets = (url: string): string => redactUrl(url, ignoredNames()).url

interface Story {
  readonly place?: Place | undefined
  readonly url?: string
  readonly init?: { readonly method: string; readonly headers: Headers }
  /** Bytes. */
  readonly sent?: number | undefined
  readonly response?: CachedResponse
}

/** What `--verbose` says. */
export function storyOf({ init, place, response, sent, url = '' }: Story): string {
  const lines: string[] = []
  if (place) lines.push(`* cache: ${place.path}`)
  if (init)
    lines.push(
      `> ${init.method} ${withoutSecrets(url)}`,
      ...fields('>', init.headers),
      ...(sent ? [`> ${size(sent)} of body`] : []),
    )
  if (response) {
    for (const { headers, status, url: from } of response.history)
      lines.push(`< ${status} ${from} to ${headers.get('location')}`)
    lines.push(`< ${statusLine(response)}`, ...fields('<', response.headers))
    lines.push(`* ${originOf(response)}: ${response.why}`, `* ${fate(response)}`)
  }
  return lines.map(printable).join('\n')
}

/** What is told ends up in logs. */
const fields = (mark: string, headers: Headers): readonly string[] =>
  redactHeaders(headers, ignoredNames()).map(([name, value]) => `${mark} ${name}: ${value}`)

function originOf({ fromCache, isExpired, revalidated }: CachedResponse): string {
  if (!fromCache) return 'from the origin'
  if (revalidated) return 'from the cache, confirmed by the origin'
  return isExpired ? 'from the cache, stale' : 'from the cache'
}

function fate({ cacheKey, createdAt, expires, fromCache, headers }: CachedResponse): string {
  if (createdAt === null) {
    // Our own member of Cache-Status is the last one.
    const [, why] = /;detail="?([^";]+)[^,]*$/.exec(headers.get('cache-status') ?? '') ?? []
    return why === undefined ? 'not stored' : `not stored: ${why}`
  }
  const now = Date.now()
  const stored = fromCache ? `stored ${span(now - createdAt.getTime())} ago` : 'stored'
  const left = expires && expires.getTime() - now
  const fresh =
    left === null ? 'never expires' : left > 0 ? `fresh for ${span(left)}` : 'to be validated before its next use'
  return `${stored}, ${fresh}, under ${cacheKey}`
}

/** The document of `get --json`. */
export async function responseJson(response: CachedResponse, withBody: boolean): Promise<object> {
  const { age, cacheKey, createdAt, expires, fromCache, isExpired, revalidated, status, statusText, url, why } =
    response
  return {
    url,
    status,
    statusText,
    headers: [...response.headers],
    fromCache,
    revalidated,
    isExpired,
    createdAt,
    expires,
    age,
    cacheKey,
    why,
    ...(withBody && bodyJson(new Uint8Array(await response.arrayBuffer()))),
  }
}

/** As text where that is lossless. */
function bodyJson(bytes: Uint8Array): object {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { bodyBase64: Buffer.from(bytes).toString('base64') }
  }
}

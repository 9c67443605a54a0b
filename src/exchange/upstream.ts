/** The request as the caller gave it; it is sent in sending.ts. */
import type { FetchInput } from '../cache.ts'
import type { CacheMode } from '../policy.ts'

export type Fetch = typeof globalThis.fetch

export interface Outgoing {
  readonly input: FetchInput
  readonly init: RequestInit
  /** As WHATWG writes it, with its fragment. */
  readonly url: string
  /** In the case in which Fetch sends it. */
  readonly method: string
  readonly headers: Headers
  readonly mode: CacheMode
  readonly redirect: NonNullable<RequestInit['redirect']>
  readonly credentials: 'omit' | 'same-origin' | 'include'
  readonly signal: AbortSignal | undefined
  readonly hasBody: boolean
}

/** Fetch, "normalize a method": the others keep their case. */
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i

/** Undefined for what Fetch itself would refuse, or what no cache has a part in: the underlying fetch gets it as it is. */
export function describe(input: FetchInput, init: RequestInit = {}): Outgoing | undefined {
  const request = input instanceof Request ? input : undefined
  const base = typeof location === 'undefined' ? undefined : location.href
  const text = input instanceof Request ? input.url : input instanceof URL ? input.href : String(input)
  if (init.integrity || request?.integrity) return undefined
  const method = String(init.method ?? request?.method ?? 'GET')
  try {
    const { href, protocol, username, password } = new URL(text, base)
    if ((protocol !== 'http:' && protocol !== 'https:') || username !== '' || password !== '') return undefined
    const mode = init.cache ?? requestCache(request) ?? 'default'
    if (!isCacheMode(mode)) return undefined
    return {
      input,
      init,
      url: href,
      method: NORMALIZED.test(method) ? method.toUpperCase() : method,
      headers: new Headers(init.headers ?? request?.headers),
      mode,
      redirect: init.redirect ?? request?.redirect ?? 'follow',
      credentials: init.credentials ?? request?.credentials ?? 'same-origin',
      signal: init.signal === null ? undefined : (init.signal ?? request?.signal),
      hasBody: (init.body ?? request?.body ?? null) !== null,
    }
  } catch {
    return undefined
  }
}

/** Not every runtime has `Request.cache`. */
function requestCache(request: Request | undefined): NonNullable<RequestInit['cache']> | undefined {
  return request && 'cache' in request ? request.cache : undefined
}

const MODES = new Set<string>(['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'])

const isCacheMode = (mode: string): mode is CacheMode => MODES.has(mode)

/** The responses that callers get: from the store, as they came, or generated; those on their way to the store are in arriving.ts. */
import type { Asking } from '../decide/before.ts'
import { hasCode } from '../errors.ts'
import type { Report } from '../events.ts'
import { withoutFragment } from '../key/url.ts'
import { ttl } from '../policy.ts'
import type { Life } from '../policy.ts'
import type { Stored } from '../record.ts'
import type { Field } from '../rfc9111/3-storing.ts'
import { decorate } from '../response.ts'
import type { CachedResponse, ResponseInfo } from '../response.ts'
import { formatCacheStatus } from '../standards/cache-status.ts'
import type { CacheStatus } from '../standards/cache-status.ts'
import type { Call } from './call.ts'
import { answer, openBody } from './serve.ts'
import type { Storage } from './storage.ts'
import type { Outgoing } from './upstream.ts'

export interface Context {
  readonly now: () => number
  readonly report: Report
  /** Undefined where no store can be had. */
  readonly storage: () => Storage | undefined | Promise<Storage | undefined>
  /** See `Runtime.streamed`. */
  readonly streamed?: boolean | undefined
}

/** Of a response that is neither stored nor from the store. */
export const UNSTORED = {
  fromCache: false,
  createdAt: null,
  expires: null,
  revalidated: false,
  born: null,
  elapsed: null,
  size: null,
} as const

const built = new WeakMap<readonly Field[], Headers>()

/** Copying `Headers` costs a third of filling them, so they are filled once for what is stored. Throws for what is no field. */
function headersOf(fields: readonly Field[]): Headers {
  let headers = built.get(fields)
  if (!headers) {
    headers = new Headers(fields.map(([name, value]): [string, string] => [name, value]))
    built.set(fields, headers)
  }
  return headers
}

export interface Serving {
  readonly life: Life
  readonly status: CacheStatus
  readonly revalidated?: boolean
  /** See `CachedProperties.why`. */
  readonly why: string
}

/** What follows where the body has gone meanwhile, and `fromStore` gives undefined. */
export const GONE: Asking = { do: 'forward', fwd: 'miss', why: 'the stored body has gone' }

export async function fromStore(
  call: Call,
  stored: Stored,
  { life, revalidated = false, status, why }: Serving,
  context: Context,
): Promise<CachedResponse | undefined> {
  const { key, out, request } = call
  const { now, report } = context
  const at = now()
  const answered = answer(request, stored, at)
  const { fields, part, status: code, statusText } = answered instanceof Promise ? await answered : answered
  try {
    const opening = part && openBody(stored, part, call, context)
    const body = opening instanceof Promise ? await opening : opening
    const response = new Response(body, { status: code, statusText, headers: headersOf(fields) })
    response.headers.set('age', String(Math.floor(life.age / 1000)))
    response.headers.append('cache-status', formatCacheStatus({ ...status, ttl: ttl(life) }))
    const { followedTo, requestTime, responseTime, type } = stored.record
    return decorate(response, {
      fromCache: true,
      createdAt: stored.entry.meta.createdAt,
      expires: life.expires,
      revalidated,
      cacheKey: key.cacheKey,
      now,
      born: at - life.age,
      elapsed: responseTime - requestTime,
      size: stored.entry.size,
      why,
      url: followedTo ?? withoutFragment(out.url),
      redirected: followedTo !== undefined,
      type,
    })
  } catch (error) {
    // Replaced or removed by others, which is no failure.
    if (!hasCode(error, 'gone')) report(error)
    return undefined
  }
}

/** A response as it came. It can't be told what we add, so that is kept beside it. */
export function untouched(
  response: Response,
  status: CacheStatus,
  cacheKey: string | null,
  { now }: Pick<Context, 'now'>,
  { elapsed, why }: Pick<ResponseInfo, 'elapsed' | 'why'>,
): CachedResponse {
  return decorate(response, { ...UNSTORED, cacheKey, now, elapsed, why, cacheStatus: formatCacheStatus(status) })
}

/** §5.2.1.7, §5.2.2.2. Generated here, so without Cache-Status (RFC 9211 §2). */
export function gatewayTimeout(
  out: Outgoing,
  cacheKey: string | null,
  why: string,
  { now }: Pick<Context, 'now'>,
  response: Response = new Response(null, { status: 504, statusText: 'Gateway Timeout' }),
): CachedResponse {
  const info: ResponseInfo = {
    ...UNSTORED,
    fromCache: true,
    cacheKey,
    now,
    why,
    url: withoutFragment(out.url),
  }
  return decorate(response, info)
}

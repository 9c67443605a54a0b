import { withoutFragment } from '../key/url.ts'
import { ttl } from '../policy.ts'
import type { Life } from '../policy.ts'
import { decorate } from '../response.ts'
import type { CachedResponse } from '../response.ts'
import { formatCacheStatus } from '../standards/cache-status.ts'
import type { CacheStatus } from '../standards/cache-status.ts'
import type { Call } from './call.ts'
import type { Streaming } from './flights.ts'
import { UNSTORED } from './respond.ts'
import type { Context } from './respond.ts'
import type { Bytes } from './spool.ts'

/** A response that is being stored, read beside the store. */
export function fromNetwork(
  { key, out }: Call,
  { facts, fits, response }: Pick<Streaming, 'facts' | 'fits' | 'response'>,
  body: ReadableStream<Bytes> | undefined,
  life: Life,
  status: CacheStatus,
  why: string,
  { now }: Pick<Context, 'now'>,
): CachedResponse {
  const headers = new Headers(response.headers)
  const stored = fits === undefined ? {} : { stored: fits }
  headers.append('cache-status', formatCacheStatus({ ...status, ...stored, ttl: ttl(life) }))
  const { redirected, status: code, statusText, type, url } = response
  return decorate(new Response(body ?? null, { status: code, statusText, headers }), {
    ...UNSTORED,
    ...(fits !== false && { createdAt: facts.responseTime, expires: life.expires }),
    cacheKey: key.cacheKey,
    now,
    born: now() - life.age,
    elapsed: facts.responseTime - facts.requestTime,
    why,
    url: url || withoutFragment(out.url),
    redirected,
    type,
  })
}

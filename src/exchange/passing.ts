/** Requests that the cache has no part in, and what unsafe methods do to what is stored (§4.4). Loaded with the first such. */
import { withoutFragment } from '../key/url.ts'
import { lifeOf } from '../policy.ts'
import type { CachedResponse } from '../response.ts'
import { urlsToInvalidate } from '../rfc9111/4-4-invalidating.ts'
import type { CacheStatus } from '../standards/cache-status.ts'
import { effectiveMethod, isOverriding } from '../standards/method-override.ts'
import { isSafe } from '../standards/safe-methods.ts'
import { fromNetwork } from './arriving.ts'
import type { Bypass, Call } from './call.ts'
import type { Found } from './exchange.ts'
import { exactly, remove } from './network.ts'
import type { Network, NetworkOptions } from './network.ts'
import { receive } from './receiving.ts'
import type { Receiver } from './receiving.ts'
import { untouched } from './respond.ts'
import type { Storage } from './storage.ts'
import { send } from './sending.ts'
import type { Outgoing } from './upstream.ts'
import type { Doomed } from './writing.ts'

export function createBypassing(options: NetworkOptions & Receiver): Pick<Network, 'pass' | 'invalidated'> {
  const { fetch, flights, now, prepare, report, storage } = options

  async function pass(out: Outgoing, { bypass, fwd, inert, spares }: Bypass): Promise<CachedResponse> {
    const requestTime = now()
    const response = await send(fetch(), out, {})
    if (!inert) await invalidated(out, response, spares)
    const kept =
      out.method === 'POST' && effectiveMethod(out) === 'POST' && !inert && out.mode !== 'no-store'
        ? await keep(out, response, requestTime)
        : undefined
    return (
      kept ??
      untouched(response, { fwd, fwdStatus: response.status, detail: bypass }, null, options, {
        elapsed: now() - requestTime,
        why: bypass,
      })
    )
  }

  /** RFC 9110 §9.3.3: a response to POST that is the representation of its own URL, with a lifetime, answers a later GET. */
  async function keep(out: Outgoing, response: Response, requestTime: number): Promise<CachedResponse | undefined> {
    if (!isOfItsUrl(response, out.url)) return undefined
    const [call, open] = [await keyed(out, out.url), await storage()]
    if ('bypass' in call || !open) return undefined
    const found: Found = { candidates: [], storage: open }
    const received = { response, requestTime, anyLifetime: false }
    const { body, outcome } = await receive(options, call, received, found)
    if (outcome.kind !== 'streaming') return undefined
    const status: CacheStatus = { fwd: 'method', fwdStatus: response.status }
    return fromNetwork(call, outcome, body, lifeOf(outcome, call.policy, now()), status, 'method POST', options)
  }

  /** §4.4. A method that uses the cache itself spares what is stored by method: that is what it reads. */
  async function invalidated(out: Outgoing, response: Response, cached = false): Promise<void> {
    const method = effectiveMethod(out)
    const urls = urlsToInvalidate(method, out.url, response.status, response.headers)
    // The origin has acted; what fails here must not hide its answer.
    for (const url of urls)
      await keyed(out, url)
        .then((call) => forget(call, cached))
        .catch(report)
    const groups = isSafe(method) ? null : response.headers.get('cache-group-invalidation')
    // After redirects that nobody saw, it may be the response to a GET.
    if (groups === null || response.redirected) return
    await import('./groups.ts').then((it) => it.forgetGroups(groups, out.url, flights, options)).catch(report)
  }

  /** What a GET for another URL would be stored under. */
  async function keyed(out: Outgoing, url: string): Promise<Call | Bypass> {
    const headers = new Headers(out.headers)
    for (const name of out.headers.keys()) if (isOverriding(name)) headers.delete(name)
    return prepare({ ...out, url: new URL(url).href, method: 'GET', headers, hasBody: false, mode: 'default' })
  }

  async function forget(call: Call | Bypass, cached: boolean): Promise<void> {
    if ('bypass' in call || call.policy.readOnly || call.policy.taped) return
    const { key } = call.key
    const doomed: Doomed = cached ? key : { namespace: key.namespace, url: key.url }
    await flights.doom(({ key: { key: coming } }) =>
      cached ? coming.selector === key.selector && coming.url === key.url : coming.url === key.url,
    )
    const open = await storage()
    if (open) await invalidate(open, key, doomed)
  }

  return { pass, invalidated }
}

/** §4.4: removes that, and what is under the URL that No-Vary-Search makes of a key's. */
async function invalidate(storage: Storage, key: Call['key']['key'], doomed: Doomed): Promise<void> {
  const alikes = await storage.alike(key)
  await remove(storage, [doomed, ...alikes.map(({ entry }) => exactly(entry))])
}

/** RFC 9110 §9.3.3: what was sent is what a GET would be answered with. */
function isOfItsUrl({ headers }: Response, url: string): boolean {
  const location = headers.get('content-location')
  return location !== null && URL.canParse(location, url) && new URL(location, url).href === withoutFragment(url)
}

/** §4.2. Durations and instants are in ms. */
import type { ResponseFacts } from './messages.ts'

const WEEK = 604_800_000

/** RFC 9110 §15.1 */
export const HEURISTICALLY_CACHEABLE: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
])

/** §4.2.1: what the response says of its lifetime, or undefined. */
export function freshnessLifetime({ cacheControl, date, expires }: ResponseFacts, shared: boolean): number | undefined {
  if (shared && cacheControl.sMaxage !== undefined) return cacheControl.sMaxage * 1000
  if (cacheControl.maxAge !== undefined) return cacheControl.maxAge * 1000
  if (expires !== undefined) return Math.max(0, expires - date)
  return undefined
}

/** §4.2.2: a tenth of the time since the last modification, a week at most; undefined where guessing is not allowed. */
export function heuristicLifetime({ cacheControl, date, lastModified, status }: ResponseFacts): number | undefined {
  if (lastModified === undefined || !(cacheControl.public || HEURISTICALLY_CACHEABLE.has(status))) return undefined
  return Math.min(Math.max(0, date - lastModified) / 10, WEEK)
}

/** §4.2.3. A clock that was set back makes nothing younger than it was when received. */
export function currentAge(response: ResponseFacts, now: number): number {
  const residentTime = Math.max(0, now - response.responseTime)
  return correctedInitialAge(response) + residentTime
}

/** §4.2.3 */
export function correctedInitialAge({ age, date, requestTime, responseTime }: ResponseFacts): number {
  const apparentAge = Math.max(0, responseTime - date)
  const responseDelay = Math.max(0, responseTime - requestTime)
  const correctedAgeValue = age * 1000 + responseDelay
  return Math.max(apparentAge, correctedAgeValue)
}

/** §4.2.4: whether the response itself forbids that it is ever served stale. */
export function forbidsStale({ cacheControl }: ResponseFacts, shared: boolean): boolean {
  if (cacheControl.mustRevalidate || cacheControl.noCache === true) return true
  return shared && (cacheControl.proxyRevalidate || cacheControl.sMaxage !== undefined)
}

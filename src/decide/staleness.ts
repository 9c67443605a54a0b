/** Whether a stored response may be served past its freshness (§4.2.4, RFC 5861): what both decisions ask. Windows are in ms. */
import { forbidsStale } from '../rfc9111/4-2-freshness.ts'
import type { RequestFacts } from '../rfc9111/messages.ts'
import type { Policy } from '../policy.ts'
import type { Stored } from '../record.ts'

/** §4.2.4, §4.3.5 */
export function forbidsStaleUse(stored: Stored, policy: Policy): boolean {
  return stored.record.invalid || saysNeverStale(stored, policy)
}

/** §4.2.4: what the response itself says, as far as the developer lets it. */
export function saysNeverStale({ facts }: Pick<Stored, 'facts'>, { cacheControl, shared }: Policy): boolean {
  return cacheControl && forbidsStale(facts, shared)
}

/** Below any staleness, also that of what is still fresh. */
const NEVER = -Infinity

/** RFC 5861 §3; of a request, too, as a caller's own wish. */
export function whileRevalidating(
  { cacheControl: asked }: RequestFacts,
  { facts }: Stored,
  { cacheControl, staleWhileRevalidate }: Policy,
): number {
  const said = cacheControl ? (facts.cacheControl.staleWhileRevalidate ?? 0) : 0
  return (staleWhileRevalidate ?? Math.max(said, asked.staleWhileRevalidate ?? 0) * 1000) || NEVER
}

/** RFC 5861 §4: the directive may be the response's or the request's. */
export function ifError(
  { cacheControl: asked }: RequestFacts,
  { facts }: Stored,
  { cacheControl, staleIfError }: Policy,
): number {
  const said = cacheControl ? (facts.cacheControl.staleIfError ?? 0) : 0
  return (staleIfError ?? Math.max(said, asked.staleIfError ?? 0) * 1000) || NEVER
}

/** A caller's conditions are the caller's own: they are met from a fresh entry or forwarded as they are. */
const CONDITIONS = ['if-none-match', 'if-modified-since']

export function isConditional({ fields }: RequestFacts): boolean {
  return CONDITIONS.some((name) => fields.get(name) !== null)
}

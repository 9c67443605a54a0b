/** §4: whether a selected stored response may be used without validation. Choosing among variants is in 4-1-vary.ts. */
import type { Clause } from './3-storing.ts'
import type { RequestDirectives, ResponseDirectives } from './messages.ts'

/** ms */
export interface Freshness {
  readonly age: number
  readonly lifetime: number
}

/** §5.2.2.4 and §5.2.1: the first clause that asks for validation although the stored response is fresh, or undefined. */
export function mustValidate(
  request: RequestDirectives,
  stored: Pick<ResponseDirectives, 'noCache'>,
  { age, lifetime }: Freshness,
): Clause | undefined {
  if (stored.noCache === true) return '§5.2.2.4 no-cache'
  if (request.noCache) return '§5.2.1.4 no-cache'
  if (request.maxAge !== undefined && age > request.maxAge * 1000) return '§5.2.1.1 max-age'
  if (request.minFresh !== undefined && lifetime - age < request.minFresh * 1000) return '§5.2.1.3 min-fresh'
  return undefined
}

/** §5.2.1.2: whether the request itself takes a response that has been stale for so long. */
export function acceptsStale({ maxStale, minFresh }: RequestDirectives, staleFor: number): boolean {
  return maxStale !== undefined && minFresh === undefined && staleFor <= maxStale * 1000
}

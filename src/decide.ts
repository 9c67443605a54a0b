/** Which action follows, before the network and after it. Pure: what the exchange does is decided here, never there. */
import { notStorable } from './rfc9111/3-storing.ts'
import type { Clause } from './rfc9111/3-storing.ts'
import { forbidsStale } from './rfc9111/4-2-freshness.ts'
import { freshens } from './rfc9111/4-3-validating.ts'
import { acceptsStale, mustValidate } from './rfc9111/4-reusing.ts'
import type { RequestFacts, ResponseFacts } from './rfc9111/messages.ts'
import { isForOrigin } from './standards/preconditions.ts'
import { ERROR_STATUSES } from './standards/rfc5861.ts'
import { isFresh, lifeOf } from './policy.ts'
import type { Life, Policy } from './policy.ts'
import { select } from './select.ts'
import type { Presented } from './select.ts'
import type { Stored } from './record.ts'

/** RFC 9211 §2.2 */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial'

export type Before =
  /** Serve the stored response; `refresh`: and validate it behind the caller's back (RFC 5861 §3). */
  | { readonly do: 'reuse'; readonly stored: Stored; readonly life: Life; readonly stale: boolean; readonly refresh: boolean; readonly why: string }
  /** Ask the origin whether the stored response still holds. */
  | { readonly do: 'validate'; readonly stored: Stored; readonly life: Life; readonly fwd: ForwardReason; readonly why: string }
  /** Ask the origin for a response; `stored` is what may stand in for it when that fails. */
  | { readonly do: 'forward'; readonly stored?: Stored; readonly life?: Life; readonly fwd: ForwardReason; readonly why: string }
  /** 504 (§5.2.1.7), or for `RequestInit.cache: 'only-if-cached'` a network error. */
  | { readonly do: 'refuse'; readonly why: string }

export type After =
  | { readonly do: 'store' }
  /** The stored response holds; its metadata is updated (§4.3.4). */
  | { readonly do: 'freshen' }
  /** A 304 about another response than the one that was asked for: ask again without conditions. */
  | { readonly do: 'retry' }
  | { readonly do: 'pass'; readonly why: string }
  /** Serve the stored response in place of the failure (RFC 5861 §4). */
  | { readonly do: 'stand-in' }
  /** 504 in place of the failure, since a stale response must not stand in (§5.2.2.2). */
  | { readonly do: 'unreachable' }
  /** Hand the network's failure to the caller. */
  | { readonly do: 'fail' }

/** A caller's conditions are his own: they are met from a fresh entry or forwarded as they are. */
const CONDITIONS = ['if-none-match', 'if-modified-since']

export function isConditional({ fields }: RequestFacts): boolean {
  return CONDITIONS.some((name) => fields.get(name) !== null)
}

export function before(request: RequestFacts, presented: Presented, candidates: readonly Stored[], policy: Policy, now: number): Before {
  const { mode } = policy
  const stored = mode === 'reload' || isForOrigin(request.fields) ? undefined : select(candidates, presented)
  const onlyCached = policy.onlyIfCached || request.cacheControl.onlyIfCached || mode === 'only-if-cached'
  if (!stored) {
    if (onlyCached) return { do: 'refuse', why: 'only-if-cached: nothing stored that matches' }
    if (mode === 'reload') return { do: 'forward', fwd: 'request', why: 'reload' }
    if (isForOrigin(request.fields)) return { do: 'forward', fwd: 'request', why: 'RFC 9110 §13.1 condition for the origin' }
    return { do: 'forward', fwd: candidates.length > 0 ? 'vary-miss' : 'uri-miss', why: 'nothing stored that matches' }
  }
  const life = lifeOf(stored, policy, now)
  const fresh = isFresh(life) && !stored.record.invalid
  const reuse = (why: string, refresh = false): Before => ({ do: 'reuse', stored, life, stale: !fresh, refresh, why })
  if (mode === 'force-cache' || mode === 'only-if-cached') return reuse(mode)

  const asked = mode === 'no-cache' && !onlyCached ? 'no-cache' : undefined
  const reason = asked ?? mustValidate(onlyCached ? { ...request.cacheControl, noCache: false } : request.cacheControl, respected(stored, policy), life)
  if (fresh && reason === undefined && !(policy.alwaysRevalidate && !onlyCached && hasValidator(stored))) return reuse('fresh')
  if (!fresh && reason === undefined) {
    const staleFor = life.age - life.lifetime
    const allowed = !forbidsStaleUse(stored, policy)
    if (allowed && acceptsStale(request.cacheControl, staleFor)) return reuse('§5.2.1.2 max-stale')
    if (allowed && staleFor <= whileRevalidating(stored, policy)) return reuse('RFC 5861 §3 stale-while-revalidate', !onlyCached)
    if (onlyCached && allowed && staleFor <= ifError(request, stored, policy)) return reuse('RFC 5861 §4 stale-if-error')
  }
  if (onlyCached) return { do: 'refuse', why: 'only-if-cached: what is stored would have to be validated' }
  const why = reason ?? (fresh ? 'alwaysRevalidate' : stored.record.invalid ? '§4.4 invalidated' : '§4.2 stale')
  const fwd = fresh ? 'request' : 'stale'
  const validates = hasValidator(stored) && !isConditional(request)
  return { do: validates ? 'validate' : 'forward', stored, life, fwd, why }
}

export function after(action: Before, request: RequestFacts, response: ResponseFacts, policy: Policy): After {
  if (action.do === 'validate' && response.status === 304) {
    return freshens(action.stored.facts, response) ? { do: 'freshen' } : { do: 'retry' }
  }
  const failed = ERROR_STATUSES.has(response.status)
  if (failed && mayStandIn(action, request, policy)) return { do: 'stand-in' }
  // A good entry outlives the origin's bad moments.
  if (failed && storedIn(action)) return { do: 'pass', why: 'server error' }
  const why = notStored(request, response, policy)
  return why === undefined ? { do: 'store' } : { do: 'pass', why }
}

/** After a failure of the network. */
export function afterFailure(action: Before, request: RequestFacts, policy: Policy): After {
  if (mayStandIn(action, request, policy)) return { do: 'stand-in' }
  const stored = storedIn(action)
  if (stored && (policy.staleIfError ?? 0) > 0 && forbidsStaleUse(stored, policy)) return { do: 'unreachable' }
  return { do: 'fail' }
}

/** Why a response may not be stored, or undefined where it may. */
export function notStored(request: RequestFacts, response: ResponseFacts, policy: Policy): Clause | string | undefined {
  const { cacheControl, codes, methods, mode, shared } = policy
  if (mode === 'no-store') return 'no-store'
  if (/^text\/event-stream\b/i.test(response.fields.get('content-type') ?? '')) return 'text/event-stream'
  const explicit = policy.requestLifetime !== undefined || policy.ruleLifetime !== undefined
  if (cacheControl) return notStorable(request, response, { shared, methods, explicit })
  // The developer decides about the response's age and status; what protects others still holds.
  if (!codes.has(response.status)) return 'allowableCodes'
  const { cacheControl: said } = response
  const kept = { ...response, cacheControl: { ...said, noStore: false, mustUnderstand: false, public: said.public } }
  return notStorable(request, kept, { shared, methods, explicit: true })
}

export function hasValidator({ facts }: Stored): boolean {
  return facts.etag !== undefined || facts.fields.get('last-modified') !== null
}

function storedIn(action: Before): Stored | undefined {
  return action.do === 'refuse' ? undefined : action.stored
}

/** What the stored response says of its reuse, as far as the developer lets it. */
function respected({ facts }: Stored, { cacheControl }: Policy): { noCache: boolean | readonly string[] } {
  return { noCache: cacheControl && facts.cacheControl.noCache }
}

/** §4.2.4, §4.3.5 */
function forbidsStaleUse({ facts, record }: Stored, { cacheControl, shared }: Policy): boolean {
  return record.invalid || (cacheControl && forbidsStale(facts, shared))
}

/** ms */
function whileRevalidating({ facts }: Stored, { cacheControl, staleWhileRevalidate }: Policy): number {
  return staleWhileRevalidate ?? (cacheControl ? (facts.cacheControl.staleWhileRevalidate ?? -1) * 1000 : -1)
}

/** ms. RFC 5861 §4: the directive may be the response's or the request's. */
function ifError({ cacheControl: asked }: RequestFacts, { facts }: Stored, { cacheControl, staleIfError }: Policy): number {
  const said = cacheControl ? (facts.cacheControl.staleIfError ?? -1) : -1
  return staleIfError || Math.max(said, asked.staleIfError ?? -1) * 1000
}

function mayStandIn(action: Before, request: RequestFacts, policy: Policy): boolean {
  if (action.do === 'refuse' || !action.stored || !action.life || isConditional(request)) return false
  if (forbidsStaleUse(action.stored, policy)) return false
  return action.life.age - action.life.lifetime <= ifError(request, action.stored, policy)
}

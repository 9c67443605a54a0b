/** Which action follows from what the network brought. Pure, like before.ts. */
import { notStorable } from '../rfc9111/3-storing.ts'
import { freshens } from '../rfc9111/4-3-4-freshening.ts'
import type { RequestFacts, ResponseFacts } from '../rfc9111/messages.ts'
import type { Policy } from '../policy.ts'
import type { Asking } from './before.ts'
import { forbidsStaleUse, ifError, isConditional, saysNeverStale } from './staleness.ts'

/** Serve the stored response in place of the failure (RFC 5861 §4). */
interface StandIn {
  readonly do: 'stand-in'
}

export type After =
  | { readonly do: 'store' }
  /** The stored response holds; its metadata is updated (§4.3.4). */
  | { readonly do: 'freshen' }
  /** A 304 about another response than the one that was asked for: ask again without conditions. */
  | { readonly do: 'retry' }
  | { readonly do: 'pass'; readonly why: string }
  | StandIn

export type AfterFailure =
  | StandIn
  /** 504 in place of the failure, since the stored response says that it must not stand in when stale (§5.2.2.2). */
  | { readonly do: 'unreachable' }
  /** Hand the network's failure to the caller. */
  | { readonly do: 'fail' }

/** RFC 5861 §4: the answers that count as an error. */
const ERROR_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504])

export function after(action: Asking, request: RequestFacts, response: ResponseFacts, policy: Policy): After {
  if (action.do === 'validate' && response.status === 304) {
    return freshens(action.stored.facts, response) ? { do: 'freshen' } : { do: 'retry' }
  }
  const failed = ERROR_STATUSES.has(response.status)
  if (failed && mayStandIn(action, request, policy)) return { do: 'stand-in' }
  // A good entry outlives the origin's bad moments.
  if (failed && action.stored) return { do: 'pass', why: 'server error' }
  const why = notStored(request, response, policy)
  return why === undefined ? { do: 'store' } : { do: 'pass', why }
}

/** After a failure of the network. */
export function afterFailure(action: Asking, request: RequestFacts, policy: Policy): AfterFailure {
  if (mayStandIn(action, request, policy)) return { do: 'stand-in' }
  const { stored } = action
  if (stored && (policy.staleIfError ?? 0) > 0 && saysNeverStale(stored, policy)) return { do: 'unreachable' }
  return { do: 'fail' }
}

/** Why a response may not be stored, or undefined where it may. */
function notStored(request: RequestFacts, response: ResponseFacts, policy: Policy): string | undefined {
  const { cacheControl, codes, methods, mode, shared, taped } = policy
  if (mode === 'no-store') return 'no-store'
  if (/^text\/event-stream\b/i.test(response.fields.get('content-type') ?? '')) return 'text/event-stream'
  if (taped) return response.status === 304 ? 'the answer to a condition' : undefined
  const explicit = policy.requestLifetime !== undefined || policy.ruleLifetime !== undefined
  if (cacheControl) return notStorable(request, response, { shared, methods, explicit })
  // The developer decides about the response's age and status; what protects others still holds.
  if (!codes.has(response.status)) return 'allowableCodes'
  const kept = { ...response, cacheControl: { ...response.cacheControl, noStore: false, mustUnderstand: false } }
  return notStorable(request, kept, { shared, methods, explicit: true })
}

function mayStandIn(action: Asking, request: RequestFacts, policy: Policy): boolean {
  if (!action.stored || !action.life || isConditional(request)) return false
  if (forbidsStaleUse(action.stored, policy)) return false
  return action.life.age - action.life.lifetime <= ifError(request, action.stored, policy)
}

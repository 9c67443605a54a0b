/** What asks the origin: alone or together with others, for the caller or in the background, and what an outcome means for each. */
import { after, afterFailure } from '../decide/after.ts'
import type { Asking, Before } from '../decide/before.ts'
import { isFresh, lifeOf } from '../policy.ts'
import type { CachedResponse } from '../response.ts'
import { mustValidate } from '../rfc9111/4-reusing.ts'
import { matches } from '../select.ts'
import type { CacheStatus } from '../standards/cache-status.ts'
import { fromStore } from '../loaded.ts'
import type { Bypass, Call } from './call.ts'
import type { Found } from './exchange.ts'
import { unlessAborted } from './abort.ts'
import { fromNetwork } from './arriving.ts'
import { createFlight, createFlights, wait } from './flights.ts'
import type { Arrival, Flight, Flights, Outcome, Streaming } from './flights.ts'
import { isAlone, mayJoin, mayShareNext, namesOf } from './joining.ts'
import { createOrigin, drain } from './origin.ts'
import type { OriginOptions } from './origin.ts'
import { labelOf } from './recording.ts'
import { GONE, gatewayTimeout, untouched } from './respond.ts'
import type { Context } from './respond.ts'
import type { Outgoing } from './upstream.ts'
import * as write from './writing.ts'

// What is loaded after this comes here for it, for the reason given in ../loaded.ts.
export { partOf } from '../rfc9111/3-3-incomplete.ts'
export { drain } from './origin.ts'
export { labelOf } from './recording.ts'
export { discard, exactly, remove } from './writing.ts'

export interface NetworkOptions extends OriginOptions, Context {
  /** With no options of its own. */
  readonly prepare: (out: Outgoing) => Promise<Call | Bypass>
}

export interface Network {
  /** The answer to a call that what is stored does not answer. `retried`: after it waited in vain for what another asked. */
  answer(call: Call, action: Asking, found: Found, retried: boolean): Promise<CachedResponse>
  /** RFC 5861 §3, once however many are served meanwhile. */
  refresh(call: Call, action: Extract<Before, { do: 'reuse' }>, found: Found): Promise<void>
  /** A request that the cache has no part in, but for what it invalidates. */
  pass(out: Outgoing, why: Bypass): Promise<CachedResponse>
  /** What a response to an unsafe method that uses the cache itself invalidates (§4.4). */
  invalidated(out: Outgoing, response: Response, cached: true): Promise<void>
  readonly flights: Flights
  /** Stores a response as if it had just been fetched; false where nothing is stored. */
  take(call: Call, response: Response, found: Found): Promise<boolean>
  /** For others who write, so that what writes is loaded in one piece. */
  readonly writing: Pick<typeof write, 'put'> & { readonly labelOf: typeof labelOf }
}

interface Exchanging {
  readonly again: (call: Call, retried: boolean) => Promise<CachedResponse>
}

/** How one came to an outcome: by asking for it, by waiting for it, or when it was there. */
type Part = 'leader' | 'early' | 'late'

export function createNetwork(options: NetworkOptions, { again }: Exchanging): Network {
  const { emit, now, report } = options
  const flights = createFlights()
  const origin = createOrigin(options, flights)
  const subject = ({ key }: Call): { url: string; cacheKey: string } => ({ url: key.key.url, cacheKey: key.cacheKey })

  async function answer(call: Call, action: Asking, found: Found, retried: boolean): Promise<CachedResponse> {
    const joined = !isAlone(call) && mayJoin(call) ? underWay(call, found) : undefined
    if (!joined) return lead(call, action, found, !isAlone(call))
    const part: Part = joined.arrived ? 'late' : 'early'
    let arrival: Arrival
    try {
      arrival = await wait(joined, call.out.signal, false)
    } catch (error) {
      if (call.out.signal?.aborted) throw call.out.signal.reason
      // Another's failure is not ours: all who waited share one more attempt.
      return retried ? failed(call, action, error) : again(call, true)
    }
    const response = await conclude(call, action, arrival, part)
    if (response) return response
    if (!retried && mayShareNext(joined, arrival.outcome)) return again(call, true)
    return lead(call, arrival.outcome.kind === 'freshened' ? GONE : action, found, false)
  }

  const underWay = (call: Call, found: Found): Flight | undefined =>
    flights.find(call, namesOf(found), (streaming) => answers(call, streaming, 'late'))

  function depart(call: Call, action: Asking, found: Found, joinable: boolean): Flight {
    const names = joinable ? [...namesOf(found), ...flights.names(call)] : undefined
    const flight = createFlight(call, names, (self) => origin.ask(self, action, found))
    flights.add(flight)
    return flight
  }

  async function lead(call: Call, action: Asking, found: Found, joinable: boolean): Promise<CachedResponse> {
    let arrival: Arrival
    try {
      arrival = await wait(depart(call, action, found, joinable), call.out.signal, true)
    } catch (error) {
      if (call.out.signal?.aborted) throw call.out.signal.reason
      return failed(call, action, error)
    }
    const response = await conclude(call, action, arrival, 'leader')
    return response ?? lead(call, GONE, found, false)
  }

  /** What an outcome means for one of those who waited for it; undefined where it can't be this caller's answer. */
  async function conclude(
    call: Call,
    action: Asking,
    { body, outcome }: Arrival,
    part: Part,
  ): Promise<CachedResponse | undefined> {
    call.out.signal?.throwIfAborted()
    const shared = part !== 'leader'
    const { facts } = outcome
    const status: CacheStatus = { fwd: action.fwd, fwdStatus: facts.status, ...(shared && { collapsed: true }) }
    if (outcome.kind === 'freshened') {
      const { stored } = outcome
      if (shared && !matches(stored, call.presented)) return undefined
      revalidated(call)
      return fromStore(
        call,
        stored,
        { life: lifeOf(stored, call.policy, now()), revalidated: true, status, why: action.why },
        options,
      )
    }
    if (outcome.kind === 'unshared') return unshared(call, action, outcome, status, shared)
    if (shared && !(answers(call, outcome, part) && (await reaches(call, outcome, part)))) {
      body?.cancel().catch(() => {})
      return undefined
    }
    emit('miss', { ...subject(call), why: action.why })
    return fromNetwork(call, outcome, body, lifeOf(outcome, call.policy, now()), status, action.why, options)
  }

  async function unshared(
    call: Call,
    action: Asking,
    { facts, response, why }: Extract<Outcome, { kind: 'unshared' }>,
    status: CacheStatus,
    shared: boolean,
  ): Promise<CachedResponse | undefined> {
    if (after(action, call.request, facts, call.policy).do === 'stand-in') {
      const served = await standIn(call, action, `status ${facts.status}`)
      if (served && !shared) drain(response)
      if (served) return served
    }
    if (shared) return undefined
    emit('miss', { ...subject(call), why: action.why })
    return untouched(response, { ...status, stored: false, detail: why }, call.key.cacheKey, options, {
      elapsed: facts.responseTime - facts.requestTime,
      why: action.why,
    })
  }

  /** Whether a response that another request fetched answers this one (§4). */
  function answers(call: Call, { facts, record }: Streaming, part: Part): boolean {
    const { policy, presented, request } = call
    if (!matches({ record }, presented) || (policy.cacheControl && facts.cacheControl.noCache === true)) return false
    if (part === 'early') return true
    const life = lifeOf({ record, facts }, policy, now())
    return (
      policy.mode === 'default' &&
      isFresh(life) &&
      mustValidate(request.cacheControl, { noCache: false }, life) === undefined
    )
  }

  /** Where the beginning is only in the store, whether it gets there at all. */
  async function reaches({ out }: Call, { committed, spool }: Streaming, part: Part): Promise<boolean> {
    return part === 'early' || !spool?.trimmed || (await unlessAborted(committed, out.signal)) !== undefined
  }

  async function failed(call: Call, action: Asking, error: unknown): Promise<CachedResponse> {
    const next = afterFailure(action, call.request, call.policy)
    const served = next.do === 'stand-in' ? await standIn(call, action, 'network failure') : undefined
    if (served) return served
    if (next.do === 'unreachable')
      return gatewayTimeout(call.out, call.key.cacheKey, '§5.2.2.2 the origin failed', options)
    throw error
  }

  async function standIn(call: Call, { stored }: Asking, failure: string): Promise<CachedResponse | undefined> {
    if (!stored) return undefined
    const why = `stale-if-error: ${failure}`
    const life = lifeOf(stored, call.policy, now())
    if (call.policy.filter && !(await (await import('./filter.ts')).allows(call, stored, { life, why }, options)))
      return undefined
    const status: CacheStatus = { hit: true, detail: why }
    const served = await fromStore(call, stored, { life, status, why }, options)
    if (served) emit('stale', { ...subject(call), why })
    return served
  }

  const revalidated = (call: Call): void => emit('revalidated', subject(call))

  let passing: Promise<Pick<Network, 'pass' | 'invalidated'>> | undefined
  const loadPassing = (): NonNullable<typeof passing> =>
    (passing ??= import('./passing.ts').then((it) => it.createBypassing({ ...options, flights, origin })))

  return {
    answer,
    refresh: async (...given) =>
      (await import('./refreshing.ts')).refresh(...given, { depart, report, revalidated, underWay }),
    pass: async (...given) => (await loadPassing()).pass(...given),
    invalidated: async (...given) => (await loadPassing()).invalidated(...given),
    flights,
    take: async (...given) => (await import('./receiving.ts')).take({ flights, now, origin }, ...given),
    writing: { labelOf, put: write.put },
  }
}

/** Requests under way, so that those which one response can answer cost one request to the origin. */
import type { Selecting } from '../rfc9111/4-1-vary.ts'
import type { ResponseFacts } from '../rfc9111/messages.ts'
import type { ResponseRecord, Stored } from '../record.ts'
import type { Call } from './call.ts'
import type { Spool } from './spool.ts'

/** A response that is being stored; `spool` is missing where it has no body. */
export interface Streaming {
  readonly kind: 'streaming'
  readonly response: Response
  readonly record: ResponseRecord
  readonly facts: ResponseFacts
  readonly spool: Spool | undefined
  readonly committed: Promise<Stored | undefined>
}

export type Outcome =
  | Streaming
  /** The origin confirmed what is stored. */
  | { readonly kind: 'freshened'; readonly stored: Stored; readonly facts: ResponseFacts }
  /** A response that only the request which fetched it may have. */
  | { readonly kind: 'unshared'; readonly response: Response; readonly facts: ResponseFacts; readonly why: string }

export interface Flight {
  readonly call: Call
  /** The selecting fields of what was known when it began: others with the same may wait for it. */
  readonly selecting: Selecting
  readonly controller: AbortController
  readonly outcome: Promise<Outcome>
  /** Whether the origin's answer has begun to arrive. */
  arrived: boolean
  /** Invalidated under way: its response may be older than what invalidated it, so it is not stored. */
  doomed: boolean
  /** How many wait for the outcome. */
  interested: number
  /** Set while the response is stored. */
  landing: { readonly spool: Spool | undefined; readonly committed: Promise<Stored | undefined> } | undefined
}

/** `ask` is called at once, but sees the flight whole. */
export function createFlight(call: Call, names: readonly string[], ask: (flight: Flight) => Promise<Outcome>): Flight {
  const flight: Flight = {
    call,
    selecting: call.presented.selecting(names),
    controller: new AbortController(),
    outcome: Promise.resolve().then(() => ask(flight)),
    arrived: false,
    doomed: false,
    interested: 0,
    landing: undefined,
  }
  return flight
}

/** The outcome, or one's own abort, which ends the flight only when nobody else is on it. */
export function wait(flight: Flight, signal: AbortSignal | undefined): Promise<Outcome> {
  flight.interested++
  if (!signal) return flight.outcome
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      if (--flight.interested === 0) flight.controller.abort(signal.reason)
      reject(signal.reason)
    }
    if (signal.aborted) return leave()
    signal.addEventListener('abort', leave, { once: true })
    const settled = (): void => signal.removeEventListener('abort', leave)
    flight.outcome.then((outcome) => {
      // Whoever alone has a response goes on to end it by its signal; what is spooled is left by leaving its stream.
      if (outcome.kind !== 'unshared') settled()
      resolve(outcome)
    }, (error: unknown) => {
      settled()
      reject(error)
    })
  })
}

export interface Flights {
  /** A flight that may answer this call. */
  find(call: Call, names: readonly string[]): Flight | undefined
  /** Until its response is stored, or has come to something else. */
  add(flight: Flight): void
  /** Resolves when nothing that has wholly arrived for this key waits to be committed. */
  landed(call: Call): Promise<unknown> | undefined
  /** Keeps what is under way for a URL from being stored, and waits until it is certain that it is not. */
  doom(url: string): Promise<unknown>
}

export function createFlights(): Flights {
  const groups = new Map<string, Set<Flight>>()
  const idOf = ({ key, out }: Call): string => [out.method, key.key.url, key.key.selector, key.identity].join('\n')
  return {
    find(call, names) {
      for (const flight of groups.get(idOf(call)) ?? []) {
        if (!flight.doomed && isAlike(flight, call, names)) return flight
      }
      return undefined
    },
    add(flight) {
      const id = idOf(flight.call)
      const group = groups.get(id) ?? new Set()
      groups.set(id, group.add(flight))
      const remove = (): void => {
        if (group.delete(flight) && group.size === 0) groups.delete(id)
      }
      flight.outcome.then((outcome) => (outcome.kind === 'streaming' ? outcome.committed.then(remove) : remove()), remove)
    },
    landed(call) {
      const group = groups.get(idOf(call))
      const landing = [...(group ?? [])].filter(({ landing }) => landing && (!landing.spool || landing.spool.ended))
      return landing.length === 0 ? undefined : Promise.all(landing.map(({ landing }) => landing?.committed))
    },
    doom(url) {
      const doomed = [...groups.values()].flatMap((group) => [...group]).filter(({ call }) => call.key.key.url === url)
      for (const flight of doomed) {
        flight.doomed = true
        flight.landing?.spool?.release()
      }
      return Promise.all(doomed.map(({ landing }) => landing?.committed))
    },
  }
}

/** Before the answer has come only what is known of Vary can tell; afterwards the answer's own. */
function isAlike({ call: leader, selecting }: Flight, call: Call, names: readonly string[]): boolean {
  if (leader.policy.cacheControl !== call.policy.cacheControl) return false
  const presented = call.presented.selecting([...new Set([...names, ...Object.keys(selecting)])])
  return Object.entries(presented).every(([name, value]) => !(name in selecting) || selecting[name] === value)
}

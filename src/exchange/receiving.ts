/** A response that came by another way than being asked for, stored as the answer to a call. Loaded with the first such. */
import { after } from '../decide/after.ts'
import { freshnessLifetime } from '../rfc9111/4-2-freshness.ts'
import { responseFacts } from '../rfc9111/messages.ts'
import type { Call } from './call.ts'
import type { Found } from './exchange.ts'
import { createFlight, depart, keptBy, wait } from './flights.ts'
import type { Arrival, Flight, Flights, Outcome } from './flights.ts'
import { drain } from './network.ts'
import type { Origin } from './origin.ts'

export interface Receiver {
  readonly flights: Flights
  readonly now: () => number
  readonly origin: Origin
}

export interface Received {
  readonly response: Response
  readonly requestTime: number
  /** Else it has to say how long it is fresh. */
  readonly anyLifetime: boolean
}

export function receive(receiver: Receiver, call: Call, received: Received, found: Found): Promise<Arrival> {
  const flight = createFlight(call, undefined, (self) => outcomeOf(receiver, self, received, found))
  receiver.flights.add(flight)
  return wait(flight, call.out.signal, true)
}

/** False where nothing is stored. */
export async function take(receiver: Receiver, call: Call, response: Response, found: Found): Promise<boolean> {
  const received = { response, requestTime: receiver.now(), anyLifetime: true }
  const { body, outcome } = await receive(receiver, call, received, found)
  if (outcome.kind === 'streaming') return (await keptBy(outcome, body)) !== undefined
  drain(response)
  return false
}

async function outcomeOf(
  { now, origin }: Receiver,
  flight: Flight,
  { anyLifetime, requestTime, response }: Received,
  found: Found,
): Promise<Outcome> {
  depart(flight)
  const { policy, request } = flight.call
  await origin.ready(flight.call)
  const facts = responseFacts(response.status, response.headers, { requestTime, responseTime: now() }, policy.targeted)
  const next = after({ do: 'forward', fwd: 'method', why: 'method' }, request, facts, policy)
  const lasts = anyLifetime || freshnessLifetime(facts, policy.shared) !== undefined
  const stores = lasts && next.do === 'store' && origin.refused(flight, response, facts, found) === undefined
  const stored = stores ? await origin.store(flight, response, facts, found) : undefined
  return stored ?? { kind: 'unshared', response, facts, why: 'method' }
}

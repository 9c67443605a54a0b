/** RFC 5861 §3: validating behind the answer. Loaded with the first that is stale. */
import type { Asking, Before } from '../decide/before.ts'
import type { Report } from '../events.ts'
import { hasValidator } from '../rfc9111/4-3-validating.ts'
import type { Call } from './call.ts'
import type { Found } from './exchange.ts'
import { keptBy, wait } from './flights.ts'
import type { Flight } from './flights.ts'
// The answer is most likely a 304.
import './freshening.ts'
import { drain } from './network.ts'

/** What the network's half does for all. */
export interface Asker {
  readonly depart: (call: Call, action: Asking, found: Found, joinable: boolean) => Flight
  readonly report: Report
  readonly revalidated: (call: Call) => void
  readonly underWay: (call: Call, found: Found) => Flight | undefined
}

export function refresh(
  call: Call,
  { life, stored }: Extract<Before, { do: 'reuse' }>,
  found: Found,
  { depart, report, revalidated, underWay }: Asker,
): void {
  if (underWay(call, found)) return
  const known = { stored, life, fwd: 'stale', why: 'stale-while-revalidate' } as const
  const action: Asking = { do: hasValidator(stored.facts) ? 'validate' : 'forward', ...known }
  const flight = depart({ ...call, out: { ...call.out, signal: undefined } }, action, found, true)
  const work = wait(flight, undefined, true).then(async ({ body, outcome }) => {
    if (outcome.kind === 'unshared') return drain(outcome.response)
    if (outcome.kind === 'freshened') return revalidated(call)
    await keptBy(outcome, body)
  })
  const settled = work.catch((error: unknown) => report(error, true))
  try {
    call.waitUntil?.(settled)
  } catch (error) {
    report(error, true)
  }
}

/** Which requests may wait for what another has asked. */
import type { Call } from './call.ts'
import type { Found } from './exchange.ts'
import type { Flight, Outcome } from './flights.ts'

/** The names by which what is stored tells requests apart. */
export function namesOf({ candidates }: Found): readonly string[] {
  return [...new Set(candidates.flatMap(({ record }) => Object.keys(record.selecting)))]
}

/** Whether those whom an outcome does not answer may ask together; what only one may have is asked for by each. */
export function mayShareNext({ orphaned }: Flight, { facts, kind }: Outcome): boolean {
  return kind === 'streaming' ? facts.cacheControl.noCache !== true : orphaned || facts.status >= 500
}

/** Parts, and conditions of the caller's own: their answers are for nobody else. */
const OWN = ['range', 'if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range']

export function isAlone({ request }: Call): boolean {
  return OWN.some((name) => request.fields.get(name) !== null)
}

/** A caller who insists on the origin is not content with what was asked for before they came. */
export function mayJoin({ policy, request }: Call): boolean {
  return policy.mode !== 'reload' && !(request.cacheControl.noCache && policy.mode !== 'no-cache')
}

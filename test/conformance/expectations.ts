/** What is known not to pass, each with a reason, held against what was measured. */
import { existsSync, readFileSync } from 'node:fs'
import type { Measurement, Outcome } from './measure.ts'

interface Expectation {
  readonly ids: readonly string[]
  /** Configurations in which these tests do not pass; default: in all. */
  readonly in?: readonly string[]
  readonly reason: string
}

export interface Comparison {
  /** Required and optimal tests that did not pass and are listed. */
  readonly known: readonly (Outcome & { readonly reason: string })[]
  /** Those that are not listed. */
  readonly unexpected: readonly Outcome[]
  /** Listed ids that passed, or do not exist. */
  readonly outdated: readonly string[]
}

export function compare({ name, version, outcomes }: Measurement): Comparison {
  const reasons = reasonsFor(name, version)
  const failed = outcomes.filter(({ kind, verdict }) => kind !== 'check' && verdict !== 'pass')
  const ids = new Set(failed.map(({ id }) => id))
  return {
    known: failed.flatMap((outcome) => {
      const reason = reasons.get(outcome.id)
      return reason === undefined ? [] : [{ ...outcome, reason }]
    }),
    unexpected: failed.filter(({ id }) => !reasons.has(id)),
    outdated: [...reasons.keys()].filter((id) => !ids.has(id)),
  }
}

function reasonsFor(name: string, version: string): Map<string, string> {
  const file = new URL(`expected/${version}.json`, import.meta.url)
  if (!existsSync(file)) return new Map()
  // A file of ours, in the form above.
  const expectations = JSON.parse(readFileSync(file, 'utf8')) as Expectation[]
  const ours = expectations.filter((expectation) => expectation.in?.includes(name) ?? true)
  return new Map(ours.flatMap(({ ids, reason }) => ids.map((id) => [id, reason] as const)))
}

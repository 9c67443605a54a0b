/** Prints measurements. */
import { configurations, isConfiguration } from './configurations.ts'
import type { Comparison } from './expectations.ts'
import type { Measurement, Outcome } from './measure.ts'
import type { Kind } from './suite.ts'

const kinds: readonly Kind[] = ['required', 'optimal', 'check']
const sections = [
  ['main', ''],
  ['beyond', 'beyond the browser set'],
  ['cdn', 'CDN-Cache-Control'],
] as const

export function printCounts({ name, version, outcomes }: Measurement): void {
  console.log(`\n${name}: ${isConfiguration(name) ? configurations[name].title : name} (suite: ${version})`)
  for (const [section, label] of sections) {
    const part = outcomes.filter((outcome) => outcome.section === section)
    if (part.length > 0)
      console.log(`  ${kinds.map((kind) => count(part, kind)).join('   ')}   ${undecided(part)}   ${label}`)
  }
}

function count(outcomes: readonly Outcome[], kind: Kind): string {
  const part = outcomes.filter((outcome) => outcome.kind === kind)
  return `${kind} ${part.filter(({ verdict }) => verdict === 'pass').length}/${part.length}`
}

function undecided(outcomes: readonly Outcome[]): string {
  const of = (verdict: string): number => outcomes.filter((outcome) => outcome.verdict === verdict).length
  const thrown = outcomes.filter((outcome) => outcome.thrown).length
  const rest = of('harness') + of('untested')
  return `dependency ${of('dependency')}, setup ${of('setup')}, retry ${of('retry')}, thrown ${thrown}${rest ? `, without verdict ${rest}` : ''}`
}

export function printComparison({ known, unexpected, outdated }: Comparison): void {
  for (const { kind, id, reason } of known) console.log(`  known       ${kind} ${id}: ${reason}`)
  for (const outcome of unexpected) console.log(`  UNEXPECTED  ${describe(outcome)}`)
  for (const id of outdated)
    console.log(`  OUTDATED    ${id} is listed as not passing, but it passed or does not exist`)
}

export const describe = ({ kind, id, verdict, message }: Outcome): string =>
  `${kind} ${id}: ${verdict}${message && ` (${message})`}`

/** What is printed. `styleText` colours only for a terminal, and not where NO_COLOR is set. */
import { styleText } from 'node:util'
import { size, time } from './units.ts'
import type { Visit } from './visit.ts'

const OUTCOMES = {
  origin: ['yellow', 'origin'],
  confirmed: ['cyan', 'cache (304)'],
  cache: ['green', 'cache'],
  stale: ['magenta', 'cache, stale'],
  failed: ['red', 'failed'],
} as const

export function printTitle(path: string, again: boolean): void {
  console.log(styleText('bold', '\nstowaway: a persistent HTTP cache for fetch'))
  console.log(
    again ? `Earlier runs left their responses in ${path}` : `Nothing is stored yet; responses go into ${path}`,
  )
}

export function printHeading(title: string): void {
  console.log(`\n${styleText('bold', title)}`)
}

export function printVisit({ bytes, label, ms, outcome, status, why }: Visit): void {
  const [colour, from] = OUTCOMES[outcome]
  const columns = [
    shortened(label).padEnd(20),
    String(status ?? '–').padStart(3),
    styleText(colour, from.padEnd(12)),
    time(ms).padStart(7),
    size(bytes).padStart(8),
    styleText('dim', why),
  ]
  console.log(`  ${columns.join('  ')}`)
}

function shortened(label: string): string {
  return label.length > 20 ? `${label.slice(0, 19)}…` : label
}

export function printSummary(visits: readonly Visit[], asked: number): void {
  const total = (count: (visit: Visit) => number): number => visits.reduce((sum, visit) => sum + count(visit), 0)
  const [requests, spared] = [total(({ times }) => times), total(({ spared }) => spared)]
  const saved = `${size(total(({ saved }) => saved.bytes))} and ${time(total(({ saved }) => saved.ms))}`
  const [asking, saving] = [styleText('bold', `${requests} requests`), styleText('bold', `${saved} saved`)]
  console.log(`\n${asking}, ${spared} answered without a body from the origin, which was asked ${asked} times`)
  console.log(saving)
  console.log('\nRun it again: what is stored is still there. `npm run demo -- --reset` forgets it first.\n')
}

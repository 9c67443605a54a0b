/**
 * Runs the public conformance suite. `npm run conformance -- [options]`:
 *
 * - `--config=private,proxy`  these configurations (see configurations.ts); default: all but the plain ones
 * - `--id=freshness-none`     one test, traced, by default in the configuration `private`
 * - `--source`                measure the sources instead of the built package
 * - `--json=file`             also write all outcomes
 *
 * `CACHE_TESTS_DIR` may name a checkout of the suite's repository, which is then used in place of the npm release.
 * Fails if a required or optimal test does not pass and is not listed in `expected/`, or is listed and passes.
 */
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Configuration, configurations } from './configurations.ts'
import { compare } from './expectations.ts'
import type { Job, Measurement } from './measure.ts'
import { describe, printComparison, printCounts } from './report.ts'

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    id: { type: 'string' },
    source: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const { id, source } = values
const byDefault = Object.entries<Configuration>(configurations).filter(([, { onRequest }]) => !onRequest)
const names = values.config?.split(',') ?? (id ? ['private'] : byDefault.map(([name]) => name))

// Most of the time is spent waiting, so that two at a time do not disturb each other.
const measurements = await inTurn(names, 2, (name) => start({ name, source, ...(id && { id }) }))
if (values.json) writeFileSync(values.json, `${JSON.stringify(measurements, null, 2)}\n`)
process.exitCode = (id ? measurements.map(reportOne) : measurements.map(report)).every(Boolean) ? 0 : 1

function report(measurement: Measurement): boolean {
  printCounts(measurement)
  if (measurement.name.startsWith('plain')) return true
  const comparison = compare(measurement)
  printComparison(comparison)
  return comparison.unexpected.length === 0 && comparison.outdated.length === 0
}

function reportOne({ name, outcomes }: Measurement): boolean {
  for (const outcome of outcomes) console.log(`${outcome.id === id ? name : '  depends on'}: ${describe(outcome)}`)
  return outcomes.every(({ verdict }) => verdict === 'pass')
}

/** The suite prints much that only a trace needs. */
function start(job: Job): Promise<Measurement> {
  const stdout = job.id ? 'inherit' : 'ignore'
  const child = fork(new URL('measure.ts', import.meta.url), [JSON.stringify(job)], {
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    // measure.ts sends one message and nothing else.
    child.once('message', (measurement) => resolve(measurement as Measurement))
    child.once('exit', () => reject(new Error(`${job.name}: ended without a result`)))
  })
}

async function inTurn<T, R>(items: readonly T[], width: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await run(item)
  }
  await Promise.all(Array.from({ length: width }, work))
  return results
}

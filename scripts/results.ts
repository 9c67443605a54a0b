/**
 * Adds up the suites' JSON reports: `node scripts/results.ts node24 node22`. Fails when one is absent or empty, when a test
 * failed, and when one was skipped or left to do: then its result is not known.
 */
import { readFileSync } from 'node:fs'

/** Of vitest's JSON report, what counts. */
interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

let passed = 0
let failed = 0
let skipped = 0
for (const name of process.argv.slice(2)) {
  const report = read(name)
  passed += report?.numPassedTests ?? 0
  // A file that can't be loaded has no failed test of its own; it makes the run unsuccessful all the same.
  failed +=
    report === undefined ? 1 : Math.max(report.numFailedTests, Number(!report.success || report.numPassedTests === 0))
  skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || skipped > 0 || passed === 0 ? 1 : 0

function read(name: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(`reports/${name}.json`, 'utf8')) as Report // JSON.parse gives `any`; vitest wrote it.
  } catch (error) {
    console.error(`${name}: no report (${String(error)})`)
    return undefined
  }
}

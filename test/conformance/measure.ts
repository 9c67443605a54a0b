/** One configuration, in a process of its own: the suite keeps its state in modules. Sends a {@link Measurement} to its parent. */
import { type Configuration, configurations, isConfiguration } from './configurations.ts'
import { routed, withoutTrick, withTrick } from './client.ts'
import { startOrigin } from './origin.ts'
import { startProxy } from './proxy.ts'
import { type Section, select, withDependencies } from './selection.ts'
import { openSubject } from './subject.ts'
import { type Kind, loadSuite, type Results, type Suite } from './suite.ts'

export interface Job {
  readonly name: string
  readonly source: boolean
  /** One test to trace. */
  readonly id?: string
}

export type Verdict = 'pass' | 'fail' | 'dependency' | 'setup' | 'retry' | 'harness' | 'untested'

export interface Outcome {
  readonly id: string
  readonly kind: Kind
  readonly section: Section
  readonly verdict: Verdict
  /** The subject raised an error instead of answering, or did not answer in time. */
  readonly thrown: boolean
  readonly message: string
}

export interface Measurement {
  readonly name: string
  readonly version: string
  readonly outcomes: readonly Outcome[]
}

const verdicts: Readonly<Record<string, Verdict>> = {
  '✅': 'pass',
  Y: 'pass',
  '⛔️': 'fail',
  '⚠️': 'fail',
  N: 'fail',
  '⚪️': 'dependency',
  '🔹': 'setup',
  '↻': 'retry',
  '⁉️': 'harness',
  '-': 'untested',
}

// Tests in flight at a time; each has URLs of its own, and most of the time they wait.
const chunk = 100

export async function measure({ name, source, id }: Job): Promise<Measurement> {
  if (!isConfiguration(name)) throw new Error(`no such configuration: ${name}`)
  const configuration: Configuration = configurations[name]
  const suite = await loadSuite()
  const { groups, sections } = select(
    suite.groups,
    configuration.mode,
    id ? withDependencies(suite.groups, id) : undefined,
  )
  for (const group of groups) for (const test of group.tests) test.dump = test.id === id
  const results = await runAgainst(configuration, source, suite, groups)
  return { name, version: suite.version, outcomes: outcomesOf(suite, sections, results) }
}

async function runAgainst(
  configuration: Configuration,
  source: boolean,
  suite: Suite,
  groups: Suite['groups'],
): Promise<Results> {
  const plain = globalThis.fetch
  const origin = await startOrigin(suite.handlers)
  // A first use makes Node create the dispatcher that interim responses are watched through.
  await plain(`${origin.base}/`).then((response) => response.arrayBuffer())
  const subject = await openSubject(configuration, source)
  const { proxy, mode } = configuration
  const front = proxy ? await startProxy(origin.base, subject.fetch) : null
  const direct = mode === 'shared' ? withoutTrick(subject.fetch, groups) : subject.fetch
  const client = routed(front ? withTrick(plain) : direct, plain)
  globalThis.fetch = client
  const results = await suite.run(groups, client, mode === 'private', (front ?? origin).base, chunk)
  globalThis.fetch = plain
  front?.close()
  await subject.close()
  origin.close()
  return results
}

function outcomesOf(suite: Suite, sections: ReadonlyMap<string, Section>, results: Results): Outcome[] {
  const tests = suite.groups.flatMap((group) => group.tests).filter((test) => sections.has(test.id))
  return tests.map(({ id, kind = 'required' }) => {
    const result = results[id]
    const [error, message] = result === undefined || result === true ? ['', ''] : result
    const thrown = error !== '' && error !== 'Assertion' && error !== 'Setup'
    const verdict = verdicts[suite.verdict(id, results)] ?? 'harness'
    return {
      id,
      kind,
      section: sections.get(id) ?? 'main',
      verdict,
      thrown,
      message: thrown ? `${error}: ${message}` : message,
    }
  })
}

if (process.send) {
  // Written by run.ts.
  const job = JSON.parse(process.argv[2] ?? '') as Job
  process.send(await measure(job), () => process.exit())
}

/** Loads a copy of http-cache-tests: the npm release, or a checkout of its repository, which keeps its engine in a folder of its own. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export type Kind = 'required' | 'optimal' | 'check'

export interface SuiteRequest {
  readonly cache?: RequestCache
  readonly expected_interim_responses?: unknown
}

export interface SuiteTest {
  readonly id: string
  readonly name: string
  readonly kind?: Kind
  readonly depends_on?: readonly string[]
  readonly requests: readonly SuiteRequest[]
  browser_only?: boolean
  browser_skip?: boolean
  cdn_only?: boolean
  dump?: boolean
}

export interface SuiteGroup {
  readonly name: string
  readonly id: string
  readonly tests: SuiteTest[]
}

/** `true` for a pass, else the name and message of what was thrown. */
export type Result = true | readonly [name: string, message: string]
export type Results = Readonly<Record<string, Result>>

interface Runner {
  readonly runTests: (...args: unknown[]) => Promise<void>
  readonly getResults: () => Results
}

interface Verdicts {
  readonly determineTestResult: (groups: readonly SuiteGroup[], id: string, results: Results) => readonly string[]
}

export type Handler = (segments: readonly string[], request: unknown, response: unknown) => void

export interface Suite {
  /** Names the expectations that go with it: `npm-0.4.5` or `repository`. */
  readonly version: string
  readonly groups: readonly SuiteGroup[]
  readonly handlers: Readonly<Record<string, Handler>>
  run(
    groups: readonly SuiteGroup[],
    fetch: typeof globalThis.fetch,
    browser: boolean,
    base: string,
    chunk: number,
  ): Promise<Results>
  /** The suite's own verdict, as the symbol that it prints. */
  verdict(id: string, results: Results): string
}

/** `CACHE_TESTS_DIR`, a checkout of the suite's repository; else the release that is installed. */
export function suiteDirectory(): string {
  const given = process.env['CACHE_TESTS_DIR']
  return given ? resolve(given) : dirname(fileURLToPath(import.meta.resolve('http-cache-tests/package.json')))
}

export async function loadSuite(): Promise<Suite> {
  const dir = suiteDirectory()
  const split = existsSync(join(dir, 'test-engine'))
  const engine = split ? join(dir, 'test-engine') : dir
  const runner = await load<Runner>(engine, 'client/runner.mjs')
  const hasResults = existsSync(join(engine, 'lib/results.mjs'))
  const { determineTestResult } = await load<Verdicts>(engine, hasResults ? 'lib/results.mjs' : 'lib/display.mjs')
  const groups = (await load<{ default: SuiteGroup[] }>(dir, 'tests/index.mjs')).default
  return {
    version: split ? 'repository' : `npm-${packageVersion(dir)}`,
    groups,
    handlers: await loadHandlers(engine),
    run: async (chosen, fetch, browser, base, chunk) => {
      // Older versions take the fetch to test as an argument, newer ones use the global one: they get both.
      const takesFetch = runner.runTests.length === 4
      await runner.runTests(chosen, ...(takesFetch ? [fetch] : []), browser, base, chunk)
      return runner.getResults()
    },
    verdict: (id, results) => determineTestResult(groups, id, results)[2] ?? '',
  }
}

async function loadHandlers(engine: string): Promise<Record<string, Handler>> {
  const handlers: Record<string, Handler> = {}
  for (const name of ['config', 'state', 'test']) {
    handlers[name] = (await load<{ default: Handler }>(engine, `server/handle-${name}.mjs`)).default
  }
  return handlers
}

async function load<T>(dir: string, path: string): Promise<T> {
  // The suite is plain JavaScript without declarations: T says what is used of it.
  return (await import(pathToFileURL(join(dir, path)).href)) as T
}

function packageVersion(dir: string): string {
  // Written by npm, and only its version is read.
  const { version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { version: string }
  return version
}

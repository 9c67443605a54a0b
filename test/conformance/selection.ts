/** Which tests count for which kind of cache, and which are run only to be reported apart. */
import type { Configuration } from './configurations.ts'
import type { SuiteGroup, SuiteTest } from './suite.ts'

/** `beyond`: the suite spares browsers these tests, and a private cache in a library has no such excuse. `cdn`: RFC 9213. */
export type Section = 'main' | 'beyond' | 'cdn'

export interface Selected {
  readonly groups: readonly SuiteGroup[]
  readonly sections: ReadonlyMap<string, Section>
}

export function select(
  groups: readonly SuiteGroup[],
  mode: Configuration['mode'],
  only?: ReadonlySet<string>,
): Selected {
  const sections = new Map<string, Section>()
  const chosen = groups.map((group) => ({
    ...group,
    tests: group.tests.filter((test) => {
      const section = sectionOf(test, group, mode)
      const wanted = section !== null && (!only || only.has(test.id))
      if (wanted) sections.set(test.id, section)
      return wanted
    }),
  }))
  return { groups: chosen.map(unfiltered), sections }
}

function sectionOf(test: SuiteTest, group: SuiteGroup, mode: Configuration['mode']): Section | null {
  if (mode === 'shared') return test.browser_only ? null : test.cdn_only ? 'cdn' : 'main'
  if (test.cdn_only) return null
  return test.browser_skip ? (forSharedOnly(test, group) ? null : 'beyond') : 'main'
}

/** Tests that ask what only a shared cache must, or may, do. */
function forSharedOnly(test: SuiteTest, group: SuiteGroup): boolean {
  return group.id === 'auth' || /shared|s-maxage|proxy-revalidate|private/.test(test.id)
}

/** The suite would apply its own filter once more: these are the same tests without its marks. */
function unfiltered(group: SuiteGroup): SuiteGroup {
  const unmarked = { browser_only: false, browser_skip: false, cdn_only: false }
  return { ...group, tests: group.tests.map((test) => ({ ...test, ...unmarked })) }
}

/** A test and everything that its verdict depends on. */
export function withDependencies(groups: readonly SuiteGroup[], id: string): Set<string> {
  const tests = new Map(groups.flatMap((group) => group.tests.map((test) => [test.id, test] as const)))
  const found = new Set<string>()
  const visit = (next: string): void => {
    const test = tests.get(next)
    if (!test) throw new Error(`the suite has no test ${next}`)
    if (found.has(next)) return
    found.add(next)
    for (const dependency of test.depends_on ?? []) visit(dependency)
  }
  visit(id)
  return found
}

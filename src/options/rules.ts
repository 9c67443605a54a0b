import { isLifetime, parseLifetime } from './duration.ts'
import { entriesOf, parseMembers } from './members.ts'
import type { Table } from './members.ts'
import { compilePattern } from './patterns.ts'
import type { URLPatternConstructor } from './patterns.ts'
import { refuse } from './refuse.ts'
import { SETTINGS, parseSettings } from './settings.ts'
import type { ParsedSettings } from './settings.ts'
import type { Match, RequestLike, URLPatternLike } from './types.ts'

export interface MatchedRule {
  /** Which rule it is, from 0. */
  readonly index: number
  /** Its `match` as text, for `explain`. */
  readonly pattern: string
  readonly settings: ParsedSettings
}

/** The first rule that matches. `url` is expected as WHATWG writes it. */
export type Matcher = (request: RequestLike) => MatchedRule | undefined

type Test = (url: string, request: RequestLike) => boolean

interface CompiledRule extends MatchedRule {
  readonly test: Test
}

interface ParsedRule extends ParsedSettings {
  readonly match: unknown
}

const RULE: Table<ParsedRule> = { ...SETTINGS, match: (value: unknown) => value as NonNullable<unknown> }

const ACCEPTED = `a pattern such as '/image/*', 'site.com', '*.site.com' or '*', a RegExp, a URLPattern or a function`

/** How many URLs' rules are remembered. */
const REMEMBERED = 1000

/**
 * Throws `invalid-pattern` naming the rule, and what its settings throw. `urlPattern` is asked once a pattern is there
 * that needs it. Answers are remembered by URL, unless a function is among the rules.
 */
export function compileRules(rules: unknown, urlPattern: () => URLPatternConstructor): Matcher {
  const compiled = Array.isArray(rules) ? fromArray(rules, urlPattern) : fromRecord(rules, urlPattern)
  const find: Matcher = (request) => {
    const url = withoutFragment(request.url)
    return compiled.find((rule) => rule.test(url, request))
  }
  if (compiled.length === 0) return () => undefined
  return compiled.some(({ test }) => test.length > 1) ? find : remembering(find)
}

import { withoutFragment } from '../key/url.ts'
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

type Find = (url: string, request: RequestLike) => MatchedRule | undefined

interface CompiledRule extends MatchedRule {
  readonly test: (url: string, request: RequestLike) => boolean
}

interface ParsedRule extends ParsedSettings {
  readonly match?: Match
}

// `compileMatch` looks at it as the unknown thing that it is.
const RULE: Table<ParsedRule> = { ...SETTINGS, match: (value) => value as Match }

const ACCEPTED = `a pattern such as '/image/*', 'site.com', '*.site.com' or '*', a RegExp, a URLPattern or a function`

/** How many URLs' rules are remembered. */
const REMEMBERED = 1000

/**
 * Throws `invalid-pattern` naming the rule, and what its settings throw. `urlPattern` is asked only when a pattern needs it.
 * Answers are remembered by URL, unless a function is among the rules.
 */
export function compileRules(rules: unknown, urlPattern: () => URLPatternConstructor): Matcher {
  const parsed = Array.isArray(rules) ? fromArray(rules) : fromRecord(rules)
  if (parsed.length === 0) return () => undefined
  const compiled = parsed.map(({ where, match, settings }, index): CompiledRule => {
    return { index, pattern: describe(match), settings, test: compileMatch(match, where, urlPattern) }
  })
  const find: Find = (url, request) => compiled.find(({ test }) => test(url, request))
  const answer = parsed.some(({ match }) => typeof match === 'function') ? find : remembering(find)
  return (request) => answer(withoutFragment(request.url), request)
}

interface Given {
  readonly where: string
  readonly match: unknown
  readonly settings: ParsedSettings
}

function fromArray(rules: readonly unknown[]): Given[] {
  return rules.map((rule, index) => {
    const where = `rules[${index}]`
    // A hole would else pass as a rule without members.
    const { match, ...settings } = parseMembers(RULE, rule ?? null, where)
    return { where: `${where}.match`, match, settings }
  })
}

function fromRecord(rules: unknown): Given[] {
  return entriesOf(rules, 'rules')
    .filter(([, value]) => value !== undefined)
    .map(([match, value]) => {
      const where = `rules[${JSON.stringify(match)}]`
      const settings = isLifetime(value) ? { expireAfter: parseLifetime(where, value) } : parseSettings(value, where)
      return { where, match, settings }
    })
}

/** `url` is expected as WHATWG writes it, without its fragment. Throws `invalid-pattern` naming `where`. */
export function compileMatch(
  match: unknown,
  where: string,
  urlPattern: () => URLPatternConstructor,
): CompiledRule['test'] {
  if (match === '*') return () => true
  if (typeof match === 'string') return fromText(match, where, urlPattern)
  // With `g` or `y` each test would begin where the one before ended.
  if (match instanceof RegExp) return tester(new RegExp(match.source, match.flags.replace(/[gy]/g, '')))
  // Compared with `true`: a promise of false would else be a match. Its parameters are as the type says.
  if (typeof match === 'function') return (_, request) => (match as (request: RequestLike) => unknown)(request) === true
  return isPattern(match) ? tester(match) : refuse('invalid-pattern', where, match, ACCEPTED)
}

function fromText(match: string, where: string, urlPattern: () => URLPatternConstructor): CompiledRule['test'] {
  const URLPattern = urlPattern()
  try {
    return compilePattern(match, URLPattern)
  } catch (cause) {
    const why = cause instanceof Error ? ` (${cause.message})` : ''
    return refuse('invalid-pattern', where, match, ACCEPTED + why, { cause })
  }
}

const tester =
  (pattern: Pick<URLPatternLike, 'test'>): CompiledRule['test'] =>
  (url) =>
    pattern.test(url)

const isPattern = (match: unknown): match is URLPatternLike =>
  typeof match === 'object' &&
  match !== null &&
  'pathname' in match &&
  'test' in match &&
  typeof match.test === 'function'

function describe(match: unknown): string {
  if (typeof match === 'function') return match.name || 'function'
  return isPattern(match) ? `URLPattern ${match.hostname} ${match.pathname}` : String(match)
}

function remembering(find: Find): Find {
  const known = new Map<string, MatchedRule | undefined>()
  return (url, request) => {
    if (known.has(url)) return known.get(url)
    const rule = find(url, request)
    if (known.size >= REMEMBERED) known.clear()
    known.set(url, rule)
    return rule
  }
}

/** What holds for one request: the cache's options, the first matching rule's and the request's own, in one value. */
import type { ParsedLifetime } from './options/duration.ts'
import type { FilterFn } from './options/types.ts'
import type { NoVarySearch } from './standards/no-vary-search.ts'
import { currentAge, freshnessLifetime, heuristicLifetime } from './rfc9111/4-2-freshness.ts'
import type { TargetedReader } from './rfc9111/messages.ts'
import type { Stored } from './record.ts'

export type CacheMode = 'default' | 'no-store' | 'reload' | 'no-cache' | 'force-cache' | 'only-if-cached'

/** A lifetime in place of what the response says; `DO_NOT_CACHE` never gets this far. */
export type GivenLifetime = Exclude<ParsedLifetime, string>

export interface Policy {
  readonly mode: CacheMode
  readonly shared: boolean
  readonly targeted: TargetedReader | undefined
  /** False: the developer decides, not the response's headers. */
  readonly cacheControl: boolean
  readonly methods: ReadonlySet<string>
  readonly codes: ReadonlySet<number>
  /** From the request, the rule and the cache, in this order of precedence. */
  readonly requestLifetime: GivenLifetime | undefined
  readonly ruleLifetime: GivenLifetime | undefined
  readonly cacheLifetime: GivenLifetime | undefined
  /** ms, Infinity without limit; undefined: as the response says. */
  readonly staleWhileRevalidate: number | undefined
  readonly staleIfError: number | undefined
  readonly onlyIfCached: boolean
  readonly alwaysRevalidate: boolean
  readonly matchHeaders: readonly string[] | true
  readonly noVarySearch: NoVarySearch | undefined
  readonly tags: readonly string[]
  /** Nothing is written, of whatever kind. */
  readonly readOnly: boolean
  readonly filter: FilterFn | undefined
  /** All is stored and all that is stored is served, whatever the headers say. */
  readonly taped: boolean
  /** See `Meta.basis`. */
  readonly basis: string
}

/** Where a lifetime came from, for `explain`. */
export type LifetimeSource = 'request' | 'rule' | 'response' | 'cache' | 'heuristic' | 'none'

/** ms; the lifetime may be Infinity. Fresh while `lifetime > age` (§4.2). */
export interface Life {
  readonly age: number
  readonly lifetime: number
  /** When it stops being fresh: ms since the epoch, or Infinity. */
  readonly expires: number
  readonly source: LifetimeSource
}

type Living = Pick<Stored, 'record' | 'facts'> & Partial<Pick<Stored, 'entry'>>

/** The lifetime; that of what was invalidated (§4.3.5) was over at that moment, which the store was told. */
export function lifeOf(stored: Living, policy: Policy, now: number): Life {
  const life = givenLife(stored, policy, now)
  if (!stored.record.invalid) return life
  const expires = Math.min(life.expires, stored.entry?.meta.expiresAt ?? now, now)
  return { ...life, expires, lifetime: life.age + expires - now }
}

/** By precedence: request, rule, response, cache, heuristic. */
function givenLife({ record, facts }: Living, policy: Policy, now: number): Life {
  const { cacheControl, shared } = policy
  const age = cacheControl ? currentAge(facts, now) : Math.max(0, now - facts.responseTime)
  const life = (lifetime: number, source: LifetimeSource): Life => ({
    age,
    lifetime,
    expires: now - age + lifetime,
    source,
  })
  const given = (lifetime: GivenLifetime, source: LifetimeSource): Life =>
    life('for' in lifetime ? lifetime.for : age + lifetime.until - now, source)
  const { lifetime } = record
  if (lifetime) return given('for' in lifetime ? { for: lifetime.for ?? Infinity } : lifetime, 'request')
  if (policy.ruleLifetime) return given(policy.ruleLifetime, 'rule')
  const said = cacheControl ? freshnessLifetime(facts, shared) : undefined
  if (said !== undefined) return life(said, 'response')
  if (policy.cacheLifetime) return given(policy.cacheLifetime, 'cache')
  if (!cacheControl) return life(Infinity, 'cache')
  const guessed = heuristicLifetime(facts)
  return guessed === undefined ? life(0, 'none') : life(guessed, 'heuristic')
}

export function isFresh({ age, lifetime }: Life): boolean {
  return lifetime > age
}

/** RFC 9211 §2.4, in whole seconds. */
export function ttl({ age, lifetime }: Life): number {
  return Math.floor((lifetime - age) / 1000)
}

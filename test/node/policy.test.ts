import { describe, expect, test } from 'vitest'
import type { GivenLifetime, LifetimeSource, Policy } from '../../src/policy.ts'
import { isFresh, lifeOf, ttl } from '../../src/policy.ts'
import { NOW, cc, policy, stored } from './decide/given.ts'

const modified = new Date(NOW - 1_000_000).toUTCString()
const SAID = { ...cc('max-age=30'), 'last-modified': modified }
const SILENT = { 'last-modified': modified }

/** A different lifetime from each source, in seconds. */
const given = (...sources: readonly ('rule' | 'cache')[]): Partial<Policy> => ({
  ...(sources.includes('rule') && { ruleLifetime: { for: 20_000 } }),
  ...(sources.includes('cache') && { cacheLifetime: { for: 40_000 } }),
})
const ASKED = { record: { lifetime: { for: 10_000 } } }

describe('the precedence of lifetimes', () => {
  const cases: readonly [
    why: string,
    headers: Record<string, string>,
    asked: typeof ASKED | undefined,
    policy: Partial<Policy>,
    seconds: number,
    source: LifetimeSource,
  ][] = [
    ['the request first', SAID, ASKED, given('rule', 'cache'), 10, 'request'],
    ['then the rule', SAID, undefined, given('rule', 'cache'), 20, 'rule'],
    ['then the response', SAID, undefined, given('cache'), 30, 'response'],
    ['then the cache', SILENT, undefined, given('cache'), 40, 'cache'],
    ['then the heuristic', SILENT, undefined, {}, 100, 'heuristic'],
    ['then nothing', {}, undefined, {}, 0, 'none'],
    [
      'cacheControl: false: the request first',
      SAID,
      ASKED,
      { cacheControl: false, ...given('rule', 'cache') },
      10,
      'request',
    ],
    [
      'cacheControl: false: then the rule',
      SAID,
      undefined,
      { cacheControl: false, ...given('rule', 'cache') },
      20,
      'rule',
    ],
    [
      'cacheControl: false: then the cache, not the response',
      SAID,
      undefined,
      { cacheControl: false, ...given('cache') },
      40,
      'cache',
    ],
    ['cacheControl: false: then it never expires', SAID, undefined, { cacheControl: false }, Infinity, 'cache'],
    ['max-age=0 is a word of the response', cc('max-age=0'), undefined, given('cache'), 0, 'response'],
    ['an invalid Expires is one, too', { expires: 'x' }, undefined, given('cache'), 0, 'response'],
    ['s-maxage is none in a private cache', cc('s-maxage=9'), undefined, given('cache'), 40, 'cache'],
    [
      's-maxage in a shared one',
      cc('s-maxage=9, max-age=1'),
      undefined,
      { shared: true, ...given('cache') },
      9,
      'response',
    ],
  ]
  test.for(cases)('%s', ([, headers, asked, options, seconds, source]) => {
    expect(lifeOf(stored(headers, asked), policy(options), NOW)).toMatchObject({ lifetime: seconds * 1000, source })
  })
})

describe('a given lifetime', () => {
  const life = (
    lifetime: GivenLifetime,
    headers: Record<string, string>,
    since: number,
    options: Partial<Policy> = {},
  ) => lifeOf(stored(headers, { since }), policy({ ruleLifetime: lifetime, ...options }), NOW)

  test('counts from the time at which the origin made the response', () => {
    expect(life({ for: 60_000 }, { age: '50' }, 5)).toMatchObject({ age: 55_000, expires: NOW + 5_000 })
  })
  test('counts from receipt with cacheControl: false', () => {
    expect(life({ for: 60_000 }, { age: '50' }, 5, { cacheControl: false })).toMatchObject({
      age: 5_000,
      expires: NOW + 55_000,
    })
  })
  test('that is a date ends on that date, whatever the age', () => {
    for (const since of [0, 5, 500])
      expect(life({ until: NOW + 7_000 }, { age: '50' }, since).expires).toBe(NOW + 7_000)
    expect(isFresh(life({ until: NOW + 1 }, { age: '50' }, 5))).toBe(true)
    expect(isFresh(life({ until: NOW }, { age: '50' }, 5))).toBe(false)
  })
  test('that is stored without limit never ends', () => {
    const kept = stored({}, { since: 1e9, record: { lifetime: { for: null } } })
    expect(lifeOf(kept, policy(), NOW)).toMatchObject({ lifetime: Infinity, expires: Infinity, source: 'request' })
  })
  test('of nothing is stale at once, also when the clock stands still', () => {
    expect(isFresh(life({ for: 0 }, {}, 0))).toBe(false)
  })
})

test('a clock that was set back makes no negative age, in either mode', () => {
  for (const cacheControl of [true, false])
    expect(lifeOf(stored(SAID, { since: -500 }), policy({ cacheControl }), NOW).age).toBe(0)
})

test('RFC 9211 §2.4: ttl is whole seconds, negative when stale', () => {
  const life = (age: number, lifetime: number) => ({ age, lifetime, expires: 0, source: 'response' as const })
  expect([ttl(life(0, 1999)), ttl(life(1, 1000)), ttl(life(1001, 1000)), ttl(life(0, Infinity))]).toEqual([
    1,
    0,
    -1,
    Infinity,
  ])
})

import { describe, expect, test } from 'vitest'
import { before } from '../../../src/decide/before.ts'
import type { CacheMode, Policy } from '../../../src/policy.ts'
import type { Stored } from '../../../src/record.ts'
import type { StoredOptions } from './given.ts'
import { NOW, cc, policy, presented, request, stored } from './given.ts'

interface Case {
  readonly it: string
  readonly asked?: Record<string, string>
  readonly said?: Record<string, string>
  readonly options?: StoredOptions
  readonly policy?: Partial<Policy>
  /** What it does, with `refreshes` or `stale` where it is that too, and why. */
  readonly does: string
  readonly why?: string
}

const FRESH = { ...cc('max-age=60'), etag: '"1"' }
const TAGLESS = cc('max-age=60')
/** Stale for ten seconds. */
const STALE: StoredOptions = { since: 70 }

function decide({ asked = {}, options, policy: given = {}, said }: Omit<Case, 'it' | 'does'>) {
  const candidates: readonly Stored[] = said ? [stored(said, options)] : []
  return before(request(asked), presented(asked), candidates, policy(given), NOW)
}

function verdict(given: Omit<Case, 'it' | 'does'>): string {
  const action = decide(given)
  if (action.do !== 'reuse') return action.do
  return ['reuse', ...(action.stale ? ['stale'] : []), ...(action.refresh ? ['refreshes'] : [])].join(' ')
}

function check(cases: readonly Case[]): void {
  test.for(cases)('$it: $does', ({ does, why = '', ...given }) => {
    expect(verdict(given)).toBe(does)
    expect(decide(given).why).toContain(why)
  })
}

describe('§4 reuse', () => {
  check([
    { it: 'nothing is stored', does: 'forward' },
    { it: 'it is fresh', said: FRESH, does: 'reuse', why: 'fresh' },
    { it: 'it is as old as its lifetime', said: FRESH, options: { since: 60 }, does: 'validate', why: '§4.2 stale' },
    { it: 'one millisecond is left', said: FRESH, options: { since: 59.999 }, does: 'reuse' },
    { it: 'it is stale', said: FRESH, options: STALE, does: 'validate' },
    {
      it: 'it is stale and has Last-Modified',
      said: { ...TAGLESS, 'last-modified': 'x' },
      options: STALE,
      does: 'validate',
    },
    { it: 'it is stale without validator', said: TAGLESS, options: STALE, does: 'forward', why: '§4.2 stale' },
    { it: 'Age: 59, max-age=60 has 1 s left', said: { ...FRESH, age: '59' }, options: { since: 0.999 }, does: 'reuse' },
    { it: 'and no more', said: { ...FRESH, age: '59' }, options: { since: 1 }, does: 'validate' },
    {
      it: 'it says no-cache',
      said: { ...cc('no-cache, max-age=60'), etag: '"1"' },
      does: 'validate',
      why: '§5.2.2.4 no-cache',
    },
    { it: 'it says no-cache without validator', said: cc('no-cache, max-age=60'), does: 'forward' },
    { it: 'it says no-cache for a field', said: cc('no-cache="x", max-age=60'), does: 'reuse' },
    { it: 'it says must-revalidate and is fresh', said: cc('must-revalidate, max-age=60'), does: 'reuse' },
    { it: 'it says nothing', said: {}, does: 'forward' },
    {
      it: 'it was invalidated',
      said: FRESH,
      options: { record: { invalid: true } },
      does: 'validate',
      why: '§4.3.5 invalidated',
    },
    {
      it: 'it says immutable and is stale (RFC 8246)',
      said: cc('max-age=60, immutable'),
      options: STALE,
      does: 'forward',
    },
  ])
})

describe('§5.2.1 request directives', () => {
  check([
    {
      it: 'max-age=4 of 5 s',
      asked: cc('max-age=4'),
      said: FRESH,
      options: { since: 5 },
      does: 'validate',
      why: '§5.2.1.1 max-age',
    },
    { it: 'max-age=5 of 5 s', asked: cc('max-age=5'), said: FRESH, options: { since: 5 }, does: 'reuse' },
    {
      it: 'min-fresh=56 of 55 s left',
      asked: cc('min-fresh=56'),
      said: FRESH,
      options: { since: 5 },
      does: 'validate',
    },
    {
      it: 'max-stale',
      asked: cc('max-stale'),
      said: FRESH,
      options: STALE,
      does: 'reuse stale',
      why: '§5.2.1.2 max-stale',
    },
    { it: 'max-stale=10 of 10 s', asked: cc('max-stale=10'), said: FRESH, options: STALE, does: 'reuse stale' },
    { it: 'max-stale=9 of 10 s', asked: cc('max-stale=9'), said: FRESH, options: STALE, does: 'validate' },
    {
      it: 'max-stale and min-fresh',
      asked: cc('max-stale, min-fresh=1'),
      said: FRESH,
      options: STALE,
      does: 'validate',
    },
    {
      it: 'max-stale and a younger max-age',
      asked: cc('max-stale, max-age=65'),
      said: FRESH,
      options: STALE,
      does: 'validate',
    },
    { it: 'max-stale and no-cache', asked: cc('max-stale, no-cache'), said: FRESH, options: STALE, does: 'validate' },
    {
      it: 'max-stale of must-revalidate',
      asked: cc('max-stale'),
      said: cc('max-age=60, must-revalidate'),
      options: STALE,
      does: 'forward',
    },
    {
      it: 'max-stale of what was invalidated',
      asked: cc('max-stale'),
      said: FRESH,
      options: { record: { invalid: true } },
      does: 'validate',
    },
    {
      it: 'max-stale of proxy-revalidate when shared',
      asked: cc('max-stale'),
      said: cc('max-age=60, proxy-revalidate'),
      options: STALE,
      policy: { shared: true },
      does: 'forward',
    },
    {
      it: 'max-stale of s-maxage when shared',
      asked: cc('max-stale'),
      said: cc('s-maxage=60'),
      options: STALE,
      policy: { shared: true },
      does: 'forward',
    },
    {
      it: 'max-stale of proxy-revalidate',
      asked: cc('max-stale'),
      said: cc('max-age=60, proxy-revalidate'),
      options: STALE,
      does: 'reuse stale',
    },
    { it: 'no-cache', asked: cc('no-cache'), said: FRESH, does: 'validate', why: '§5.2.1.4 no-cache' },
    { it: 'no-cache of what has no validator', asked: cc('no-cache'), said: TAGLESS, does: 'forward' },
    { it: 'no-store', asked: cc('no-store'), said: FRESH, does: 'forward', why: '§5.2.1.5 no-store' },
    { it: 'no-store of an offline request', asked: cc('no-store, only-if-cached'), said: FRESH, does: 'refuse' },
    { it: 'only-if-cached, fresh', asked: cc('only-if-cached'), said: FRESH, does: 'reuse' },
    { it: 'only-if-cached, stale', asked: cc('only-if-cached'), said: FRESH, options: STALE, does: 'refuse' },
    { it: 'only-if-cached, nothing', asked: cc('only-if-cached'), does: 'refuse' },
    {
      it: 'only-if-cached and max-stale',
      asked: cc('only-if-cached, max-stale'),
      said: FRESH,
      options: STALE,
      does: 'reuse stale',
    },
    { it: 'only-if-cached of no-cache', asked: cc('only-if-cached'), said: cc('no-cache, max-age=60'), does: 'refuse' },
    { it: '§5.4 Pragma', asked: { pragma: 'no-cache' }, said: FRESH, does: 'validate' },
  ])
})

describe('RFC 5861', () => {
  check([
    {
      it: 'within stale-while-revalidate',
      said: { ...cc('max-age=60, stale-while-revalidate=10'), etag: '"1"' },
      options: STALE,
      does: 'reuse stale refreshes',
      why: 'RFC 5861 §3 stale-while-revalidate',
    },
    {
      it: 'past stale-while-revalidate',
      said: cc('max-age=60, stale-while-revalidate=9'),
      options: STALE,
      does: 'forward',
    },
    { it: 'while it is fresh', said: cc('max-age=60, stale-while-revalidate=9'), does: 'reuse' },
    {
      it: 'with must-revalidate',
      said: cc('max-age=60, must-revalidate, stale-while-revalidate=99'),
      options: STALE,
      does: 'forward',
    },
    {
      it: 'invalidated',
      said: cc('max-age=60, stale-while-revalidate=99'),
      options: { record: { invalid: true } },
      does: 'forward',
    },
    {
      it: 'for a request that says no-cache',
      asked: cc('no-cache'),
      said: cc('max-age=60, stale-while-revalidate=99'),
      options: STALE,
      does: 'forward',
    },
    {
      it: 'the option in place of the directive',
      said: cc('max-age=60, stale-while-revalidate=1'),
      options: STALE,
      policy: { staleWhileRevalidate: 10_000 },
      does: 'reuse stale refreshes',
    },
    {
      it: 'the option that is false',
      said: cc('max-age=60, stale-while-revalidate=99'),
      options: STALE,
      policy: { staleWhileRevalidate: 0 },
      does: 'forward',
    },
    {
      it: 'the option without limit',
      said: FRESH,
      options: { since: 1e9 },
      policy: { staleWhileRevalidate: Infinity },
      does: 'reuse stale refreshes',
    },
    {
      it: 'only-if-cached asks no origin',
      asked: cc('only-if-cached'),
      said: cc('max-age=60, stale-while-revalidate=99'),
      options: STALE,
      does: 'reuse stale',
    },
    {
      it: 'only-if-cached takes what could stand in for an error',
      said: FRESH,
      options: STALE,
      policy: { onlyIfCached: true, staleIfError: 10_000 },
      does: 'reuse stale',
    },
    {
      it: 'stale-if-error alone asks the origin',
      said: FRESH,
      options: STALE,
      policy: { staleIfError: 10_000 },
      does: 'validate',
    },
  ])
})

describe('options', () => {
  check([
    {
      it: 'alwaysRevalidate',
      said: FRESH,
      policy: { alwaysRevalidate: true },
      does: 'validate',
      why: 'alwaysRevalidate',
    },
    { it: 'alwaysRevalidate without validator', said: TAGLESS, policy: { alwaysRevalidate: true }, does: 'reuse' },
    {
      it: 'alwaysRevalidate and onlyIfCached',
      said: FRESH,
      policy: { alwaysRevalidate: true, onlyIfCached: true },
      does: 'reuse',
    },
    { it: 'onlyIfCached, fresh', said: FRESH, policy: { onlyIfCached: true }, does: 'reuse' },
    { it: 'onlyIfCached, nothing', policy: { onlyIfCached: true }, does: 'refuse' },
    { it: 'onlyIfCached and refresh', said: FRESH, policy: { onlyIfCached: true, mode: 'no-cache' }, does: 'reuse' },
    {
      it: 'onlyIfCached and forceRefresh',
      said: FRESH,
      policy: { onlyIfCached: true, mode: 'reload' },
      does: 'refuse',
    },
    { it: 'cacheControl: false, no-cache', said: cc('no-cache'), policy: { cacheControl: false }, does: 'reuse' },
    {
      it: 'cacheControl: false, max-age=0',
      said: cc('max-age=0'),
      options: STALE,
      policy: { cacheControl: false },
      does: 'reuse',
    },
    {
      it: 'cacheControl: false, must-revalidate and staleWhileRevalidate',
      said: cc('must-revalidate'),
      options: STALE,
      policy: { cacheControl: false, cacheLifetime: { for: 60_000 }, staleWhileRevalidate: Infinity },
      does: 'reuse stale refreshes',
    },
    {
      it: "cacheControl: false, the response's own stale-while-revalidate",
      said: cc('stale-while-revalidate=99'),
      options: STALE,
      policy: { cacheControl: false, cacheLifetime: { for: 60_000 } },
      does: 'forward',
    },
    {
      it: 'cacheControl: false, request no-cache',
      asked: cc('no-cache'),
      said: FRESH,
      policy: { cacheControl: false },
      does: 'validate',
    },
  ])
})

const modes: readonly [mode: CacheMode, nothing: string, fresh: string, stale: string][] = [
  ['default', 'forward', 'reuse', 'validate'],
  ['reload', 'forward', 'forward', 'forward'],
  ['no-cache', 'forward', 'validate', 'validate'],
  ['force-cache', 'forward', 'reuse', 'reuse stale'],
  ['only-if-cached', 'refuse', 'reuse', 'reuse stale'],
]

describe("Fetch's cache modes", () => {
  test.for(modes)('%s: nothing stored: %s, fresh: %s, stale: %s', ([mode, nothing, fresh, stale]) => {
    expect(verdict({ policy: { mode } })).toBe(nothing)
    expect(verdict({ said: FRESH, policy: { mode } })).toBe(fresh)
    expect(verdict({ said: FRESH, options: STALE, policy: { mode } })).toBe(stale)
  })
})

describe("§4.3.2 conditions of the caller's own", () => {
  check([
    { it: 'met from a fresh response', asked: { 'if-none-match': '"1"' }, said: FRESH, does: 'reuse' },
    {
      it: 'forwarded as they are when it is stale',
      asked: { 'if-none-match': '"0"' },
      said: FRESH,
      options: STALE,
      does: 'forward',
    },
    { it: 'also If-Modified-Since', asked: { 'if-modified-since': 'x' }, said: FRESH, options: STALE, does: 'forward' },
    {
      it: 'If-Match is for the origin',
      asked: { 'if-match': '"1"' },
      said: FRESH,
      does: 'forward',
      why: 'condition for the origin',
    },
    {
      it: 'If-Unmodified-Since is for the origin',
      asked: { 'if-unmodified-since': 'x' },
      said: FRESH,
      does: 'forward',
    },
  ])
})

describe('RFC 9211 §2.2: why it is forwarded', () => {
  test.for<[string, Omit<Case, 'it' | 'does'>]>([
    ['uri-miss', {}],
    ['vary-miss', { said: FRESH, options: { record: { selecting: { accept: 'x' } } } }],
    ['stale', { said: FRESH, options: STALE }],
    ['request', { said: FRESH, asked: cc('no-cache') }],
    ['request', { said: FRESH, policy: { mode: 'reload' } }],
    ['request', { said: FRESH, asked: { 'if-match': '"1"' } }],
  ])('%s', ([fwd, given]) => expect(decide(given)).toMatchObject({ fwd }))
})

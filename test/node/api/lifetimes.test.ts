import { describe, expect, test } from 'vitest'
import { DO_NOT_CACHE, EXPIRE_IMMEDIATELY, NEVER_EXPIRE } from '../../../src/index.ts'
import type { CacheOptions, RequestOptions } from '../../../src/index.ts'
import { START, URL_A, cc, dated, numbered, settled, text, world } from './given.ts'

interface Case {
  readonly it: string
  readonly said: Record<string, string>
  readonly options?: CacheOptions
  readonly asked?: RequestOptions
  /** Seconds, Infinity, or undefined where nothing is stored. */
  readonly lives: number | undefined
  readonly from?: string
}

const ALL: CacheOptions = { expireAfter: 40, rules: { '/a': 20 } }
const modified = { 'last-modified': dated(-1000) }

const cases: readonly Case[] = [
  {
    it: 'the request before all',
    said: cc('max-age=30'),
    options: ALL,
    asked: { expireAfter: 10 },
    lives: 10,
    from: 'request',
  },
  { it: 'the rule before the response', said: cc('max-age=30'), options: ALL, lives: 20, from: 'rule' },
  {
    it: 'the response before the cache',
    said: cc('max-age=30'),
    options: { expireAfter: 40 },
    lives: 30,
    from: 'response',
  },
  { it: 'the cache before the heuristic', said: modified, options: { expireAfter: 40 }, lives: 40, from: 'cache' },
  { it: 'the heuristic', said: modified, lives: 100, from: 'heuristic' },
  { it: 'nothing', said: {}, lives: 0, from: 'none' },
  {
    it: 'a rule that says nothing of it leaves it to the response',
    said: cc('max-age=30'),
    options: { expireAfter: 40, rules: { '/a': { staleIfError: true } } },
    lives: 30,
    from: 'response',
  },
  {
    it: 'a rule that does not match',
    said: cc('max-age=30'),
    options: { rules: { '/b': 20 } },
    lives: 30,
    from: 'response',
  },
  {
    it: 'NEVER_EXPIRE of a request',
    said: cc('max-age=30'),
    asked: { expireAfter: NEVER_EXPIRE },
    lives: Infinity,
    from: 'request',
  },
  {
    it: 'EXPIRE_IMMEDIATELY of a rule',
    said: cc('max-age=30'),
    options: { rules: { '*': EXPIRE_IMMEDIATELY } },
    lives: 0,
    from: 'rule',
  },
  { it: 'a date', said: cc('max-age=30'), asked: { expireAfter: new Date(START + 5000) }, lives: 5, from: 'request' },
  { it: 'no-store against the request', said: cc('no-store'), asked: { expireAfter: 10 }, lives: undefined },
  { it: 'no-store against the rule', said: cc('no-store'), options: ALL, lives: undefined },
  {
    it: 'private against the rule in a shared cache',
    said: cc('private'),
    options: { ...ALL, shared: true },
    lives: undefined,
  },
  {
    it: 's-maxage in a shared cache',
    said: cc('max-age=1, s-maxage=30'),
    options: { shared: true },
    lives: 30,
    from: 'response',
  },
  { it: 's-maxage in a private cache', said: cc('max-age=1, s-maxage=30'), lives: 1, from: 'response' },
  {
    it: 'cacheControl: false never expires',
    said: cc('max-age=30, no-store'),
    options: { cacheControl: false },
    lives: Infinity,
    from: 'cache',
  },
  {
    it: 'cacheControl: false with expireAfter',
    said: cc('max-age=30'),
    options: { cacheControl: false, expireAfter: 40 },
    lives: 40,
    from: 'cache',
  },
  {
    it: 'cacheControl: false with a rule',
    said: cc('max-age=30'),
    options: { cacheControl: false, ...ALL },
    lives: 20,
    from: 'rule',
  },
  {
    it: 'cacheControl: false with a request',
    said: cc('max-age=30'),
    options: { cacheControl: false, ...ALL },
    asked: { expireAfter: 10 },
    lives: 10,
    from: 'request',
  },
  {
    it: 'cacheControl: false of a rule alone',
    said: cc('no-store'),
    options: { rules: { '/a': { cacheControl: false, expireAfter: 20 } } },
    lives: 20,
    from: 'rule',
  },
  {
    it: 'cacheControl: false of a request alone',
    said: cc('no-store'),
    asked: { cacheControl: false, expireAfter: 10 },
    lives: 10,
    from: 'request',
  },
  {
    it: 'cacheControl: true of a request alone',
    said: cc('max-age=30'),
    options: { cacheControl: false, expireAfter: 40 },
    asked: { cacheControl: true },
    lives: 30,
    from: 'response',
  },
  {
    it: 'cacheControl: false keeps private from a shared cache',
    said: cc('private'),
    options: { cacheControl: false, shared: true },
    lives: undefined,
  },
  {
    it: 'cacheControl: false does not store Vary: *',
    said: { vary: '*' },
    options: { cacheControl: false },
    lives: undefined,
  },
  {
    it: 'RFC 9213: a targeted field decides',
    said: { ...cc('no-store'), 'cdn-cache-control': 'max-age=30' },
    options: { shared: true, targets: ['CDN-Cache-Control'] },
    lives: 30,
    from: 'response',
  },
  {
    it: 'RFC 9213: in the order of the targets',
    said: { 'cdn-cache-control': 'max-age=30', 'x-cache-control': 'max-age=20' },
    options: { shared: true, targets: ['X-Cache-Control', 'CDN-Cache-Control'] },
    lives: 20,
    from: 'response',
  },
  {
    it: 'RFC 9213: also against Expires',
    said: { expires: dated(99), 'cdn-cache-control': 'max-age=30' },
    options: { shared: true, targets: ['CDN-Cache-Control'] },
    lives: 30,
    from: 'response',
  },
  {
    it: 'RFC 9213: also when it forbids',
    said: { ...cc('max-age=30'), 'cdn-cache-control': 'no-store' },
    options: { shared: true, targets: ['CDN-Cache-Control'] },
    lives: undefined,
  },
  {
    it: 'RFC 9213: one that is malformed does not',
    said: { ...cc('max-age=30'), 'cdn-cache-control': 'max-age=' },
    options: { shared: true, targets: ['CDN-Cache-Control'] },
    lives: 30,
    from: 'response',
  },
  {
    it: 'RFC 9213: one that is no target does not',
    said: { ...cc('max-age=30'), 'cdn-cache-control': 'no-store' },
    options: { shared: true },
    lives: 30,
    from: 'response',
  },
]

describe('the precedence of lifetimes', () => {
  test.for(cases)('$it', async ({ asked = {}, from, lives, options = {}, said }) => {
    await using it = world(numbered(said), options)
    await text(it.fetch(URL_A, { httpCache: asked }))
    await settled()
    const { stored } = await it.cache.explain(URL_A, { httpCache: asked })
    const found = stored && {
      lifetime: stored.lifetimeFrom === 'request' && asked.expireAfter instanceof Date ? lives : stored.lifetime,
      from: stored.lifetimeFrom,
    }
    expect(found).toEqual(lives === undefined ? null : { lifetime: lives, from })
  })

  test('a lifetime counts from where the response comes from: Age: 59, max-age=60 has 1 s left', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), age: '59' }))
    await text(it.fetch(URL_A))
    it.pass(0.9)
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    it.pass(0.1)
    expect((await it.fetch(URL_A)).fromCache).toBe(false)
  })

  test('a lifetime of a request holds for what it stores, also when others ask', async () => {
    await using it = world(numbered(cc('max-age=30')))
    await text(it.fetch(URL_A, { httpCache: { expireAfter: 10 } }))
    it.pass(11)
    expect((await it.fetch(URL_A)).fromCache).toBe(false)
    it.pass(29)
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test('a validation ends it, unless it is given again', async () => {
    await using it = world(
      (_, count) =>
        new Response(count === 0 ? '0' : null, {
          status: count === 0 ? 200 : 304,
          headers: { ...cc('max-age=30'), etag: '"1"' },
        }),
    )
    await text(it.fetch(URL_A, { httpCache: { expireAfter: 10 } }))
    it.pass(11)
    await text(it.fetch(URL_A))
    expect((await it.cache.explain(URL_A)).stored).toMatchObject({ lifetime: 30, lifetimeFrom: 'response' })
    it.pass(31)
    await text(it.fetch(URL_A, { httpCache: { expireAfter: 10 } }))
    expect((await it.cache.explain(URL_A)).stored).toMatchObject({ lifetime: 10, lifetimeFrom: 'request' })
  })

  test('a clock that is set back keeps what is fresh fresh, and revives nothing that has no time left', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), age: '60' }))
    await text(it.fetch(URL_A))
    it.pass(-3600)
    expect((await it.fetch(URL_A)).fromCache).toBe(false)
    await using other = world(numbered())
    await text(other.fetch(URL_A))
    other.pass(-3600)
    expect((await other.fetch(URL_A)).headers.get('age')).toBe('0')
    expect(other.sent).toHaveLength(1)
  })
})

describe('rules', () => {
  const rules: CacheOptions['rules'] = [
    { match: '/a/b', expireAfter: 1 },
    { match: '/a/*', expireAfter: 2, cacheControl: false },
    { match: '*', expireAfter: 3 },
  ]
  test.for<[string, number, string]>([
    ['/a/b', 0, '/a/b'],
    ['/a/c', 1, '/a/*'],
    ['/a/b?x', 0, '/a/b'],
    ['/', 2, '*'],
  ])('the first that matches %s is seen in explain', async ([path, index, pattern]) => {
    await using it = world(numbered(), { rules })
    expect((await it.cache.explain(`https://example.org${path}`)).rule).toEqual({ index, pattern })
  })
  test('one that matches nothing is seen as none', async () => {
    await using it = world(numbered(), { rules: { '/b': 1 } })
    expect((await it.cache.explain(URL_A)).rule).toBeNull()
  })
  test('one that keeps the cache out is seen, too', async () => {
    await using it = world(numbered(), { rules: { '/b': 1, '/a': DO_NOT_CACHE } })
    expect(await it.cache.explain(URL_A)).toMatchObject({
      action: 'bypass',
      why: 'DO_NOT_CACHE',
      rule: { index: 1, pattern: '/a' },
    })
    expect(await it.cache.explain(URL_A, { method: 'POST' })).toMatchObject({ action: 'bypass', rule: { index: 1 } })
  })
  test('the settings of a request are before those of a rule, those before the cache', async () => {
    const failing = { allowableCodes: [404], cacheControl: false }
    await using it = world(numbered({}, 404), { ...failing, rules: { '/a': { allowableCodes: [200] } } })
    await text(it.fetch(URL_A))
    expect((await it.fetch(URL_A)).fromCache).toBe(false)
    await text(it.fetch(URL_A, { httpCache: { allowableCodes: [404] } }))
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    await text(it.fetch('https://example.org/b'))
    expect((await it.fetch('https://example.org/b')).fromCache).toBe(true)
  })
})

const KEPT_OUT: readonly [level: string, options: CacheOptions, asked: RequestOptions][] = [
  ['the cache', { expireAfter: DO_NOT_CACHE }, {}],
  ['a rule', { rules: { '/a': DO_NOT_CACHE } }, {}],
  ['a request', {}, { expireAfter: DO_NOT_CACHE }],
  ['the cache that does not mind headers', { expireAfter: DO_NOT_CACHE, cacheControl: false }, {}],
  ['a request against a rule', { rules: { '*': 60 } }, { expireAfter: DO_NOT_CACHE }],
]

describe('DO_NOT_CACHE', () => {
  test.for(KEPT_OUT)('of %s neither reads nor writes', async ([, options, httpCache]) => {
    await using it = world(numbered(), options)
    for (const expected of ['0', '1']) {
      const response = await it.fetch(URL_A, { httpCache })
      expect(response).toMatchObject({ fromCache: false, cacheKey: null, createdAt: null, expires: null })
      expect(await response.text()).toBe(expected)
    }
    await settled()
    expect(await it.entries()).toEqual([])
  })

  test.for(KEPT_OUT)('of %s neither overwrites nor deletes', async ([, options, httpCache]) => {
    await using before = world(numbered(cc('max-age=60')))
    await text(before.fetch(URL_A))
    const kept = await before.entries()
    await using it = world(() => new Response('other', { headers: cc('max-age=60') }), options, before.store)
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) await text(it.fetch(URL_A, { method, httpCache }))
    await settled()
    expect(await before.entries()).toEqual(kept)
  })

  test('of the cache gives way to a rule, that of a rule to a request', async () => {
    await using it = world(numbered(), { expireAfter: DO_NOT_CACHE, rules: { '/a': 60, '/b': DO_NOT_CACHE } })
    await text(it.fetch(URL_A))
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    const asked = { httpCache: { expireAfter: 60 } }
    await text(it.fetch('https://example.org/b', asked))
    expect((await it.fetch('https://example.org/b', asked)).fromCache).toBe(true)
    expect((await it.fetch('https://example.org/b')).fromCache).toBe(false)
  })
})

describe('onlyIfCached', () => {
  const never = () => {
    throw new Error('the origin was asked')
  }
  test.for<[string, CacheOptions, RequestInit]>([
    ['a miss', {}, {}],
    ['DO_NOT_CACHE', { rules: { '*': DO_NOT_CACHE } }, {}],
    ['a method that uses no cache', {}, { method: 'POST' }],
    ['no-store', {}, { cache: 'no-store' }],
  ])('%s is a 504, without asking the origin', async ([, options, init]) => {
    await using it = world(never, { ...options, onlyIfCached: true })
    const response = await it.fetch(URL_A, init)
    expect([response.status, response.statusText, await response.text()]).toEqual([504, 'Gateway Timeout', ''])
    expect(response.headers.has('cache-status')).toBe(false)
    expect((await it.cache.explain(URL_A, init)).action).toBe('refuse')
  })

  test('the request directive is answered alike', async () => {
    await using it = world(never)
    expect((await it.fetch(URL_A, { headers: cc('only-if-cached') })).status).toBe(504)
  })

  test("Fetch's mode rejects as a network error", async () => {
    await using it = world(never, { rules: { '/b': DO_NOT_CACHE } })
    await expect(it.fetch(URL_A, { cache: 'only-if-cached' })).rejects.toThrow(TypeError)
    await expect(it.fetch('https://example.org/b', { cache: 'only-if-cached' })).rejects.toThrow(TypeError)
  })

  test('what is stored and stale is a 504, too', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), etag: '"1"' }))
    await text(it.fetch(URL_A))
    it.pass(61)
    expect((await it.fetch(URL_A, { httpCache: { onlyIfCached: true } })).status).toBe(504)
    expect((await it.fetch(URL_A, { httpCache: { onlyIfCached: true, staleIfError: true } })).status).toBe(200)
    expect(it.sent).toHaveLength(1)
  })
})

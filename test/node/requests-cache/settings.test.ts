/** What may be set for a cache, and for one request. */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { StowawayError, createCache } from '../../../src/index.ts'
import type { CachedRequestInit, RequestOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import type { World } from '../api/given.ts'
import { ORIGIN, as, confirming, failing, fresh, isConditional, outcome, same } from './given.ts'

const TAGGED = { etag: '"1"', ...cc('max-age=60') }

/** The bodies that a URL gives when asked so many times with these options. */
async function asked(at: World, times: number, httpCache: RequestOptions = {}): Promise<string[]> {
  const bodies: string[] = []
  for (let time = 0; time < times; time++) bodies.push(await text(at.fetch(URL_A, { httpCache })))
  return bodies
}

describe('settings of a cache', () => {
  test('expireAfter holds where the response says nothing of its lifetime (RC-30)', async () => {
    expect(await fresh({}, 0)).toBe(false)
    expect(await fresh({}, 59, { expireAfter: 60 })).toBe(true)
    expect(await fresh({}, 60, { expireAfter: 60 })).toBe(false)
    expect(await fresh({}, 1e9, { cacheControl: false })).toBe(true)
  })

  test('the first rule that matches holds, and one without a lifetime leaves it to the cache (RC-31)', async () => {
    const rules = { '/a': {}, '/a*': 10, '/b': 10, '*': 20 }
    await using at = world(numbered({}), { expireAfter: 30, rules })
    const lifetimes = []
    for (const path of ['/a', '/ab', '/b', '/c']) {
      await text(at.fetch(ORIGIN + path))
      lifetimes.push((await at.cache.explain(ORIGIN + path)).stored?.lifetime)
    }
    expect(lifetimes).toEqual([30, 10, 10, 20])
  })

  test('headers of the response count by default, and not without cacheControl (RC-32, HI-10)', async () => {
    expect(await fresh(cc('max-age=1'), 2)).toBe(false)
    expect(await fresh(cc('max-age=1'), 2, { cacheControl: false })).toBe(true)
    expect(await fresh(cc('no-store'), 2, { cacheControl: false, expireAfter: 60 })).toBe(true)
    expect(await fresh(cc('max-age=99'), 60, { cacheControl: false, expireAfter: 60 })).toBe(false)
  })

  test.each([
    [200, undefined, true],
    [404, undefined, false],
    [404, [200, 404], true],
    [200, [404], false],
  ])('status %d with allowableCodes %j is stored: %s (RC-33)', async (status, allowableCodes, stored) => {
    await using at = world(numbered({}, status), { cacheControl: false, ...(allowableCodes && { allowableCodes }) })
    await text(at.fetch(URL_A))
    expect(await at.entries()).toHaveLength(stored ? 1 : 0)
  })

  test('alwaysRevalidate asks each time where there is a validator, and else not at all (RC-35, HI-5)', async () => {
    await using at = world(confirming(TAGGED), { alwaysRevalidate: true })
    expect(await asked(at, 3)).toEqual(['0', '0', '0'])
    expect(at.sent.map(({ headers }) => isConditional(headers))).toEqual([false, true, true])
    await using without = world(numbered(), { alwaysRevalidate: true })
    await asked(without, 3)
    expect(without.sent).toHaveLength(1)
  })

  test('a store that was handed over is left open for others, and closing twice is no error (RC-36)', async () => {
    const store = createMemoryStore()
    let closed = 0
    const watched = {
      ...store,
      async close() {
        closed++
      },
    }
    await using at = world(numbered(), {}, watched)
    await text(at.fetch(URL_A))
    await at.cache.close()
    await at.cache.close()
    expect(closed).toBe(0)
    await using next = world(numbered(), {}, store)
    expect((await next.fetch(URL_A)).fromCache).toBe(true)
  })

  test('a store that the cache opened by name goes with it (RC-36)', async () => {
    const cache = createCache({
      backend: 'memory',
      fetch: async () => new Response('x', { headers: cc('max-age=60') }),
    })
    await text(cache.fetch(URL_A))
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    const store = await cache.store()
    await cache.close()
    await expect((async () => store.get({ namespace: 'http', url: URL_A, selector: '' }))()).rejects.toMatchObject({
      code: 'closed',
    })
    expect((await cache.fetch(URL_A)).fromCache).toBe(false)
  })

  test('keyFn takes the place of URL and body, for a cache, a rule or a request (RC-41, HI-5)', async () => {
    const path = ({ url }: { readonly url: string }): string => new URL(url).pathname
    expect(await same([`${URL_A}?x=1`], [`${URL_A}?x=2`])).toBe(false)
    expect(await same([`${URL_A}?x=1`], [`${URL_A}?x=2`], { keyFn: path })).toBe(true)
    expect(await same([`${URL_A}?x=1`], [`${ORIGIN}/b?x=1`], { keyFn: path })).toBe(false)
    expect(await same([`${URL_A}?x=1`], [`${URL_A}?x=2`], { rules: { '/a': { keyFn: path } } })).toBe(true)
    await using at = world()
    const init: CachedRequestInit = { httpCache: { keyFn: path } }
    await text(at.fetch(`${URL_A}?x=1`, init))
    expect((await at.fetch(`${URL_A}?x=2`, init)).fromCache).toBe(true)
    expect((await at.fetch(`${URL_A}?x=2`)).fromCache).toBe(false)
  })

  test('matchHeaders has headers count that no Vary names (RC-42)', async () => {
    const [one, other] = [as('x-a', '1'), as('x-a', '2')]
    expect(await same([URL_A, one], [URL_A, other])).toBe(true)
    expect(await same([URL_A, one], [URL_A, other], { matchHeaders: ['X-A'] })).toBe(false)
    expect(await same([URL_A, one], [URL_A, other], { matchHeaders: true })).toBe(false)
  })

  test('onlyIfCached answers from the store or with a 504 (RC-43)', async () => {
    await using before = world()
    await text(before.fetch(URL_A))
    await using at = world(numbered(), { onlyIfCached: true }, before.store)
    expect((await at.fetch(URL_A)).status).toBe(200)
    expect((await at.fetch(`${ORIGIN}/b`)).status).toBe(504)
    expect(at.sent).toEqual([])
  })

  test.each([
    [undefined, 'down'],
    [false, 'down'],
    [true, '0'],
    ['1h', '0'],
    ['30s', 'down'],
  ] as const)(
    'with staleIfError %j a minute past freshness, a failure comes out as %j (RC-45, HI-13)',
    async (staleIfError, expected) => {
      await using at = world(failing(cc('max-age=60')), staleIfError === undefined ? {} : { staleIfError })
      await text(at.fetch(URL_A))
      at.pass(120)
      expect(await outcome(at.fetch(URL_A))).toBe(expected)
    },
  )

  test.each([
    [undefined, ['1', '1']],
    [true, ['0', '1']],
    ['1h', ['0', '1']],
    ['30s', ['1', '1']],
  ] as const)(
    'with staleWhileRevalidate %j the next two get %j (RC-46, HI-13)',
    async (staleWhileRevalidate, expected) => {
      await using at = world(numbered(), staleWhileRevalidate === undefined ? {} : { staleWhileRevalidate })
      await text(at.fetch(URL_A))
      at.pass(120)
      const bodies = await asked(at, 1)
      await settled()
      expect([...bodies, ...(await asked(at, 1))]).toEqual(expected)
    },
  )
})

describe('options of a request', () => {
  test('expireAfter is for what the request stores, to the millisecond, and not for what is there (RC-50)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    await text(at.fetch(URL_A, { httpCache: { expireAfter: 1 } }))
    at.pass(30)
    expect(await text(at.fetch(URL_A))).toBe('0')
    await using short = world(numbered({}))
    expect(await text(short.fetch(URL_A, { httpCache: { expireAfter: 0.5 } }))).toBe('0')
    short.pass(0.499)
    expect(await text(short.fetch(URL_A))).toBe('0')
    short.pass(0.001)
    expect(await text(short.fetch(URL_A))).toBe('1')
    await expect(short.fetch(URL_A, { httpCache: { expireAfter: -1 } })).rejects.toThrow(StowawayError)
  })

  test('onlyIfCached never asks the origin, whatever else is said (RC-52)', async () => {
    await using at = world(numbered({ ...TAGGED, vary: 'x-a' }))
    await text(at.fetch(URL_A))
    const status = async (init: RequestInit, httpCache: RequestOptions = {}): Promise<number> =>
      (await at.fetch(URL_A, { ...init, httpCache: { onlyIfCached: true, ...httpCache } })).status
    expect(await status({})).toBe(200)
    expect(await status({}, { refresh: true })).toBe(200)
    expect(await status({}, { forceRefresh: true })).toBe(504)
    expect(await status(as('x-a', 'another variant'))).toBe(504)
    at.pass(61)
    expect(await status({})).toBe(504)
    expect(await status({}, { staleIfError: true })).toBe(200)
    expect(await status({}, { staleWhileRevalidate: true })).toBe(200)
    await settled()
    expect(at.sent).toHaveLength(1)
  })

  test('refresh asks by the validator, and fetches again where there is none (RC-53)', async () => {
    await using at = world(confirming(TAGGED))
    await asked(at, 1)
    expect(await asked(at, 1, { refresh: true })).toEqual(['0'])
    expect(at.sent.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, '"1"'])
    await using without = world()
    await asked(without, 1)
    expect(await asked(without, 1, { refresh: true })).toEqual(['1'])
  })

  test('forceRefresh asks without conditions, replaces what is stored, and gets the error as it is (RC-54)', async () => {
    await using at = world(confirming(TAGGED))
    await asked(at, 1)
    expect(await asked(at, 1, { forceRefresh: true })).toEqual(['1'])
    expect(await asked(at, 1)).toEqual(['1'])
    await using broken = world(failing(TAGGED, 500), { staleIfError: true })
    await asked(broken, 1)
    expect((await broken.fetch(URL_A, { httpCache: { forceRefresh: true } })).status).toBe(500)
    expect(await asked(broken, 1)).toEqual(['0'])
  })

  test('what is set for a cache can be set for one request (RC-55)', async () => {
    await using at = world(failing(cc('max-age=60')))
    await asked(at, 1)
    at.pass(61)
    expect(await asked(at, 1, { staleWhileRevalidate: true })).toEqual(['0'])
    await settled()
    expect(await asked(at, 1, { staleIfError: '1h' })).toEqual(['0'])
    await using rare = world(numbered({}, 404), { cacheControl: false })
    await asked(rare, 1)
    expect(await asked(rare, 2, { allowableCodes: [404] })).toEqual(['1', '1'])
    const by = (value: string): CachedRequestInit => ({ ...as('x-a', value), httpCache: { matchHeaders: ['x-a'] } })
    await using varied = world()
    expect(await text(varied.fetch(URL_A, by('1')))).toBe('0')
    expect(await text(varied.fetch(URL_A, by('2')))).toBe('1')
  })

  test("a caller's own Cache-Control may say several things, and goes out as it came (RC-56)", async () => {
    await using at = world()
    await asked(at, 1)
    expect(await text(at.fetch(URL_A, as('cache-control', 'no-cache, no-store')))).toBe('1')
    expect(at.sent[1]?.headers.get('cache-control')).toBe('no-cache, no-store')
    expect(await asked(at, 1)).toEqual(['0'])
  })

  test.each([
    [100, 60],
    [60, 360],
  ])('beside max-age=%d of its headers, expireAfter %d says how long to keep (RC-57)', async (maxAge, expireAfter) => {
    await using at = world(numbered({}))
    const init = { ...as('cache-control', `max-age=${maxAge}`), httpCache: { expireAfter } }
    await text(at.fetch(URL_A, init))
    expect((await at.cache.explain(URL_A)).stored?.lifetime).toBe(expireAfter)
  })
})

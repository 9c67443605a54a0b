/** What is told of a response beside what fetch tells. */
import { describe, expect, test } from 'vitest'
import { StowawayError, createCache } from '../../../src/index.ts'
import type { Cache, CachedResponse } from '../../../src/index.ts'
import { temporary } from '../../support/temporary.ts'
import type { Answer } from './given.ts'
import { START, URL_A, cc, numbered, settled, text, world } from './given.ts'

/** All that is told, but for methods. */
const told = ({
  age,
  cacheKey,
  createdAt,
  elapsed,
  expires,
  expiresDelta,
  expiresUnix,
  fromCache,
  history,
  isExpired,
  revalidated,
  size,
  why,
}: CachedResponse): object => ({
  age,
  cacheKey,
  createdAt,
  elapsed,
  expires,
  expiresDelta,
  expiresUnix,
  fromCache,
  history,
  isExpired,
  revalidated,
  size,
  why,
})

describe('of a response', () => {
  test('from the origin that is stored (RC-240, RC-241, RC-242, RC-243, RC-244, RC-245, RC-246, RC-247, RC-249, RC-252)', async () => {
    await using it = world((...args) => {
      it.pass(2)
      return numbered()(...args)
    })
    expect(told(await it.fetch(URL_A))).toEqual({
      fromCache: false,
      cacheKey: `1 GET ${URL_A}`,
      createdAt: new Date(START + 2000),
      expires: new Date(START + 60_000),
      isExpired: false,
      revalidated: false,
      age: 2,
      expiresDelta: 58,
      expiresUnix: START / 1000 + 60,
      size: null,
      elapsed: 2000,
      why: 'nothing stored that matches',
      history: [],
    })
  })

  test('from the store, with what was measured when it came (RC-240, RC-241, RC-242, RC-243, RC-244, RC-245, RC-246, RC-247, RC-249, RC-252)', async () => {
    await using it = world((...args) => {
      it.pass(2)
      return numbered()(...args)
    })
    await text(it.fetch(URL_A))
    it.pass(10)
    expect(told(await it.fetch(URL_A))).toEqual({
      fromCache: true,
      cacheKey: `1 GET ${URL_A}`,
      createdAt: new Date(START + 2000),
      expires: new Date(START + 60_000),
      isExpired: false,
      revalidated: false,
      age: 12,
      expiresDelta: 48,
      expiresUnix: START / 1000 + 60,
      size: 1,
      elapsed: 2000,
      why: 'fresh',
      history: [],
    })
  })

  test('that never expires there is no end (RC-243, RC-246)', async () => {
    await using it = world(numbered({}), { cacheControl: false })
    for (const fromCache of [false, true]) {
      const response = await it.fetch(URL_A)
      await response.text()
      expect(response).toMatchObject({
        fromCache,
        expires: null,
        expiresDelta: null,
        expiresUnix: null,
        isExpired: false,
      })
    }
  })

  test('that is not stored, little is known (RC-241, RC-243, RC-252)', async () => {
    await using it = world(numbered(cc('no-store')))
    const nothing = { age: null, createdAt: null, expires: null, expiresDelta: null, expiresUnix: null, size: null }
    expect(await it.fetch(URL_A)).toMatchObject({ ...nothing, elapsed: 0, why: 'nothing stored that matches' })
    expect(await it.fetch(URL_A, { method: 'POST' })).toMatchObject({ ...nothing, elapsed: 0, why: 'method POST' })
    const made = await it.fetch(URL_A, { httpCache: { onlyIfCached: true } })
    expect(made).toMatchObject({ ...nothing, elapsed: null, fromCache: true, status: 504 })
    expect(made.why).toBe('only-if-cached: nothing stored that matches')
  })

  test.for<[why: string, init: object, seconds: number]>([
    ['fresh', {}, 1],
    ['§4.2 stale', {}, 100],
    ['RFC 5861 §3 stale-while-revalidate', { httpCache: { staleWhileRevalidate: true } }, 100],
    ['§5.2.1.2 max-stale', { headers: { 'cache-control': 'max-stale' } }, 100],
    ['no-cache', { httpCache: { refresh: true } }, 1],
    ['reload', { httpCache: { forceRefresh: true } }, 1],
    ['alwaysRevalidate', { httpCache: { alwaysRevalidate: true } }, 1],
    ['disabled', { httpCache: { disabled: true } }, 1],
  ])('it is said why it was answered so: %s (RC-252)', async ([why, init, seconds]) => {
    await using it = world(numbered({ etag: '"1"', ...cc('max-age=60') }))
    await text(it.fetch(URL_A))
    it.pass(seconds)
    expect((await it.fetch(URL_A, init)).why).toBe(why)
    await settled()
  })

  test('that stands in for a failure it is said what failed (RC-252)', async () => {
    await using it = world(
      (_, count) => {
        if (count > 0) throw new TypeError('down')
        return numbered()(_, count)
      },
      { staleIfError: true },
    )
    await text(it.fetch(URL_A))
    it.pass(100)
    expect((await it.fetch(URL_A)).why).toBe('stale-if-error: network failure')
  })

  test('ages are those of the moment of asking (RC-244, RC-246, RC-252)', async () => {
    await using it = world(numbered({ age: '5', ...cc('max-age=60') }))
    await text(it.fetch(URL_A))
    const response = await it.fetch(URL_A)
    const now = (): unknown[] => [response.age, response.expiresDelta, response.isExpired]
    expect(now()).toEqual([5, 55, false])
    it.pass(60)
    expect(now()).toEqual([65, -5, true])
  })

  test('clone() keeps all of it (RC-250)', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    const response = await it.fetch(URL_A)
    expect(told(response.clone())).toEqual(told(response))
    expect(response.clone().isOlderThan(0)).toBe(false)
  })

  test('another’s change of a header is not seen by the next (RC-253)', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    ;(await it.fetch(URL_A)).headers.set('x-mine', '1')
    expect((await it.fetch(URL_A)).headers.has('x-mine')).toBe(false)
  })

  test('the body can be read again from each answer (RC-250)', async () => {
    await using it = world(() => Response.json({ a: 1 }, { headers: cc('max-age=60') }))
    await text(it.fetch(URL_A))
    expect(await (await it.fetch(URL_A)).json()).toEqual({ a: 1 })
    expect(await (await it.fetch(URL_A)).bytes()).toEqual(new TextEncoder().encode('{"a":1}'))
    expect((await it.fetch(URL_A)).body).toBeInstanceOf(ReadableStream)
  })
})

describe('isOlderThan', () => {
  test('compares when it was first stored with a length of time or a date (RC-248)', async () => {
    await using it = world()
    const first = await it.fetch(URL_A)
    await first.text()
    it.pass(30)
    for (const response of [first, await it.fetch(URL_A)]) {
      expect([response.isOlderThan(29), response.isOlderThan('31s'), response.isOlderThan({ seconds: 30 })]).toEqual([
        true,
        false,
        false,
      ])
      expect([response.isOlderThan(new Date(START)), response.isOlderThan(new Date(START + 1))]).toEqual([false, true])
    }
  })

  test('is false of what is not stored (RC-248)', async () => {
    await using it = world(numbered(cc('no-store')))
    const response = await it.fetch(URL_A)
    it.pass(1e6)
    expect([response.isOlderThan(0), response.isOlderThan(new Date(START + 1e9))]).toEqual([false, false])
  })

  test.for([-1, '5', new Date(Number.NaN), null, undefined])('refuses %s', async (time) => {
    await using it = world()
    const response = await it.fetch(URL_A)
    // What a caller without types may give.
    const call = (): boolean => response.isOlderThan(time as number)
    expect(call).toThrow(StowawayError)
    expect(call).toThrow(/^isOlderThan: /)
  })
})

/** `/1` leads to `/2`, and that to `/end`; the body says how many requests there were before. */
const chain: Answer = ({ headers, url }, count) => {
  const { pathname } = new URL(url)
  const to = { '/1': '/2', '/2': '/end', '/other': '/end' }[pathname]
  const said = { ...cc('max-age=60'), vary: 'cookie' }
  return to === undefined
    ? new Response(`${count}${headers.get('cookie') ?? ''}`, { headers: { 'x-n': pathname, ...said } })
    : new Response('hop', { status: 302, headers: { location: to, ...said } })
}
const at = (path: string): string => `https://example.org${path}`

describe('of what redirects led to', () => {
  test('history tells of each hop, in order, with what is known of it and without its body (RC-201, RC-249)', async () => {
    await using it = world(chain)
    for (const fromCache of [false, true]) {
      const response = await it.fetch(at('/1'))
      expect(response).toMatchObject({ fromCache, url: at('/end'), redirected: true, status: 200 })
      expect(response.history).toHaveLength(2)
      expect(response.history).toMatchObject([
        { fromCache, status: 302, url: at('/1'), cacheKey: `1 GET ${at('/1')}`, elapsed: 0, history: [] },
        { fromCache, status: 302, url: at('/2'), cacheKey: `1 GET ${at('/2')}`, elapsed: 0, history: [] },
      ])
      expect(response.clone().history).toBe(response.history)
      expect(Object.isFrozen(response.history)).toBe(true)
      await response.text()
      await settled()
      expect(response.history.map(({ bodyUsed }) => bodyUsed)).toEqual([true, true])
    }
  })

  test('start, each hop and target then are answered without a request, and the target has no history (RC-200, RC-201)', async () => {
    await using it = world(chain)
    await text(it.fetch(at('/1')))
    await settled()
    expect(it.sent).toHaveLength(3)
    const lengths = await Promise.all(
      ['/1', '/2', '/end'].map(async (path) => (await it.fetch(at(path))).history.length),
    )
    expect(lengths).toEqual([2, 1, 0])
    expect(it.sent).toHaveLength(3)
  })

  test('each hop and the target is stored once, under its own URL (RC-200, RC-204)', async () => {
    await using it = world(chain)
    await text(it.fetch(at('/1')))
    await text(it.fetch(at('/other')))
    await settled()
    expect((await it.entries()).map(({ key }) => key.url).sort()).toEqual(['/1', '/2', '/end', '/other'].map(at))
    expect(it.sent).toHaveLength(4)
  })

  test('who follows gets the target, and who does not the redirect, whoever came first (RC-202, RC-203)', async () => {
    await using it = world(chain)
    const manual = { redirect: 'manual' } as const
    for (let round = 0; round < 2; round++) {
      const hop = await it.fetch(at('/1'), manual)
      expect([hop.status, hop.headers.get('location'), await hop.text()]).toEqual([302, '/2', 'hop'])
      expect((await it.fetch(at('/1'))).status).toBe(200)
      await expect(it.fetch(at('/1'), { redirect: 'error' })).rejects.toThrow(TypeError)
    }
  })

  test('a chain in files is there for the next process (RC-207)', async () => {
    await using folder = await temporary()
    const sent: string[] = []
    const made = (): Cache =>
      createCache({
        backend: 'filesystem',
        path: folder.join('store'),
        async fetch(input, init = {}) {
          const url = String(input)
          return chain({ url, method: 'GET', headers: new Headers(init.headers), init }, sent.push(url) - 1)
        },
      })
    for (const fromCache of [false, true]) {
      await using cache = made()
      const response = await cache.fetch(at('/1'))
      await response.text()
      expect([response.fromCache, response.history.length, sent.length]).toEqual([fromCache, 2, 3])
    }
  })

  test('a target that goes is asked for again, and nothing leads nowhere (RC-204)', async () => {
    await using it = world(chain)
    await text(it.fetch(at('/1')))
    await settled()
    await it.store.delete([{ namespace: 'http', url: at('/end') }])
    expect(await text(it.fetch(at('/1')))).toBe('3')
    await it.store.delete([{ namespace: 'http', url: at('/2') }])
    expect((await it.fetch(at('/1'))).status).toBe(200)
    expect(it.sent).toHaveLength(5)
  })

  test('a target that is confirmed leaves its hops as they are (RC-205)', async () => {
    await using it = world(({ headers, url }, count) =>
      headers.has('if-none-match')
        ? new Response(null, { status: 304, headers: { etag: '"1"', ...cc('max-age=60') } })
        : url === at('/1')
          ? new Response(null, { status: 301, headers: { location: '/end', ...cc('max-age=600') } })
          : new Response(`${count}`, { headers: { etag: '"1"', ...cc('max-age=60') } }),
    )
    await text(it.fetch(at('/1')))
    it.pass(100)
    const response = await it.fetch(at('/1'))
    expect([response.revalidated, response.history[0]?.revalidated, response.history[0]?.fromCache]).toEqual([
      true,
      false,
      true,
    ])
    expect(it.sent.map(({ url }) => url)).toEqual([at('/1'), at('/end'), at('/end')])
  })

  test('two chains to one target with other cookies have their own (RC-206)', async () => {
    await using it = world(chain)
    const as = (cookie: string): { headers: { cookie: string } } => ({ headers: { cookie } })
    expect(await text(it.fetch(at('/1'), as('a')))).toBe('2a')
    expect(await text(it.fetch(at('/other'), as('b')))).toBe('4b')
    await settled()
    expect(await text(it.fetch(at('/1'), as('a')))).toBe('2a')
    expect(await text(it.fetch(at('/other'), as('a')))).toBe('2a')
    expect(await text(it.fetch(at('/1'), as('b')))).toBe('4b')
  })
})

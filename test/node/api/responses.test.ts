import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { DO_NOT_CACHE, NEVER_EXPIRE } from '../../../src/index.ts'
import type { CachedResponse, CachedRequestInit } from '../../../src/index.ts'
import { START, URL_A, cc, numbered, settled, text, world } from './given.ts'
import type { Answer, World } from './given.ts'

const ETAG = { etag: '"1"' }
/** A first response, and 304 from then on. */
const confirmed =
  (headers: Record<string, string>, update: Record<string, string> = {}): Answer =>
  ({ headers: asked }, count) =>
    asked.has('if-none-match') && count > 0
      ? new Response(null, { status: 304, headers: update })
      : new Response(`${count}`, { headers: { ...headers, ...ETAG } })

const shown = ({ cacheKey, createdAt, expires, fromCache, isExpired, revalidated }: CachedResponse) => ({
  fromCache,
  createdAt: createdAt && (createdAt.getTime() - START) / 1000,
  expires: expires && (expires.getTime() - START) / 1000,
  isExpired,
  revalidated,
  cacheKey,
})
const KEY = `1 GET ${URL_A}`
const NOTHING = {
  fromCache: false,
  createdAt: null,
  expires: null,
  isExpired: false,
  revalidated: false,
  cacheKey: null,
}
const names = (it: World): string[] => it.told.map(({ name }) => name)

interface Case {
  readonly it: string
  readonly answer?: Answer
  /** Seconds after a first request, if there is one. */
  readonly after?: number
  readonly init?: CachedRequestInit
  readonly properties: object
  readonly status: string | null
  /** Those of the second request, in order. */
  readonly events: readonly string[]
  readonly action: string
}

const cases: readonly Case[] = [
  {
    it: 'a miss',
    properties: { fromCache: false, createdAt: 0, expires: 60, isExpired: false, revalidated: false, cacheKey: KEY },
    status: 'stowaway;fwd=uri-miss;fwd-status=200;ttl=60;stored',
    events: ['miss', 'stored'],
    action: 'forward',
  },
  {
    it: 'a miss that is not stored',
    answer: numbered(cc('no-store')),
    properties: { ...NOTHING, cacheKey: KEY },
    status: 'stowaway;fwd=uri-miss;fwd-status=200;stored=?0;detail="section 5.2.2.5 no-store"',
    events: ['miss'],
    action: 'forward',
  },
  {
    it: 'a hit',
    after: 5,
    properties: { fromCache: true, createdAt: 0, expires: 60, isExpired: false, revalidated: false, cacheKey: KEY },
    status: 'stowaway;hit;ttl=55',
    events: ['hit'],
    action: 'reuse',
  },
  {
    it: 'a hit that never expires',
    answer: numbered({}),
    after: 5,
    init: { httpCache: { cacheControl: false, expireAfter: NEVER_EXPIRE } },
    properties: { fromCache: true, createdAt: 0, expires: null, isExpired: false, revalidated: false, cacheKey: KEY },
    status: 'stowaway;hit',
    events: ['hit'],
    action: 'reuse',
  },
  {
    it: 'a stale hit',
    after: 65,
    init: { headers: cc('max-stale') },
    properties: { fromCache: true, createdAt: 0, expires: 60, isExpired: true, revalidated: false, cacheKey: KEY },
    status: 'stowaway;hit;ttl=-5;detail="section 5.2.1.2 max-stale"',
    events: ['hit', 'stale'],
    action: 'reuse',
  },
  {
    it: 'a stale hit that is refreshed',
    answer: confirmed(cc('max-age=60, stale-while-revalidate=9')),
    after: 65,
    properties: { fromCache: true, createdAt: 0, expires: 60, isExpired: true, revalidated: false, cacheKey: KEY },
    status: 'stowaway;hit;ttl=-5;detail="RFC 5861 section 3 stale-while-revalidate"',
    events: ['hit', 'stale', 'revalidated'],
    action: 'reuse',
  },
  {
    it: 'a revalidated one',
    answer: confirmed(cc('max-age=60')),
    after: 65,
    properties: { fromCache: true, createdAt: 0, expires: 125, isExpired: false, revalidated: true, cacheKey: KEY },
    status: 'stowaway;fwd=stale;fwd-status=304;ttl=60',
    events: ['revalidated'],
    action: 'validate',
  },
  {
    it: 'a replaced one',
    after: 65,
    properties: { fromCache: false, createdAt: 65, expires: 125, isExpired: false, revalidated: false, cacheKey: KEY },
    status: 'stowaway;fwd=stale;fwd-status=200;ttl=60;stored',
    events: ['miss', 'stored'],
    action: 'forward',
  },
  {
    it: 'one that stands in for a failure',
    answer: (_, count) =>
      count === 0
        ? new Response('0', { headers: cc('max-age=60, stale-if-error=9') })
        : new Response('', { status: 503 }),
    after: 65,
    properties: { fromCache: true, createdAt: 0, expires: 60, isExpired: true, revalidated: false, cacheKey: KEY },
    status: 'stowaway;hit;ttl=-5;detail="stale-if-error: status 503"',
    events: ['stale'],
    action: 'forward',
  },
  {
    it: 'a failure that nothing stands in for',
    answer: (_, count) =>
      count === 0 ? new Response('0', { headers: cc('max-age=60') }) : new Response('', { status: 503 }),
    after: 65,
    properties: { ...NOTHING, cacheKey: KEY },
    status: 'stowaway;fwd=stale;fwd-status=503;stored=?0;detail="server error"',
    events: ['miss'],
    action: 'forward',
  },
  {
    it: 'a bypass',
    after: 5,
    init: { httpCache: { expireAfter: DO_NOT_CACHE } },
    properties: NOTHING,
    status: 'stowaway;fwd=bypass;fwd-status=200;detail=DO_NOT_CACHE',
    events: [],
    action: 'bypass',
  },
  {
    it: "Fetch's no-store",
    after: 5,
    init: { cache: 'no-store' },
    properties: NOTHING,
    status: 'stowaway;fwd=bypass;fwd-status=200;detail=no-store',
    events: [],
    action: 'bypass',
  },
  {
    it: 'a method that uses no cache',
    init: { method: 'POST' },
    properties: NOTHING,
    status: 'stowaway;fwd=method;fwd-status=200;detail="method POST"',
    events: [],
    action: 'bypass',
  },
  {
    it: 'forceRefresh',
    after: 5,
    init: { httpCache: { forceRefresh: true } },
    properties: { fromCache: false, createdAt: 5, expires: 65, isExpired: false, revalidated: false, cacheKey: KEY },
    status: 'stowaway;fwd=request;fwd-status=200;ttl=60;stored',
    events: ['miss', 'stored'],
    action: 'forward',
  },
  {
    it: 'refresh',
    answer: confirmed(cc('max-age=60')),
    after: 5,
    init: { httpCache: { refresh: true } },
    properties: { fromCache: true, createdAt: 0, expires: 65, isExpired: false, revalidated: true, cacheKey: KEY },
    status: 'stowaway;fwd=request;fwd-status=304;ttl=60',
    events: ['revalidated'],
    action: 'validate',
  },
  {
    it: 'only-if-cached',
    init: { httpCache: { onlyIfCached: true } },
    properties: { ...NOTHING, fromCache: true, cacheKey: KEY },
    status: null,
    events: [],
    action: 'refuse',
  },
]

describe('what a response tells, and what listeners are told, of', () => {
  test.for(cases)('$it', async ({ action, after, answer, events, init = {}, properties, status }) => {
    await using it = world(answer)
    if (after !== undefined)
      await text(
        it.fetch(URL_A, {
          ...init,
          cache: 'default',
          httpCache: {
            ...init.httpCache,
            ...(init.httpCache?.expireAfter === DO_NOT_CACHE && { expireAfter: 60 }),
            refresh: false,
            forceRefresh: false,
          },
        }),
      )
    await settled()
    it.pass(after ?? 0)
    const before = it.told.length
    expect((await it.cache.explain(URL_A, init)).action).toBe(action)
    expect(it.told).toHaveLength(before)
    const response = await it.fetch(URL_A, init)
    const copy = response.clone() as CachedResponse
    expect(shown(response)).toEqual(properties)
    expect(shown(copy)).toEqual(properties)
    expect(response.headers.get('cache-status')).toBe(status)
    expect(copy.headers.get('cache-status')).toBe(status)
    expect(await response.text()).toBe(await copy.text())
    expect(response).toBeInstanceOf(Response)
    await settled()
    expect(names(it).slice(before)).toEqual(events)
    const kept = await it.entries()
    expect(JSON.stringify(kept)).not.toContain('cache-status')
  })
})

describe('a response', () => {
  test('is a Response of its own each time', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    const [one, other] = [await it.fetch(URL_A), await it.fetch(URL_A)]
    one.headers.set('x', '1')
    expect([other.headers.has('x'), await one.text(), await other.text()]).toEqual([false, '0', '0'])
    expect((await it.fetch(URL_A)).headers.has('x')).toBe(false)
  })

  test('becomes expired while it is held, by the clock of the cache', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    const held = await it.fetch(URL_A)
    it.pass(59.999)
    expect(held.isExpired).toBe(false)
    it.pass(0.001)
    expect([held.isExpired, (held.clone() as CachedResponse).isExpired]).toEqual([true, true])
  })

  test('a refresh behind it does not change it', async () => {
    await using it = world(confirmed(cc('max-age=60, stale-while-revalidate=9'), { 'x-new': '1' }))
    await text(it.fetch(URL_A))
    it.pass(65)
    const held = await it.fetch(URL_A)
    await settled()
    expect([held.isExpired, held.revalidated, held.headers.has('x-new')]).toEqual([true, false, false])
    expect((await it.fetch(URL_A)).headers.get('x-new')).toBe('1')
  })

  test('keeps url, status, statusText and several Set-Cookie (HI-70, HI-71)', async () => {
    const headers = new Headers(cc('max-age=60'))
    for (const cookie of ['a=1, b', 'c=2']) headers.append('set-cookie', cookie)
    await using it = world(() => new Response('x', { status: 203, statusText: 'Sort Of', headers }))
    await text(it.fetch(`${URL_A}#part`))
    const { fromCache, headers: kept, redirected, status, statusText, type, url } = await it.fetch(`${URL_A}#other`)
    expect({ fromCache, status, statusText, url, redirected, type, cookies: kept.getSetCookie() }).toEqual({
      fromCache: true,
      status: 203,
      statusText: 'Sort Of',
      url: URL_A,
      redirected: false,
      type: 'default',
      cookies: ['a=1, b', 'c=2'],
    })
  })

  test.for([204, 205, 304])('of status %i without a body comes as it was', async (status) => {
    await using it = world(() => new Response(null, { status, headers: cc('max-age=60') }))
    for (let time = 0; time < 2; time++) {
      const response = await it.fetch(URL_A)
      expect([response.status, response.body]).toEqual([status, null])
    }
  })

  test.for([
    ['an empty body', ''],
    ['bytes of every kind', String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at))],
    ['a mark of byte order', '\uFEFFx'],
  ])('keeps %s', async ([, body]) => {
    const bytes = new TextEncoder().encode(body)
    await using it = world(() => new Response(bytes, { headers: cc('max-age=60') }))
    await text(it.fetch(URL_A))
    const response = await it.fetch(URL_A)
    expect([response.fromCache, new Uint8Array(await response.arrayBuffer())]).toEqual([true, bytes])
  })

  test('RFC 9211: the member of this cache comes after those of others, and is not kept', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), 'cache-status': 'Origin; hit' }))
    expect((await it.fetch(URL_A)).headers.get('cache-status')).toMatch(/^Origin; hit, stowaway;fwd=uri-miss/)
    await settled()
    expect((await it.fetch(URL_A)).headers.get('cache-status')).toBe('Origin; hit, stowaway;hit;ttl=60')
  })

  test('§5.1: Age is the age, in place of what the origin said', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), age: '20' }))
    await text(it.fetch(URL_A))
    it.pass(5.9)
    expect((await it.fetch(URL_A)).headers.get('age')).toBe('25')
  })

  test('§6.6.1 of RFC 9110: Date is added where the origin sent none', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    it.pass(5)
    expect((await it.fetch(URL_A)).headers.get('date')).toBe(new Date(START).toUTCString())
  })
})

describe('events', () => {
  test('carry the URL and the key, and what is theirs', async () => {
    await using it = world(confirmed(cc('max-age=60')))
    await text(it.fetch(URL_A))
    await settled()
    await text(it.fetch(URL_A))
    it.pass(61)
    await text(it.fetch(URL_A))
    const subject = { url: URL_A, cacheKey: KEY }
    expect(it.told).toEqual([
      { name: 'miss', event: { ...subject, why: 'nothing stored that matches' } },
      { name: 'stored', event: { ...subject, size: 1 } },
      { name: 'hit', event: { ...subject, stale: false } },
      { name: 'revalidated', event: subject },
    ])
  })

  test('are told until the listener is taken off, to each listener', async () => {
    await using it = world()
    const seen: string[] = []
    const off = it.cache.on('miss', () => void seen.push('one'))
    it.cache.on('miss', () => void seen.push('two'))
    await text(it.fetch(URL_A))
    off()
    off()
    await text(it.fetch('https://example.org/b'))
    expect(seen).toEqual(['one', 'two', 'two'])
  })

  test('say what made room', async () => {
    await using it = world(numbered(), {}, createMemoryStore({ maxEntries: 1, now: () => START }))
    await text(it.fetch(URL_A))
    await text(it.fetch('https://example.org/b'))
    await settled()
    expect(it.told.filter(({ name }) => name === 'evicted').map(({ event }) => event)).toEqual([
      { url: URL_A, reason: 'size' },
    ])
  })
})

describe('explain', () => {
  test('tells of what is stored', async () => {
    await using it = world(confirmed({ ...cc('max-age=60, stale-while-revalidate=9'), vary: 'accept' }))
    await text(it.fetch(URL_A, { headers: { accept: 'a/a' } }))
    await text(it.fetch(URL_A, { headers: { accept: 'b/b' } }))
    await settled()
    it.pass(65)
    expect(await it.cache.explain(URL_A, { headers: { accept: 'a/a' } })).toEqual({
      action: 'reuse',
      why: 'RFC 5861 §3 stale-while-revalidate',
      cacheKey: KEY,
      rule: null,
      variants: 2,
      stored: {
        status: 200,
        createdAt: new Date(START),
        size: 1,
        fresh: false,
        age: 65,
        lifetime: 60,
        lifetimeFrom: 'response',
        refreshes: true,
      },
    })
    expect(await it.cache.explain(URL_A, { headers: { accept: 'c/c' } })).toMatchObject({
      action: 'forward',
      variants: 2,
      stored: null,
    })
    expect(it.sent).toHaveLength(2)
  })
})

describe('the body of a hit', () => {
  test.each([1, 1024, 2 ** 20])('of %d bytes is a byte stream, which its reader may write to', async (size) => {
    const whole = new Uint8Array(size).fill(7)
    await using it = world(() => new Response(whole, { headers: cc('max-age=60') }))
    await text(it.fetch(URL_A))
    await settled()
    const reader = (await it.fetch(URL_A)).body?.getReader({ mode: 'byob' })
    const { value } = (await reader?.read(new Uint8Array(size))) ?? {}
    expect(value?.[0]).toBe(7)
    value?.fill(1)
    const again = await it.fetch(URL_A)
    expect(new Uint8Array(await again.clone().arrayBuffer())).toEqual(whole)
    expect(new Uint8Array(await again.arrayBuffer())).toEqual(whole)
  })

  test('that is empty is there, and ends', async () => {
    await using it = world(() => new Response('', { headers: cc('max-age=60') }))
    await text(it.fetch(URL_A))
    await settled()
    const { body } = await it.fetch(URL_A)
    expect(await body?.getReader().read()).toEqual({ done: true, value: undefined })
  })
})

/** Making a cache, and what stands above and beneath it. */
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import type { CacheOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import { ORIGIN } from './given.ts'

describe('a store that is passed', () => {
  test.each<CacheOptions>([{ name: 'x' }, { path: 'x' }])('goes by no other name: %o is refused (RC-5)', (options) => {
    const [option = ''] = Object.keys(options)
    expect(() => createCache({ backend: createMemoryStore(), ...options })).toThrow(`${option}: "x" is not accepted`)
  })

  test('and a fetch, with settings, are all that a cache is made of, which then is a fetch itself (HI-3)', async () => {
    const store = createMemoryStore()
    let asked = 0
    const fetch: typeof globalThis.fetch = async () => new Response(`${asked++}`)
    const cached: typeof globalThis.fetch = createCache({ fetch, backend: store, expireAfter: 60 }).fetch
    expect([await text(cached(URL_A)), await text(cached(URL_A))]).toEqual(['0', '0'])
    expect((await store.usage('http')).entries).toBe(1)
  })
})

describe('what stands beneath the cache', () => {
  test('counts no hits: a limit of requests is used up by misses alone (RC-7)', async () => {
    let left = 2
    const limited: typeof globalThis.fetch = async () => {
      if (left-- === 0) throw new Error('too many requests')
      return new Response('x', { headers: cc('max-age=60') })
    }
    await using cache = createCache({ backend: 'memory', fetch: limited })
    for (const path of ['/a', '/a', '/b', '/a', '/b']) expect(await text(cache.fetch(ORIGIN + path))).toBe('x')
    await expect(cache.fetch(`${ORIGIN}/c`)).rejects.toThrow('too many requests')
  })

  test('keeps its own state, also where that changes later (RC-8)', async () => {
    const session = { token: 'one' }
    const seen: string[] = []
    const own: typeof globalThis.fetch = async (input, init) => {
      const headers = new Headers(init?.headers)
      headers.set('x-session', session.token)
      seen.push(`${String(input)} ${headers.get('x-session')} ${headers.get('x-call')}`)
      return new Response('x', { headers: cc('max-age=60') })
    }
    await using cache = createCache({ backend: 'memory', fetch: own })
    const init = { headers: { 'x-call': '1' } }
    for (const path of ['/a', '/a']) await text(cache.fetch(ORIGIN + path, init))
    session.token = 'two'
    await text(cache.fetch(`${ORIGIN}/b`, init))
    expect(seen).toEqual([`${ORIGIN}/a one 1`, `${ORIGIN}/b two 1`])
  })
})

describe('a request', () => {
  test.each([
    ['GET', true],
    ['HEAD', true],
    ['OPTIONS', false],
    ['POST', false],
    ['PUT', false],
    ['PATCH', false],
    ['DELETE', false],
  ])('by %s arrives as that; by default it uses the cache: %s (RC-9)', async (method, cached) => {
    await using at = world()
    for (let time = 0; time < 2; time++) await text(at.fetch(URL_A, { method }))
    expect(at.sent.map((sent) => sent.method)).toEqual(cached ? [method] : [method, method])
  })

  test('is the same as URL, as text and as Request, options beside it or not (RC-10)', async () => {
    await using at = world(numbered({}))
    const httpCache = { expireAfter: 60 }
    expect(await text(at.fetch(new Request(URL_A), { httpCache }))).toBe('0')
    expect((await at.fetch(new Request(`${URL_A}#part`))).fromCache).toBe(true)
    for (const input of [URL_A, new URL(URL_A), new Request(URL_A)])
      expect(await text(at.fetch(input, { httpCache }))).toBe('0')
    await text(at.fetch(new Request(URL_A, { method: 'DELETE' })))
    expect(await text(at.fetch(URL_A))).toBe('2')
  })

  test('tells the origin nothing of its options (HI-54)', async () => {
    await using at = world()
    const httpCache = { expireAfter: 60, matchHeaders: true, ignoredParameters: ['a'], tags: ['t'] } as const
    await text(at.fetch(URL_A, { httpCache, headers: { 'x-a': '1' } }))
    expect([...(at.sent[0]?.headers ?? [])]).toEqual([['x-a', '1']])
    expect(at.sent[0]?.url).toBe(URL_A)
  })
})

describe('the settings of a cache', () => {
  test('are told as they were set, and nothing else is; printed, too (RC-12, RC-17)', async () => {
    const given: { expireAfter: number; backend: string } = { expireAfter: 60, backend: 'memory' }
    await using cache = createCache(given)
    given.expireAfter = 1
    expect(cache.settings).toEqual({ expireAfter: 60, backend: 'memory' })
    expect(Reflect.set(cache.settings, 'expireAfter', 5)).toBe(false)
    expect(inspect(cache)).toContain("settings: { expireAfter: 60, backend: 'memory' }")
    expect(createCache().settings).toEqual({})
  })

  test('are others for another cache on the same store (RC-12)', async () => {
    await using brief = world(numbered({}), { expireAfter: 10 })
    await using lasting = world(numbered({}), { expireAfter: 100 }, brief.store)
    await text(brief.fetch(URL_A))
    for (const at of [brief, lasting]) at.pass(50)
    expect((await lasting.fetch(URL_A)).fromCache).toBe(true)
    expect((await brief.fetch(URL_A)).fromCache).toBe(false)
  })
})

describe('a cache', () => {
  test('is what looks into its store, and has that at hand (RC-13)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    await settled()
    const store = await at.cache.store()
    expect((await store.usage('http')).entries).toBe(1)
    await store.delete([{ namespace: 'http' }])
    expect(await at.cache.count()).toBe(0)
    expect((await at.fetch(URL_A)).fromCache).toBe(false)
  })
})

describe('clients', () => {
  /** What most libraries are: they make a Request, and hand it to the fetch that they were given. */
  const client = (fetch: typeof globalThis.fetch) => ({
    async json(path: string, search: Record<string, string> = {}): Promise<unknown> {
      const url = new URL(path, ORIGIN)
      url.search = String(new URLSearchParams(search))
      const response = await fetch(new Request(url, { headers: { accept: 'application/json' } }))
      if (!response.ok) throw new Error(`status ${response.status}`)
      return response.json()
    },
  })

  test('of any kind take it in place of fetch, and a mock stands beneath it (RC-306, HI-4)', async () => {
    const mock: Record<string, unknown> = { '/items?page=1': [1], '/items?page=2': [2] }
    await using at = world(({ url }) => {
      const { pathname, search } = new URL(url)
      const body = mock[pathname + search]
      return body ? Response.json(body, { headers: cc('max-age=60') }) : new Response(null, { status: 404 })
    })
    const api = client(at.fetch)
    for (const page of ['1', '2', '1', '2']) expect(await api.json('/items', { page })).toEqual([Number(page)])
    expect(at.sent).toHaveLength(2)
    await expect(api.json('/other')).rejects.toThrow('status 404')
  })
})

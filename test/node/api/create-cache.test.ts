import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { StowawayError, cachedFetch, createCache } from '../../../src/index.ts'
import type { Cache, CacheEvents, CacheOptions, CachedResponse, ErrorCode, RequestOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, settled, text, world } from './given.ts'

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('was accepted')
}

/** What a caller without types may give. */
const untyped = (options: unknown): Cache => createCache(options as CacheOptions)

describe('createCache refuses at the call, with what was given and what is accepted', () => {
  test.for<[options: unknown, code: ErrorCode, message: RegExp]>([
    [{ expireafter: 5 }, 'unknown-option', /"expireafter".*expireAfter/],
    [{ urlsExpireAfter: {} }, 'unknown-option', /urlsExpireAfter.*rules/],
    [{ ttl: 5 }, 'unknown-option', /ttl.*expireAfter/],
    [{ nonsense: 1 }, 'unknown-option', /nonsense/],
    [{ expireAfter: '60' }, 'invalid-duration', /expireAfter: "60" is not accepted; give seconds as a number/],
    [{ expireAfter: -1 }, 'invalid-duration', /expireAfter: -1/],
    [{ expireAfter: Number.NaN }, 'invalid-duration', /expireAfter: NaN/],
    [{ staleIfError: '1 fortnight' }, 'invalid-duration', /staleIfError: "1 fortnight"/],
    [{ cacheControl: 'yes' }, 'invalid-option', /cacheControl: "yes" is not accepted; give true or false/],
    [{ shared: 1 }, 'invalid-option', /shared: 1 .*true or false/],
    [{ maxBytes: -5 }, 'invalid-option', /maxBytes: -5/],
    [{ maxEntries: 'many' }, 'invalid-option', /maxEntries: "many"/],
    [{ fetch: 'fetch' }, 'invalid-option', /fetch: "fetch" .*function/],
    [{ now: 5 }, 'invalid-option', /now: 5 .*function/],
    [{ targets: ['CDN-Cache-Control'] }, 'invalid-option', /targets: .*shared: true/],
    [{ rules: { '/a': '60' } }, 'invalid-duration', /rules\["\/a"\]: "60"/],
    [{ rules: [{ match: '/a', nope: 1 }] }, 'unknown-option', /rules\[0\].*"nope"|"nope".*rules\[0\]/],
    [{ rules: [{ match: '/a(' }] }, 'invalid-pattern', /rules\[0\]\.match: "\/a\("/],
    [{ rules: [{ expireAfter: 5 }] }, 'invalid-pattern', /rules\[0\]\.match: undefined/],
    [{ backend: 'redis' }, 'unknown-backend', /backend: "redis" is not one of .*sqlite.*, nor a store/],
    [{ backend: 'toString' }, 'unknown-backend', /"tostring"/],
    [{ backend: {} }, 'invalid-option', /backend: .*store/],
    [{ backend: createMemoryStore(), path: 'x' }, 'invalid-option', /path: "x" .*store/],
    [{ path: '' }, 'invalid-option', /path: ""/],
    [null, 'invalid-option', /options: null/],
    ['sqlite', 'invalid-option', /options: "sqlite"/],
  ])('%o', ([options, code, message]) => {
    const error = errorOf(() => untyped(options))
    expect(error).toBeInstanceOf(StowawayError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as unknown })
  })

  test('backends are named in any case (RC-2)', () => {
    for (const backend of ['memory', 'Memory', 'SQLITE', 'filesystem'])
      expect(() => createCache({ backend })).not.toThrow()
  })

  test('a bad option of a request rejects, before the origin is asked', async () => {
    await using it = world()
    const bad = { httpCache: { expireAfter: '60', nope: 1 } } as unknown as { httpCache: RequestOptions }
    await expect(it.fetch(URL_A, bad)).rejects.toMatchObject({
      name: 'StowawayError',
      message: expect.stringContaining('httpCache') as unknown,
    })
    await expect(it.cache.explain(URL_A, bad)).rejects.toBeInstanceOf(StowawayError)
    expect(it.sent).toEqual([])
  })
})

describe('the store', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stowaway-api-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  /** A file where a directory would have to be. */
  async function unusable(): Promise<string> {
    await writeFile(join(directory, 'file'), '')
    return join(directory, 'file', 'cache.sqlite')
  }

  test.for(['sqlite', 'filesystem'])('of %s that can not be opened is seen at once by open()', async (backend) => {
    await using it = world(numbered(), { backend, path: await unusable() })
    await expect(it.cache.open()).rejects.toMatchObject({ name: 'StowawayError', code: 'unusable-path' })
    expect(it.errors).toEqual([])
  })

  test.for(['sqlite', 'filesystem'])(
    'of %s that can not be opened is reported once, and every fetch works',
    async (backend) => {
      await using it = world(numbered(), { backend, path: await unusable() })
      for (const body of ['0', '1', '2']) expect(await text(it.fetch(URL_A))).toBe(body)
      expect(it.errors).toMatchObject([{ code: 'unusable-path' }])
      expect(it.told.filter(({ name }) => name === 'error')).toHaveLength(1)
    },
  )

  test('by default is in memory where the place can not be written, which is reported once', async () => {
    const errors: Error[] = []
    let count = 0
    await using cache = createCache({
      path: await unusable(),
      onError: (error) => void errors.push(error),
      fetch: async () => new Response(`${count++}`, { headers: cc('max-age=60') }),
    })
    expect(await text(cache.fetch(URL_A))).toBe('0')
    expect(await text(cache.fetch(URL_A))).toBe('0')
    await cache.open()
    expect(errors).toMatchObject([{ code: 'unusable-path' }])
  })

  test('is not opened before it is used (HI-61)', async () => {
    const path = join(directory, 'cache.sqlite')
    await using cache = createCache({ path, fetch: async () => new Response('x', { headers: cc('max-age=60') }) })
    expect(await readdir(directory)).toEqual([])
    await text(cache.fetch(URL_A))
    expect(await readdir(directory)).toContain('cache.sqlite')
  })

  test('keeps what is stored from one cache to the next (RC-1)', async () => {
    const path = join(directory, 'cache.sqlite')
    const options: CacheOptions = { path, fetch: async () => new Response('x', { headers: cc('max-age=60') }) }
    {
      await using cache = createCache(options)
      await text(cache.fetch(URL_A))
      await settled()
    }
    await using cache = createCache(options)
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
  })

  test('is created under its name, in the working directory by default (RC-1, HI-61)', async () => {
    const before = process.cwd()
    process.chdir(directory)
    vi.stubGlobal('fetch', async () => new Response('x', { headers: cc('max-age=60') }))
    try {
      await using cache = createCache({ name: 'mine' })
      await cache.open()
      expect(await readdir(directory)).toContain('mine.sqlite')
      expect((await cachedFetch(URL_A)).fromCache).toBe(false)
      await settled()
      expect((await cachedFetch(URL_A)).fromCache).toBe(true)
      expect(await readdir(directory)).toContain('http_cache.sqlite')
    } finally {
      vi.unstubAllGlobals()
      process.chdir(before)
    }
  })
})

describe('close', () => {
  test('leaves later requests uncached (RC-222)', async () => {
    const it = world()
    await text(it.fetch(URL_A))
    await it.cache.close()
    await it.cache.close()
    for (const body of ['1', '2']) {
      const response = await it.fetch(URL_A)
      expect([response.fromCache, await response.text()]).toEqual([false, body])
    }
    expect(await text(it.fetch(URL_A, { headers: { authorization: 'x' } }))).toBe('3')
    await expect(it.cache.open()).rejects.toMatchObject({ code: 'closed' })
    expect(it.errors).toEqual([])
  })

  test('leaves a store that was passed in open, for others', async () => {
    const it = world()
    await text(it.fetch(URL_A))
    await settled()
    await it.cache.close()
    expect(await it.entries()).toHaveLength(1)
  })

  test('before the first use opens nothing', async () => {
    const open = vi.fn<() => Promise<void>>(async () => {})
    const it = world(numbered(), {}, { ...createMemoryStore(), open })
    await it.cache.close()
    await text(it.fetch(URL_A))
    expect(open).not.toHaveBeenCalled()
  })

  test('is what the end of an await using block does', async () => {
    let leaked: Cache | undefined
    {
      await using cache = createCache({
        backend: 'memory',
        fetch: async () => new Response('x', { headers: cc('max-age=60') }),
      })
      leaked = cache
      await text(cache.fetch(URL_A))
      expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    }
    expect((await leaked.fetch(URL_A)).fromCache).toBe(false)
  })
})

describe('the fetch underneath', () => {
  test('is looked up at each call', async () => {
    await using cache = createCache({ backend: 'memory' })
    try {
      for (const body of ['one', 'two']) {
        vi.stubGlobal('fetch', async () => new Response(body))
        expect(await text(cache.fetch(URL_A))).toBe(body)
      }
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test('gets every member of init but ours (HI-70)', async () => {
    await using it = world()
    const init = {
      dispatcher: {},
      duplex: 'half',
      cf: { x: 1 },
      referrerPolicy: 'origin',
      httpCache: { expireAfter: 5 },
    } as const
    await text(it.fetch(URL_A, init as RequestInit))
    const { httpCache: _, ...theirs } = init
    expect(it.sent[0]?.init).toMatchObject(theirs)
    expect(it.sent[0]?.init).not.toHaveProperty('httpCache')
  })

  test('that rejects rejects, with its own error', async () => {
    const failure = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
    await using it = world(() => Promise.reject(failure))
    await expect(it.fetch(URL_A)).rejects.toBe(failure)
    expect(it.errors).toEqual([])
  })

  test.for(['nonsense', 'data:,hello', 'blob:x', 'https://user:pass@example.org/'])('gets %s as it is', async (url) => {
    await using it = world(() => new Response('hello'))
    const response = await it.fetch(url)
    expect([it.sent[0]?.url, response.fromCache, response.cacheKey]).toEqual([url, false, null])
    expect((await it.cache.explain(url)).action).toBe('bypass')
    await settled()
    expect(await it.entries()).toEqual([])
  })

  test('takes a URL object and a Request', async () => {
    await using it = world()
    await text(it.fetch(new URL(URL_A)))
    expect((await it.fetch(new Request(URL_A))).fromCache).toBe(true)
  })
})

describe('types', () => {
  test('cache.fetch is assignable to fetch, cachedFetch too (HI-4)', () => {
    expectTypeOf<Cache['fetch']>().toExtend<typeof fetch>()
    expectTypeOf(cachedFetch).toExtend<typeof fetch>()
    const it = world()
    const drop: { fetch?: typeof globalThis.fetch } = { fetch: it.cache.fetch }
    expect(drop.fetch).toBe(it.fetch)
  })
  test('events are typed by name, a response by what it has', () => {
    const { cache } = world()
    cache.on('hit', (event) => expectTypeOf(event).toEqualTypeOf<CacheEvents['hit']>())
    cache.on('stored', ({ size }) => expectTypeOf(size).toEqualTypeOf<number>())
    // @ts-expect-error: not an event
    expect(() => cache.on('nonsense', () => {})).toThrow(StowawayError)
    const off = cache.on('miss', () => {})
    expectTypeOf<Awaited<ReturnType<Cache['fetch']>>>().toEqualTypeOf<CachedResponse>()
    expectTypeOf<CachedResponse['expires']>().toEqualTypeOf<Date | null>()
    expect(off).toBeTypeOf('function')
  })
  test('what is refused at run time is refused by the compiler', () => {
    // @ts-expect-error: not an option
    expect(() => createCache({ nonsense: 1 })).toThrow(StowawayError)
    // @ts-expect-error: no store
    expect(() => createCache({ backend: 5 })).toThrow(StowawayError)
    // @ts-expect-error: seconds are a number
    expect(() => createCache({ expireAfter: true })).toThrow(StowawayError)
  })
})

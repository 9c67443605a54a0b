import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache, getCache, installCache, isInstalled, uninstallCache } from '../../../src/index.ts'
import type { InstallOptions } from '../../../src/index.ts'
import { base, caches, get, own } from './given.ts'

describe('an installed cache', () => {
  test('answers for the global fetch until it is uninstalled, and then the one before stands there again (RC-20, HI-4, HI-5)', async () => {
    using under = base()
    const early = globalThis.fetch
    installCache(own())
    expect(await caches()).toBe(true)
    expect(under.sent).toHaveLength(1)
    expect(await (await early('https://a.test/')).text()).toBe('2')
    uninstallCache()
    expect(globalThis.fetch).toBe(early)
    expect(await caches()).toBe(false)
  })

  test('is told of, and is the one that can be asked (RC-24)', async () => {
    using _under = base()
    expect([isInstalled(), getCache()]).toEqual([false, undefined])
    uninstallCache()
    const installed = installCache(own())
    expect(isInstalled()).toBe(true)
    expect(getCache()).toBe(installed)
    await get()
    expect((await installed.explain('https://a.test/')).action).toBe('reuse')
    uninstallCache()
    expect([isInstalled(), getCache()]).toEqual([false, undefined])
    expect((await installed.fetch('https://a.test/')).fromCache).toBe(true)
  })

  test('is undone in reverse order, each time to what stood there before (RC-21, trap 62)', () => {
    using under = base()
    const first = installCache(own())
    const outer = globalThis.fetch
    const second = installCache(own())
    expect(getCache()).toBe(second)
    uninstallCache()
    expect(globalThis.fetch).toBe(outer)
    expect(getCache()).toBe(first)
    uninstallCache()
    expect(globalThis.fetch).toBe(under.fetch)
  })

  test('can go before one that came later, which then leads to what was there first (trap 62)', async () => {
    using under = base()
    const first = installCache(own())
    const second = installCache(own())
    first.uninstall()
    first.uninstall()
    expect(getCache()).toBe(second)
    expect(await caches()).toBe(true)
    second.uninstall()
    expect(globalThis.fetch).toBe(under.fetch)
  })

  test('on another has the answer alone: nothing is cached twice (trap 62)', async () => {
    using under = base()
    const outer = installCache(own())
    const inner = installCache(own())
    expect(await caches()).toBe(true)
    expect((await outer.explain('https://a.test/')).action).toBe('forward')
    expect((await inner.explain('https://a.test/')).action).toBe('reuse')
    expect(under.sent).toHaveLength(1)
  })

  test('on another with a patch of somebody else between them has the answer alone (trap 62)', async () => {
    using _under = base()
    const outer = installCache(own())
    const beneath = globalThis.fetch
    globalThis.fetch = async (input, init) => {
      await Promise.resolve()
      return beneath(input, init)
    }
    installCache(own())
    expect(await caches()).toBe(true)
    expect((await outer.explain('https://a.test/')).action).toBe('forward')
  })

  test('has no part in what a cache of its own fetches by way of it (trap 62)', async () => {
    using _under = base()
    const installed = installCache(own())
    await using cache = createCache({ backend: createMemoryStore() })
    await (await cache.fetch('https://a.test/')).text()
    expect((await cache.fetch('https://a.test/')).fromCache).toBe(true)
    expect((await installed.explain('https://a.test/')).action).toBe('forward')
  })

  test('may have a fetch underneath that calls the global one', async () => {
    using under = base()
    installCache(own({ fetch: async (input, init) => (await Promise.resolve(), fetch(input, init)) }))
    expect(await caches()).toBe(true)
    expect(under.sent).toHaveLength(1)
  })

  test('asks what is underneath with what it was given, bound to nothing', async () => {
    const calls: unknown[] = []
    using _under = base()
    globalThis.fetch = async function (this: unknown, ...given) {
      calls.push([this, ...given])
      return new Response()
    }
    const init = { method: 'GET', dispatcher: {} }
    installCache(own({ only: 'b.test' }))
    await fetch('https://a.test/', init)
    expect(calls).toEqual([[undefined, 'https://a.test/', init]])
  })

  test('keeps what a runtime adds to its fetch within reach', () => {
    using under = base()
    Object.assign(under.fetch, { preconnect: () => 'done' })
    installCache(own())
    // As Bun has it.
    expect((globalThis.fetch as unknown as { preconnect(): string }).preconnect()).toBe('done')
    expect(globalThis.fetch.name).toBe('fetch')
  })

  test('gives way to a later patch of somebody else, which stays, and caches nothing any more', async () => {
    using under = base()
    installCache(own())
    const ours = globalThis.fetch
    const theirs: typeof fetch = (input, init) => ours(input, init)
    globalThis.fetch = theirs
    expect(await caches()).toBe(true)
    uninstallCache()
    expect(globalThis.fetch).toBe(theirs)
    expect(isInstalled()).toBe(false)
    expect(await caches()).toBe(false)
    globalThis.fetch = ours
    expect(await caches()).toBe(false)
    expect(under.sent).toHaveLength(5)
  })

  test('goes with its block where `using` holds it', async () => {
    using under = base()
    {
      using installed = installCache(own())
      expect(getCache()).toBe(installed)
    }
    expect(globalThis.fetch).toBe(under.fetch)
  })

  test('goes with its block, and is closed, where `await using` holds it', async () => {
    using under = base()
    let installed
    {
      await using held = installCache({ backend: 'memory' })
      installed = held
      expect(await caches()).toBe(true)
    }
    expect(globalThis.fetch).toBe(under.fetch)
    expect((await installed.fetch('https://a.test/')).fromCache).toBe(false)
  })

  test('is not put in place with options that are refused', () => {
    using under = base()
    const untyped = (options: unknown): unknown => installCache(options as InstallOptions)
    for (const [options, message] of [
      [{ expireAfter: '60' }, 'expireAfter: "60"'],
      [{ onlyy: '*' }, '"onlyy" is not an option'],
      [{ only: [] }, 'is not accepted; give at least one pattern'],
      [{ only: ['a.test', '/a('] }, 'only[1]: "/a("'],
      [{ only: 5 }, 'only: 5'],
      ['sqlite', 'options: "sqlite"'],
      [null, 'options: null'],
    ] as const) {
      expect(() => untyped(options)).toThrow(message)
    }
    expect(globalThis.fetch).toBe(under.fetch)
    expect(isInstalled()).toBe(false)
  })
})

describe('`only`', () => {
  test.each<[NonNullable<InstallOptions['only']>, string, boolean]>([
    ['a.test', 'https://a.test/x', true],
    ['a.test', 'https://b.test/x', false],
    ['a.test', 'https://a.test.evil.org/x', false],
    ['*.a.test', 'https://b.a.test/', true],
    ['*.a.test', 'https://a.test/', false],
    [['b.test', '/images/*'], 'https://a.test/images/1#x', true],
    [['b.test', '/images/*'], 'https://a.test/x', false],
    [/\/api\//, 'https://a.test/api/1', true],
    [({ method }) => method === 'HEAD', 'https://a.test/', false],
  ])('with only: %o, %s is cached: %s (RC-25)', async (only, url, cached) => {
    using under = base()
    installCache(own({ only }))
    expect(await caches(url)).toBe(cached)
    expect(under.sent).toEqual(cached ? [url] : [url, url])
  })

  test('sees a Request as it is, and passes what is no URL on (RC-25)', async () => {
    using under = base()
    const seen: string[] = []
    installCache(own({ only: ({ headers, method, url }) => seen.push(`${method} ${url} ${headers.get('x-a')}`) > 9 }))
    await fetch(new Request('https://a.test/#f', { method: 'POST', headers: { 'x-a': '1' } }))
    // What a page may give.
    await fetch('https://a.test/', null as unknown as RequestInit)
    await fetch('not a URL')
    expect(seen).toEqual(['POST https://a.test/#f 1', 'GET https://a.test/ null'])
    expect(under.sent).toHaveLength(3)
  })

  test('leaves the rest to the cache that was installed before (RC-25)', async () => {
    using _under = base()
    const outer = installCache(own())
    const inner = installCache(own({ only: 'a.test' }))
    await get('https://a.test/')
    await get('https://b.test/')
    const action = async (cache: typeof outer, url: string): Promise<string> => (await cache.explain(url)).action
    expect(await action(outer, 'https://b.test/')).toBe('reuse')
    expect(await action(inner, 'https://b.test/')).toBe('forward')
    expect(await action(outer, 'https://a.test/')).toBe('forward')
  })

  test('rejects with what its function throws', async () => {
    using _under = base()
    installCache(
      own({
        only() {
          throw new RangeError('mine')
        },
      }),
    )
    await expect(fetch('https://a.test/')).rejects.toThrow('mine')
  })
})

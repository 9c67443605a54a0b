import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import {
  createCache,
  disabled,
  enabled,
  getCache,
  installCache,
  isInstalled,
  uninstallCache,
} from '../../../src/index.ts'
import type { InstallOptions } from '../../../src/index.ts'
import { temporary } from '../../support/temporary.ts'
import { cc } from '../api/given.ts'
import { base, caches, get, own } from './given.ts'

/** Three times, with room for others in between. */
async function asked(): Promise<readonly string[]> {
  const bodies: string[] = []
  for (let time = 0; time < 3; time++) {
    await new Promise((resolve) => setImmediate(resolve))
    bodies.push(await get())
  }
  return bodies
}

describe('enabled', () => {
  test('holds for what its function calls and awaits, and gives its result (RC-23)', async () => {
    using under = base()
    const result = await enabled(own(), async () => {
      expect(await caches()).toBe(true)
      expect(isInstalled()).toBe(true)
      return 'result'
    })
    expect(result).toBe('result')
    expect(isInstalled()).toBe(false)
    expect(globalThis.fetch).toBe(under.fetch)
  })

  test('does not touch requests that others make meanwhile (trap 43, RC-301)', async () => {
    using under = base()
    const [inside, outside] = await Promise.all([enabled(own(), asked), asked()])
    expect(new Set(inside).size).toBe(1)
    expect(new Set(outside).size).toBe(3)
    expect(under.sent).toHaveLength(4)
  })

  test('twice at once are two, each with its own cache, ended in any order (trap 43)', async () => {
    using under = base()
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const ask = ({ promise }: PromiseWithResolvers<void>): Promise<readonly string[]> =>
      enabled(own(), async () => {
        const first = await get()
        await promise
        return [first, await get()]
      })
    const [one, two] = gates.map(ask)
    gates[0]?.resolve()
    const [a, b] = (await one) ?? []
    gates[1]?.resolve()
    const [c, d] = (await two) ?? []
    expect([a === b, c === d, a === c]).toEqual([true, true, false])
    expect(globalThis.fetch).toBe(under.fetch)
  })

  test('time after time, with no moment without one, leaves nothing behind', async () => {
    using under = base()
    let end = (): void => {}
    const lasting = (): Promise<void> => enabled(own(), () => new Promise((resolve) => (end = resolve)))
    let last = lasting()
    for (let time = 0; time < 5; time++) {
      const [endLast, before] = [end, last]
      last = lasting()
      endLast()
      await before
    }
    expect(Object.getPrototypeOf(globalThis.fetch)).toBe(under.fetch)
    end()
    await last
    expect(globalThis.fetch).toBe(under.fetch)
  })

  test('nested leaves the outer one in force when it ends (RC-23)', async () => {
    using under = base()
    await enabled(own(), async () => {
      const outer = getCache()
      const before = await get()
      await enabled(own(), async () => {
        expect(getCache()).not.toBe(outer)
        expect(await get()).not.toBe(before)
        expect(await caches()).toBe(true)
      })
      expect(getCache()).toBe(outer)
      expect(await get()).toBe(before)
    })
    expect(under.sent).toHaveLength(2)
  })

  test('takes the place of an installed cache, and leaves to it what `only` leaves out (RC-25)', async () => {
    using under = base()
    const installed = installCache(own())
    await enabled(own({ only: 'b.test' }), async () => {
      expect(await caches('https://b.test/')).toBe(true)
      expect(await caches('https://a.test/')).toBe(true)
    })
    expect((await installed.explain('https://b.test/')).action).toBe('forward')
    expect((await installed.explain('https://a.test/')).action).toBe('reuse')
    expect(under.sent).toHaveLength(2)
    expect(getCache()).toBe(installed)
  })

  test('gives the result of a function that is not async at once', () => {
    using under = base()
    expect(enabled(own(), () => (isInstalled() ? 5 : 0))).toBe(5)
    expect(globalThis.fetch).toBe(under.fetch)
  })

  test('is undone when its function throws or rejects', async () => {
    using under = base()
    const fault = new RangeError('mine')
    expect(() =>
      enabled(own(), () => {
        throw fault
      }),
    ).toThrow(fault)
    await expect(enabled(own(), () => Promise.reject(fault))).rejects.toBe(fault)
    expect(globalThis.fetch).toBe(under.fetch)
    expect(isInstalled()).toBe(false)
  })

  test('hands its function a fetch and the cache, as explicit as one likes', async () => {
    using under = base()
    let kept: typeof fetch | undefined
    await enabled(own({ only: 'a.test' }), async (fetch, cache) => {
      kept = fetch
      await (await fetch('https://a.test/')).text()
      expect((await cache.fetch('https://a.test/')).fromCache).toBe(true)
      for (let time = 0; time < 2; time++) await fetch('https://b.test/')
    })
    await kept?.('https://a.test/')
    expect(under.sent).toEqual(['https://a.test/', 'https://b.test/', 'https://b.test/', 'https://a.test/'])
  })

  test('closes a cache that it made of options, and leaves open one that is passed', async () => {
    using under = base()
    await using cache = createCache({ backend: createMemoryStore() })
    for (let time = 0; time < 2; time++) await enabled(cache, () => get())
    expect(under.sent).toHaveLength(1)
    expect((await cache.fetch('https://a.test/')).fromCache).toBe(true)
    const made = await enabled({ backend: 'memory' }, async (_, given) => {
      await get()
      return given
    })
    expect((await made.fetch('https://a.test/')).fromCache).toBe(false)
  })

  test.each([
    ['sqlite', 10],
    ['filesystem', 10],
    ['sqlite', 1_000_000],
    ['filesystem', 1_000_000],
  ])('finds what an earlier one in the same place has stored: %s, %d bytes', async (backend, size) => {
    using _under = base()
    await using folder = await temporary()
    const errors: Error[] = []
    let sent = 0
    const options: InstallOptions = {
      backend,
      path: folder.join('cache'),
      onError: (error) => void errors.push(error),
      async fetch() {
        sent++
        return new Response(new Uint8Array(size), { headers: cc('max-age=60') })
      },
    }
    for (let time = 0; time < 3; time++) {
      const body = await enabled(options, async () => (await fetch('https://a.test/')).arrayBuffer())
      expect(body.byteLength).toBe(size)
    }
    expect([sent, errors]).toEqual([1, []])
  })

  test('refuses options and what is no function at the call', () => {
    using under = base()
    expect(() => enabled({ backend: 'nope' }, () => 1)).toThrow('backend: "nope"')
    // A caller without types.
    expect(() => enabled(own(), 5 as unknown as () => void)).toThrow('fn: 5 is not accepted; give a function')
    expect(() => enabled(null as unknown as object, () => 1)).toThrow('options: null')
    expect(globalThis.fetch).toBe(under.fetch)
  })
})

describe('disabled', () => {
  test('holds for what its function calls and awaits, and gives its result (RC-22)', async () => {
    using under = base()
    const installed = installCache(own())
    const ours = globalThis.fetch
    await get()
    const result = await disabled(async () => {
      expect([isInstalled(), getCache()]).toEqual([false, undefined])
      expect(await caches()).toBe(false)
      return 'result'
    })
    expect(result).toBe('result')
    expect(globalThis.fetch).toBe(ours)
    expect(getCache()).toBe(installed)
    expect(await get()).toBe('1')
    expect(under.sent).toHaveLength(3)
  })

  test('does not touch requests that others make meanwhile (trap 43, RC-14)', async () => {
    using under = base()
    installCache(own())
    const [inside, outside] = await Promise.all([disabled(asked), asked()])
    expect(new Set(inside).size).toBe(3)
    expect(new Set(outside).size).toBe(1)
    expect(under.sent).toHaveLength(4)
  })

  test('nested stays in force until the outermost ends (RC-14)', async () => {
    using _under = base()
    installCache(own())
    await disabled(async () => {
      await disabled(async () => expect(await caches()).toBe(false))
      expect(await caches()).toBe(false)
    })
    expect(await caches()).toBe(true)
  })

  test('and enabled: the inner one holds (RC-22, RC-23)', async () => {
    using _under = base()
    const installed = installCache(own())
    await enabled(own(), async () => {
      await disabled(async () => {
        expect(await caches()).toBe(false)
        await enabled(own({ only: 'a.test' }), async () => {
          expect(await caches()).toBe(true)
          expect(await caches('https://b.test/')).toBe(false)
        })
      })
      expect(await caches()).toBe(true)
    })
    expect((await installed.explain('https://a.test/')).action).toBe('forward')
  })

  test('leaves a cache that is asked by name alone, and holds after a throw no longer', async () => {
    using _under = base()
    const installed = installCache(own())
    await get()
    await disabled(async () => expect((await installed.fetch('https://a.test/')).fromCache).toBe(true))
    const fault = new RangeError('mine')
    expect(() =>
      disabled(() => {
        throw fault
      }),
    ).toThrow(fault)
    await expect(disabled(() => Promise.reject(fault))).rejects.toBe(fault)
    expect(await caches()).toBe(true)
  })

  test('hands its function a fetch that no cache has a part in', async () => {
    using under = base()
    installCache(own())
    const plain = disabled((fetch) => fetch)
    for (let time = 0; time < 2; time++) await plain('https://a.test/')
    expect(under.sent).toHaveLength(2)
  })

  test('needs nothing to be installed (RC-24)', async () => {
    using _under = base()
    expect(await disabled(() => caches())).toBe(false)
    expect(() => uninstallCache()).not.toThrow()
  })
})

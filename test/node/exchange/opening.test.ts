import { rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { runtime } from '../../../src/cache.ts'
import { openStore } from '../../../src/opening.ts'
import type { OpenStore } from '../../../src/opening.ts'
import { parseCacheOptions } from '../../../src/options/settings.ts'
import type { CacheOptions } from '../../../src/options/types.ts'
import type { Store, StoreEvent } from '../../../src/store.ts'
import { temporary } from '../../support/temporary.ts'
import { START, URL_A, given, respond, scriptedFetch, settled, storeWith } from './given.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const counting = () => scriptedFetch((_, index) => respond(`${index}`))

describe('a store that can’t be opened', () => {
  const told = (time: number) => ({ code: 'store-failure', message: `failure ${time}` })

  /** Fails as often as is said. */
  function failing(times: number) {
    const opened = vi.fn<Store['open']>(async () => {
      if (opened.mock.calls.length <= times) throw new Error(`failure ${opened.mock.calls.length}`)
    })
    return { opened, store: storeWith(() => ({ open: opened })) }
  }

  test('is tried again by the first request after 10 s, and each failure is reported once', async () => {
    const { opened, store } = failing(2)
    const { cache, errors, pass } = given(counting(), {}, store)
    const fetchAll = () => Promise.all([1, 2, 3].map(async () => (await cache.fetch(URL_A)).text()))
    await fetchAll()
    await fetchAll()
    pass(9.999)
    await fetchAll()
    expect([opened.mock.calls.length, errors]).toMatchObject([1, [told(1)]])
    pass(0.001)
    await fetchAll()
    await fetchAll()
    expect([opened.mock.calls.length, errors]).toMatchObject([2, [told(1), told(2)]])
    pass(10)
    await fetchAll()
    await settled()
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    pass(100)
    await fetchAll()
    expect([opened.mock.calls.length, errors.length]).toEqual([3, 2])
  })

  test('is tried again when the clock was put back', async () => {
    const { opened, store } = failing(1)
    const { cache, pass } = given(counting(), {}, store)
    await cache.fetch(URL_A)
    pass(-1)
    await cache.fetch(URL_A)
    expect(opened).toHaveBeenCalledTimes(2)
  })

  test('is tried at once by open(), which tells the caller alone', async () => {
    const { opened, store } = failing(2)
    const { cache, errors } = given(counting(), {}, store)
    await expect(cache.open()).rejects.toThrow('failure 1')
    expect(errors).toEqual([])
    await cache.fetch(URL_A)
    expect(errors).toMatchObject([told(2)])
    await cache.open()
    await (await cache.fetch(URL_A)).text()
    await settled()
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    expect(opened).toHaveBeenCalledTimes(3)
  })

  test('is watched once however often it is tried', async () => {
    const { store } = failing(2)
    const { cache, errors, pass } = given(
      counting(),
      {},
      {
        ...store,
        watch(listener) {
          listeners.push(listener)
          return () => {}
        },
      },
    )
    const listeners: ((event: StoreEvent) => void)[] = []
    for (let time = 0; time < 3; time++) {
      await cache.fetch(URL_A)
      pass(10)
    }
    expect([listeners.length, errors.length]).toEqual([1, 2])
  })

  test('is not opened a second time while it hangs, and used once it is there', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const opened = vi.fn<Store['open']>(() => promise)
    const { cache, errors, pass } = given(
      counting(),
      {},
      storeWith(() => ({ open: opened })),
    )
    const first = cache.fetch(URL_A)
    await settled()
    vi.advanceTimersByTime(5000)
    expect((await first).fromCache).toBe(false)
    pass(20)
    await (await cache.fetch(URL_A)).text()
    expect([opened.mock.calls.length, errors.length]).toEqual([1, 1])
    resolve()
    await settled()
    await (await cache.fetch(URL_A)).text()
    await settled()
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
  })

  test('that hung and then failed is tried again, 10 s after that', async () => {
    const { promise, reject } = Promise.withResolvers<void>()
    const opened = vi.fn<Store['open']>(
      (): Promise<void> => (opened.mock.calls.length === 1 ? promise : Promise.resolve()),
    )
    const { cache, pass } = given(
      counting(),
      {},
      storeWith(() => ({ open: opened })),
    )
    const first = cache.fetch(URL_A)
    await settled()
    vi.advanceTimersByTime(5000)
    await first
    pass(20)
    reject(new Error('late'))
    await settled()
    await cache.fetch(URL_A)
    expect(opened).toHaveBeenCalledTimes(1)
    pass(10)
    await cache.fetch(URL_A)
    expect(opened).toHaveBeenCalledTimes(2)
  })

  test('keeps later what digests of credentials are made with', async () => {
    const { store } = failing(1)
    const { cache, pass } = given(counting(), {}, store)
    const init = { headers: { authorization: 'Bearer sesame' } }
    await cache.fetch(URL_A, init)
    pass(10)
    await (await cache.fetch(URL_A, init)).text()
    await settled()
    const { cache: other } = given(counting(), {}, { ...store, open: async () => {} })
    expect((await other.fetch(URL_A, init)).fromCache).toBe(true)
  })

  test.each(['sqlite', 'filesystem'])('at a place of %s that is mended', async (backend) => {
    await using place = await temporary()
    await writeFile(place.join('file'), '')
    const { cache, errors, pass } = given(counting(), { backend, path: place.join('file/http_cache') })
    await (await cache.fetch(URL_A)).text()
    await rm(place.join('file'))
    pass(10)
    await (await cache.fetch(URL_A)).text()
    // Waits for what is on its way to the store.
    await cache.store()
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    expect(errors).toMatchObject([{ code: 'unusable-path' }])
    await cache.close()
  })
})

describe('a store that could not be opened is closed', () => {
  function opening(options: CacheOptions, closed: () => Promise<void>): OpenStore & { readonly made: () => number } {
    const cache = parseCacheOptions(options)
    const store = storeWith(() => ({ open: () => Promise.reject(new Error('no')), close: closed }))
    const makeStore = vi.fn<Parameters<typeof openStore>[0]['makeStore']>(async (instead) =>
      instead ? createMemoryStore({ now: () => START }) : store,
    )
    const rest = { emit: () => {}, report: () => {}, runtime }
    const it = openStore({ cache, configured: { basis: '' }, makeStore, ...rest })
    return { ...it, made: () => makeStore.mock.calls.length }
  }

  test.each([
    ['', async () => {}],
    [', and that it can’t be closed is no matter', () => Promise.reject(new Error('neither'))],
    [
      ', and that closing throws is no matter',
      () => {
        throw new Error('neither')
      },
    ],
  ])('before memory takes its place%s', async (_, close) => {
    const closed = vi.fn<() => Promise<void>>(close)
    const it = opening({}, closed)
    await it.open()
    expect(await it.storage()).toBeDefined()
    expect([closed.mock.calls.length, it.made()]).toEqual([1, 2])
  })

  test('where it was named', async () => {
    const closed = vi.fn<() => Promise<void>>(async () => {})
    const it = opening({ backend: 'memory' }, closed)
    await expect(it.open()).rejects.toThrow('no')
    expect(closed).toHaveBeenCalledTimes(1)
  })

  test('unless it was passed in', async () => {
    const closed = vi.fn<() => Promise<void>>(async () => {})
    const it = opening({ backend: createMemoryStore() }, closed)
    await expect(it.open()).rejects.toThrow('no')
    expect(closed).not.toHaveBeenCalled()
  })
})

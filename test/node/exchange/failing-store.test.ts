import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { StowawayError } from '../../../src/errors.ts'
import type { Entry, Store } from '../../../src/store.ts'
import {
  bodyOf,
  bytes,
  given,
  isPending,
  lazily,
  respond,
  scriptedBody,
  scriptedFetch,
  settled,
  storeWith,
  URL_A,
} from './given.ts'

const broken = (): Promise<never> => Promise.reject(new Error('broken'))
/** What is told of it: each error has a code. */
const BROKEN = { name: 'StowawayError', code: 'store-failure', message: 'broken', cause: new Error('broken') }
const never = (): Promise<never> => new Promise(() => {})

const answering = () => scriptedFetch((_, index) => respond(`answer ${index}`, { etag: '"1"' }))

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

async function advance(seconds: number): Promise<void> {
  await settled()
  for (let second = 0; second < seconds; second++) {
    vi.advanceTimersByTime(1000)
    await settled()
  }
}

describe('a fetch works, and onError hears once, when', () => {
  test.each([
    [
      'get throws',
      {
        get: () => {
          throw new Error('broken')
        },
      },
    ],
    ['get rejects', { get: broken }],
    ['put rejects', { put: broken }],
    ['open rejects', { open: broken }],
  ] satisfies [string, Partial<Store>][])('%s', async (_, change) => {
    const { cache, errors } = given(
      answering(),
      {},
      storeWith(() => change),
    )
    expect(await (await cache.fetch(URL_A)).text()).toBe('answer 0')
    await settled()
    expect(errors).toMatchObject([BROKEN])
  })

  test.each([
    ['open', 'authorization'],
    ['get', 'authorization'],
    ['open', 'accept'],
    ['get', 'accept'],
  ])('%s hangs for longer than 5 s, with %s', async (member, header) => {
    const { cache, errors } = given(
      answering(),
      {},
      storeWith(() => ({ [member]: never })),
    )
    const text = cache.fetch(URL_A, { headers: { [header]: 'x' } }).then((response) => response.text())
    await advance(30)
    expect(await text).toBe('answer 0')
    for (const error of errors) expect(error).toMatchObject({ code: 'store-failure' })
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.length).toBeLessThanOrEqual(header === 'accept' ? 1 : 2)
  })

  test('put hangs: the next fetch waits for it no longer than 5 s', async () => {
    const { cache, errors } = given(
      answering(),
      {},
      storeWith(() => ({ put: never })),
    )
    expect(await (await cache.fetch(URL_A)).text()).toBe('answer 0')
    const next = cache.fetch(URL_A).then((response) => response.text())
    await advance(4)
    expect(await isPending(next)).toBe(true)
    await advance(1)
    expect(await next).toMatch(/^answer/)
    await advance(40)
    expect(errors).toMatchObject([{ code: 'store-failure' }])
    await settled()
    expect(await isPending(cache.fetch(URL_A))).toBe(false)
  })

  test('update rejects: what the origin confirmed is served', async () => {
    const scripted = scriptedFetch((_, index) =>
      index === 0 ? respond('old', { etag: '"1"' }) : new Response(null, { status: 304 }),
    )
    const { cache, errors, pass } = given(
      scripted,
      {},
      storeWith(() => ({ update: broken })),
    )
    await (await cache.fetch(URL_A)).text()
    pass(61)
    const response = await cache.fetch(URL_A)
    expect([response.revalidated, await response.text()]).toEqual([true, 'old'])
    expect(errors).toMatchObject([BROKEN])
  })

  test('update hangs: what the origin confirmed is served after 5 s', async () => {
    const scripted = scriptedFetch((_, index) =>
      index === 0 ? respond('old', { etag: '"1"' }) : new Response(null, { status: 304 }),
    )
    const { cache, errors, pass } = given(
      scripted,
      {},
      storeWith(() => ({ update: never })),
    )
    await (await cache.fetch(URL_A)).text()
    pass(61)
    const text = cache.fetch(URL_A).then((response) => response.text())
    await advance(5)
    expect(await text).toBe('old')
    expect(errors).toMatchObject([{ code: 'store-failure' }])
  })

  test('delete rejects', async () => {
    const { cache, errors } = given(
      answering(),
      {},
      storeWith(() => ({ delete: broken })),
    )
    expect((await cache.fetch(URL_A, { method: 'POST' })).status).toBe(200)
    expect(errors).toMatchObject([BROKEN])
  })

  test('delete hangs', async () => {
    const { cache, errors } = given(
      answering(),
      {},
      storeWith(() => ({ delete: never })),
    )
    const posted = cache.fetch(URL_A, { method: 'POST' })
    await advance(5)
    expect((await posted).status).toBe(200)
    expect(errors).toMatchObject([{ code: 'store-failure' }])
  })

  test('the same error again is the same failure', async () => {
    const error = new Error('broken')
    const { cache, errors } = given(
      answering(),
      {},
      storeWith(() => ({ get: () => Promise.reject(error), put: () => Promise.reject(error) })),
    )
    for (let time = 0; time < 3; time++) await (await cache.fetch(URL_A)).text()
    await settled()
    expect(errors).toMatchObject([BROKEN])
    expect(errors[0]?.cause).toBe(error)
  })

  test('what is no error at all is thrown', async () => {
    const { cache, errors } = given(
      answering(),
      {},
      // What a store throws is not ours to choose.
      storeWith(() => ({ get: () => Promise.reject('broken') })),
    )
    await (await cache.fetch(URL_A)).text()
    expect(errors).toMatchObject([{ ...BROKEN, cause: 'broken' }])
  })

  test('onError itself throws', async () => {
    const heard: unknown[] = []
    const hear = (error: unknown): void => void heard.push(error)
    const listeners = process.rawListeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', hear)
    const { cache } = given(
      answering(),
      {
        onError: () => {
          throw new Error('mine')
        },
      },
      storeWith(() => ({ get: broken })),
    )
    expect(await (await cache.fetch(URL_A)).text()).toBe('answer 0')
    await settled()
    process.off('uncaughtException', hear)
    for (const listener of listeners) process.on('uncaughtException', listener as () => void)
    expect(heard).toEqual([new Error('mine')])
  })
})

describe('a stored body', () => {
  const failing = (open: (entry: Entry, start?: number, end?: number) => ReturnType<Entry['open']>): Store =>
    storeWith((inner) => lazily(inner, open))
  const inMid = (error: Error) => async (): ReturnType<Entry['open']> => {
    let sent = false
    return new ReadableStream({
      pull(controller) {
        if (sent) return controller.error(error)
        sent = true
        controller.enqueue(bytes(10))
      },
    })
  }

  test('that has gone when it is opened is fetched again, and that is no error', async () => {
    const { cache, errors } = given(
      answering(),
      {},
      failing(() => Promise.reject(new StowawayError('gone', 'replaced'))),
    )
    await (await cache.fetch(URL_A)).text()
    const response = await cache.fetch(URL_A)
    expect([response.fromCache, await response.text()]).toEqual([false, 'answer 1'])
    expect(errors).toEqual([])
  })

  test('that can’t be opened is fetched again and reported', async () => {
    const { cache, errors } = given(answering(), {}, failing(broken))
    await (await cache.fetch(URL_A)).text()
    expect(await (await cache.fetch(URL_A)).text()).toBe('answer 1')
    expect(errors).toMatchObject([BROKEN])
  })

  test('that takes longer than 5 s to open is fetched again and reported', async () => {
    const { cache, errors } = given(answering(), {}, failing(never))
    await (await cache.fetch(URL_A)).text()
    const text = cache.fetch(URL_A).then((response) => response.text())
    await advance(5)
    expect(await text).toBe('answer 1')
    expect(errors).toMatchObject([{ code: 'store-failure' }])
  })

  test('that is opened after it was given up is closed', async () => {
    const opening = Promise.withResolvers<ReadableStream<Uint8Array<ArrayBuffer>>>()
    const { cache } = given(
      answering(),
      {},
      failing(() => opening.promise),
    )
    await (await cache.fetch(URL_A)).text()
    const text = cache.fetch(URL_A).then((response) => response.text())
    await advance(5)
    expect(await text).toBe('answer 1')
    const late = scriptedBody()
    opening.resolve(late.stream)
    await late.cancelled
  })

  test('that fails in mid-stream fails its reader, is reported, and is fetched again next time', async () => {
    const { cache, errors, store } = given(answering(), {}, failing(inMid(new StowawayError('corrupt', 'bad page'))))
    await (await cache.fetch(URL_A)).text()
    await expect((await cache.fetch(URL_A)).text()).rejects.toMatchObject({ code: 'corrupt' })
    await settled()
    expect(errors).toMatchObject([{ code: 'corrupt' }])
    expect(await store.get({ namespace: 'http', url: URL_A, selector: '' })).toEqual([])
    expect(await (await cache.fetch(URL_A)).text()).toBe('answer 1')
  })

  test('that is replaced while it is read fails its reader, and nobody else hears of it', async () => {
    const { cache, errors } = given(answering(), {}, failing(inMid(new StowawayError('gone', 'replaced'))))
    await (await cache.fetch(URL_A)).text()
    await expect((await cache.fetch(URL_A)).text()).rejects.toMatchObject({ code: 'gone' })
    await settled()
    expect(errors).toEqual([])
  })

  test('whose reader cancels is cancelled in the store', async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const { cache } = given(
      answering(),
      {},
      failing(async () => new ReadableStream({ cancel: (reason) => cancelled.resolve(reason) })),
    )
    await (await cache.fetch(URL_A)).text()
    await (await cache.fetch(URL_A)).body?.cancel('enough')
    expect(await cancelled.promise).toBe('enough')
  })

  test('that has gone after the origin confirmed it is asked for without conditions', async () => {
    const scripted = scriptedFetch(({ headers }) =>
      headers.has('if-none-match')
        ? new Response(null, { status: 304, headers: { etag: '"1"' } })
        : respond('whole', { etag: '"1"' }),
    )
    const { cache, pass } = given(
      scripted,
      {},
      failing(() => Promise.reject(new StowawayError('gone', 'replaced'))),
    )
    await (await cache.fetch(URL_A)).text()
    pass(61)
    const all = await Promise.all([cache.fetch(URL_A), cache.fetch(URL_A)])
    for (const one of all) expect(await one.text()).toBe('whole')
    expect(scripted.sent.length).toBeLessThanOrEqual(4)
    expect(await bodyOf(await cache.fetch(URL_A))).toHaveLength(5)
  })
})

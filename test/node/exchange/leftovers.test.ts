/** What is left when a request is over: nothing on a long-lived signal, no transfer, no entry that was invalidated. */
import { afterEach, expect, test, vi } from 'vitest'
import type { Entry } from '../../../src/store.ts'
import { liveBytes } from '../../support/live-bytes.ts'
import { URL_A, given, pathsStored, respond, scriptedBody, scriptedFetch, settled, storeWith } from './given.ts'

afterEach(() => void vi.useRealTimers())

test('a signal that outlives its responses keeps no listener of those that are not stored', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  // Counted only: a spy would keep the listeners, and what they hold, itself.
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listeners++
    addEventListener.apply(signal, given)
  }
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    listeners--
    removeEventListener.apply(signal, given)
  }
  const { cache } = given({ fetch: async () => respond('x', { 'cache-control': 'no-store' }) })
  for (let count = 0; count < 20; count++) await (await cache.fetch(URL_A, { signal })).text()
  await vi.waitFor(async () => {
    await liveBytes()
    // The engine may still hold the last ones.
    expect(listeners).toBeLessThan(10)
  })
})

test('an abort ends the body of a response that is not stored', async () => {
  const { stream } = scriptedBody()
  const up = scriptedFetch(() => respond(stream, { 'cache-control': 'no-store' }))
  const controller = new AbortController()
  await given(up).cache.fetch(URL_A, { signal: controller.signal })
  await liveBytes()
  controller.abort(new Error('enough'))
  expect(up.sent[0]?.signal?.reason).toMatchObject({ message: 'enough' })
})

test.each(Array.from({ length: 12 }, (_, turns) => turns))(
  'an abort %i microtasks after the headers ends the transfer',
  async (turns) => {
    const body = scriptedBody()
    const up = scriptedFetch()
    const controller = new AbortController()
    const answer = given(up).cache.fetch(URL_A, { signal: controller.signal })
    const outcome = answer.then((response) => response.text()).catch((error: unknown) => error)
    const sent = await up.request(0)
    sent.answer(respond(body.stream))
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    controller.abort(new Error('enough'))
    expect(await outcome).toMatchObject({ message: 'enough' })
    await settled()
    expect(body.isCancelled()).toBe(true)
  },
)

test('§4.4: a store that is slow to commit holds up an unsafe request for 5 s, and does not keep what it made invalid', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const commit = Promise.withResolvers<unknown>()
  const store = storeWith((inner) => ({
    async put(...given): Promise<Entry> {
      await commit.promise
      return inner.put(...given)
    },
  }))
  const { cache } = given(
    scriptedFetch(() => respond('x')),
    {},
    store,
  )
  await (await cache.fetch(URL_A)).text()
  await settled()
  const answer = cache.fetch(URL_A, { method: 'DELETE' })
  await settled()
  await vi.advanceTimersByTimeAsync(5_000)
  expect((await answer).status).toBe(200)
  commit.resolve(undefined)
  await settled()
  expect(await pathsStored(store)).toEqual([])
})

test('a Request with a body is asked for again where a 304 is about another response', async () => {
  const up = scriptedFetch((_, index) =>
    index === 1
      ? new Response(null, { status: 304, headers: { etag: '"other"' } })
      : respond(`answer ${index}`, { etag: '"1"', 'cache-control': 'max-age=1' }),
  )
  /** Uses up what it is given, as the platform's does. */
  const fetch: typeof globalThis.fetch = async (input, init) => {
    expect(await new Request(input, init).text()).toBe('question')
    return up.fetch(input, init)
  }
  const { cache, pass } = given({ fetch }, { allowableMethods: ['POST'] })
  const ask = async (): Promise<string> =>
    (await cache.fetch(new Request(URL_A, { method: 'POST', body: 'question' }))).text()
  await ask()
  await settled()
  pass(5)
  expect(await ask()).toBe('answer 2')
})

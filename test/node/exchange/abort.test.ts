import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { bytes, given, lazily, respond, scriptedBody, scriptedFetch, settled, storeWith, URL_A } from './given.ts'

const reason = new Error('enough')

function controlled(): { controller: AbortController; signal: AbortSignal } {
  const controller = new AbortController()
  return { controller, signal: controller.signal }
}

describe('an abort gives the signal’s reason', () => {
  test('before the call, and nothing is asked', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    await expect(cache.fetch(URL_A, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(scripted.sent).toEqual([])
  })

  test('before the call, of a Request', async () => {
    const { cache } = given(scriptedFetch())
    await expect(cache.fetch(new Request(URL_A, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
  })

  test('before a call that would be a hit', async () => {
    const { cache } = given(scriptedFetch(() => respond('x')))
    await (await cache.fetch(URL_A)).text()
    await expect(cache.fetch(URL_A, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('while the store looks up, without waiting for it, and nothing is asked', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(
      scripted,
      {},
      storeWith(() => ({ get: () => new Promise(() => {}) })),
    )
    const { controller, signal } = controlled()
    const response = cache.fetch(URL_A, { signal })
    await settled()
    controller.abort(reason)
    await expect(response).rejects.toBe(reason)
    expect(scripted.sent).toEqual([])
  })

  test('while the store opens a body', async () => {
    const opening = Promise.withResolvers<ReadableStream<Uint8Array<ArrayBuffer>>>()
    const { cache } = given(
      scriptedFetch(() => respond('x')),
      {},
      storeWith((inner) => lazily(inner, () => opening.promise)),
    )
    await (await cache.fetch(URL_A)).text()
    const { controller, signal } = controlled()
    const text = cache.fetch(URL_A, { signal }).then((response) => response.text())
    await settled()
    controller.abort(reason)
    const body = scriptedBody()
    opening.resolve(body.stream)
    await expect(text).rejects.toBe(reason)
    await body.cancelled
  })

  test('before the head', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const { controller, signal } = controlled()
    const response = cache.fetch(URL_A, { signal })
    const request = await scripted.request(0)
    controller.abort(reason)
    await expect(response).rejects.toBe(reason)
    expect(request.signal?.reason).toBe(reason)
  })

  test('before the head, also where the fetch underneath does not heed it, whose response is then not left open', async () => {
    const late = Promise.withResolvers<Response>()
    const { cache } = given({ fetch: () => late.promise })
    const { controller, signal } = controlled()
    const response = cache.fetch(URL_A, { signal })
    await settled()
    controller.abort(reason)
    await expect(response).rejects.toBe(reason)
    const body = scriptedBody()
    late.resolve(respond(body.stream))
    expect(await body.cancelled).toBeUndefined()
  })

  test('in mid-body of a miss', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const { controller, signal } = controlled()
    const asked = cache.fetch(URL_A, { signal })
    const body = scriptedBody()
    ;(await scripted.request(0)).answer(respond(body.stream))
    const reader = (await asked).body?.getReader()
    body.push('some')
    await reader?.read()
    const next = reader?.read()
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
    expect(await body.cancelled).toBe(reason)
  })

  test('in mid-body of a hit, which is then closed in the store', async () => {
    const body = scriptedBody()
    const { cache, errors } = given(
      scriptedFetch(() => respond('x')),
      {},
      storeWith((inner) => lazily(inner, async () => body.stream)),
    )
    await (await cache.fetch(URL_A)).text()
    const { controller, signal } = controlled()
    const response = await cache.fetch(URL_A, { signal })
    expect(response.fromCache).toBe(true)
    const reader = response.body?.getReader()
    body.push('some')
    await reader?.read()
    const next = reader?.read()
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
    expect(await body.cancelled).toBe(reason)
    expect(errors).toEqual([])
  })

  test('by AbortSignal.timeout is a TimeoutError', async () => {
    const { cache } = given(scriptedFetch())
    await expect(cache.fetch(URL_A, { signal: AbortSignal.timeout(1) })).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('after the body was read does nothing', async () => {
    const scripted = scriptedFetch(() => respond('whole'))
    const { cache } = given(scripted)
    const { controller, signal } = controlled()
    expect(await (await cache.fetch(URL_A, { signal })).text()).toBe('whole')
    controller.abort(reason)
    await settled()
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
  })
})

test.each([
  ['a miss', () => respond('x', { 'cache-control': 'max-age=0' })],
  ['a hit', () => respond('x')],
  ['a failure', undefined],
  ['a body of some length', () => respond(bytes(100_000), { 'cache-control': 'max-age=0' })],
])('a signal that lives long keeps no listener of %s', async (_, answer) => {
  const scripted = scriptedFetch((sent) => answer?.() ?? void sent.fail(new TypeError('fetch failed')))
  const { cache } = given({ fetch: (input, init) => scripted.fetch(input, { ...init }) })
  const { signal } = controlled()
  for (let turn = 0; turn < 5; turn++) await (await cache.fetch(URL_A, { signal }).catch(() => undefined))?.text()
  await settled()
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

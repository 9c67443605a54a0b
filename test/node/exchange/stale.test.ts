import { describe, expect, test } from 'vitest'
import { bodyOf, bytes, given, lazily, respond, scriptedFetch, settled, storeWith, URL_A } from './given.ts'
import type { CacheOptions } from '../../../src/options/types.ts'

async function withStale(cacheControl: string, second: (() => Response) | Error, options: CacheOptions = {}) {
  const scripted = scriptedFetch((sent, index) => {
    if (index === 0) return respond('old', { 'cache-control': cacheControl, etag: '"1"' })
    if (second instanceof Error) sent.fail(second)
    return second instanceof Error ? undefined : second()
  })
  const made = given(scripted, options)
  await (await made.cache.fetch(URL_A)).text()
  made.pass(61)
  return { ...made, scripted }
}

const swr = 'max-age=60, stale-while-revalidate=100'
const down = new TypeError('fetch failed')

describe('stale-while-revalidate (RFC 5861 §3)', () => {
  test('serves at once, refreshes once, and leaves what was handed out as it is', async () => {
    const { cache, scripted } = await withStale(swr, () => respond('new', { 'cache-control': swr }))
    const handedOut = await cache.fetch(URL_A)
    expect([handedOut.fromCache, handedOut.isExpired]).toEqual([true, true])
    await settled()
    const next = await cache.fetch(URL_A)
    expect([next.fromCache, next.isExpired, await next.text()]).toEqual([true, false, 'new'])
    expect(await handedOut.text()).toBe('old')
    expect(scripted.sent).toHaveLength(2)
  })

  test('hands the refresh to waitUntil, which ends when all is stored', async () => {
    const work: Promise<unknown>[] = []
    const { cache, store } = await withStale(swr, () => respond('new'), { waitUntil: (one) => void work.push(one) })
    await cache.fetch(URL_A)
    expect(work).toHaveLength(1)
    await Promise.all(work)
    const [entry] = await store.get({ namespace: 'http', url: URL_A, selector: '' })
    expect(Buffer.from(entry?.bytes ?? []).toString()).toBe('new')
  })

  test('takes no signal along: who was served may abort', async () => {
    const { cache, scripted } = await withStale(swr, () => respond('new'))
    const controller = new AbortController()
    await cache.fetch(URL_A, { signal: controller.signal })
    controller.abort()
    await settled()
    expect(scripted.sent[1]?.signal?.aborted).toBe(false)
    expect(await (await cache.fetch(URL_A)).text()).toBe('new')
  })

  test('reports a refresh that fails, which harms nobody', async () => {
    const work: Promise<unknown>[] = []
    const { cache, errors } = await withStale(swr, down, { waitUntil: (one) => void work.push(one) })
    expect(await (await cache.fetch(URL_A)).text()).toBe('old')
    await Promise.all(work)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBe(down)
    expect(await (await cache.fetch(URL_A)).text()).toBe('old')
  })

  test('that is answered by an error keeps the stale entry', async () => {
    const { cache } = await withStale(swr, () => new Response('broken', { status: 503 }))
    await cache.fetch(URL_A)
    await settled()
    expect(await (await cache.fetch(URL_A)).text()).toBe('old')
  })

  test('ends with its window', async () => {
    const { cache, pass } = await withStale(swr, () => respond('new'))
    pass(100)
    expect(await (await cache.fetch(URL_A)).text()).toBe('new')
  })

  test('survives a waitUntil that throws, and reports just that', async () => {
    const late = new Error('too late for that')
    const { cache, errors } = await withStale(swr, () => respond('new'), {
      waitUntil: () => {
        throw late
      },
    })
    expect(await (await cache.fetch(URL_A)).text()).toBe('old')
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBe(late)
  })
})

describe('stale-if-error (RFC 5861 §4)', () => {
  test.each([500, 502, 503, 504])('serves stale in place of a %d', async (status) => {
    const { cache } = await withStale('max-age=60, stale-if-error=100', () => new Response('broken', { status }))
    const response = await cache.fetch(URL_A)
    expect([response.status, response.fromCache, await response.text()]).toEqual([200, true, 'old'])
  })

  test.each([501, 404])('does not for a %d', async (status) => {
    const { cache } = await withStale('max-age=60, stale-if-error=100', () => new Response('no', { status }))
    expect((await cache.fetch(URL_A)).status).toBe(status)
  })

  test('serves stale when the network fails', async () => {
    const { cache } = await withStale('max-age=60, stale-if-error=100', down)
    expect(await (await cache.fetch(URL_A)).text()).toBe('old')
  })

  test('serves to all who waited', async () => {
    const { cache } = await withStale('max-age=60, stale-if-error=100', () => new Response('broken', { status: 500 }))
    const all = await Promise.all(Array.from({ length: 5 }, async () => (await cache.fetch(URL_A)).text()))
    expect(all).toEqual(Array(5).fill('old'))
  })

  test('ends with its window: then the very error of fetch comes through', async () => {
    const { cache, pass } = await withStale('max-age=60, stale-if-error=100', down)
    pass(100)
    await expect(cache.fetch(URL_A)).rejects.toBe(down)
  })

  test('is off unless the response or an option says so', async () => {
    const { cache } = await withStale('max-age=60', down)
    await expect(cache.fetch(URL_A)).rejects.toBe(down)
  })

  test('as an option needs no word from the response', async () => {
    const { cache } = await withStale('max-age=60', down)
    expect(await (await cache.fetch(URL_A, { httpCache: { staleIfError: true } })).text()).toBe('old')
    await expect(cache.fetch(URL_A, { httpCache: { staleIfError: false } })).rejects.toBe(down)
  })

  test.each(['must-revalidate', 'no-cache'])(
    'never for %s: with the option a 504 (§5.2.2.2), without it the error',
    async (directive) => {
      const { cache } = await withStale(`max-age=60, stale-if-error=100, ${directive}`, down)
      const response = await cache.fetch(URL_A, { httpCache: { staleIfError: true } })
      expect([response.status, response.statusText, response.headers.get('cache-status')]).toEqual([
        504,
        'Gateway Timeout',
        null,
      ])
      await expect(cache.fetch(URL_A)).rejects.toBe(down)
    },
  )

  test('whose stored body has gone gives what the origin gave', async () => {
    const gone = storeWith((inner) => lazily(inner, async () => Promise.reject(new Error('unreadable'))))
    const scripted = scriptedFetch((_, index) =>
      index === 0
        ? respond(bytes(10), { 'cache-control': 'max-age=0, stale-if-error=100' })
        : new Response('broken', { status: 500 }),
    )
    const { cache, pass } = given(scripted, {}, gone)
    await bodyOf(await cache.fetch(URL_A))
    pass(1)
    const response = await cache.fetch(URL_A)
    expect([response.status, await response.text()]).toEqual([500, 'broken'])
  })
})

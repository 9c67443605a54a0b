import { describe, expect, test } from 'vitest'
import { A, B, endless, KINDS, text, urls, varied, world } from './given.ts'

const nameOf = async (cache: Promise<unknown>): Promise<unknown> =>
  cache.then(
    () => 'nothing',
    (error: Error) => error.name,
  )

describe.each(KINDS)('adding to a named cache over %s', (kind) => {
  test('fetches with the fetch underneath, past the HTTP cache', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    expect(await cache.add(A)).toBeUndefined()
    expect(await text(await cache.match(A))).toBe('from the origin')
    expect([given.sent, await given.cache.count()]).toEqual([[A], 0])
  })

  test('adds all in the order in which they were asked for, however they came (§5.4.4)', async () => {
    const slow = endless()
    await using given = await world(kind, ({ url }) => new Response(url === A ? slow.body : url))
    const cache = await given.caches.open('v1')
    const adding = cache.addAll([A, B, `${B}c`])
    await expect.poll(async () => given.raw(await given.data('v1'))).toHaveLength(2)
    expect([await cache.keys(), await cache.match(B), await cache.matchAll(B, { ignoreSearch: true })]).toEqual([
      [],
      undefined,
      [],
    ])
    slow.end()
    expect(await adding).toBeUndefined()
    expect(await urls(cache)).toEqual([A, B, `${B}c`])
    expect(await given.raw(await given.data('v1'))).toHaveLength(3)
  })

  test('takes any iterable, and nothing at all', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.addAll([])
    await cache.addAll(new Set([A, B]))
    expect(await urls(cache)).toEqual([A, B])
  })

  test('replaces what was there, only once all are there', async () => {
    await using given = await world(kind, ({ url }) => new Response('new', { status: url === B ? 500 : 200 }))
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('old'))
    await expect(cache.addAll([A, `${A}2`, B])).rejects.toBeInstanceOf(TypeError)
    expect([await urls(cache), await text(await cache.match(A))]).toEqual([[A], 'old'])
    expect(await given.raw(await given.data('v1'))).toHaveLength(1)
    await cache.addAll([`${A}2`, A])
    expect([await urls(cache), await text(await cache.match(A))]).toEqual([[`${A}2`, A], 'new'])
    expect(await given.raw(await given.data('v1'))).toHaveLength(2)
  })

  test('aborts the others when one fails', async () => {
    const aborted: string[] = []
    await using given = await world(kind, async ({ signal, url }) => {
      if (url === B) return new Response(null, { status: 404 })
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted.push(url)
      throw signal.reason
    })
    const cache = await given.caches.open('v1')
    await expect(cache.addAll([A, B, `${A}2`])).rejects.toBeInstanceOf(TypeError)
    expect(aborted).toEqual([A, `${A}2`])
  })

  test.each([
    ['is not ok', () => new Response(null, { status: 404 })],
    ['is a 206', () => new Response(null, { status: 206 })],
    ['varies by *', () => new Response(null, { headers: { vary: '*' } })],
    ['is a network error', () => Response.error()],
    ['does not come', () => Promise.reject(new TypeError('no network'))],
    ['fails in an own way', () => Promise.reject(new Error('own'))],
  ])('rejects with TypeError when one %s', async (_, reply) => {
    await using given = await world(kind, ({ url }) => (url === B ? reply() : new Response('x')))
    const cache = await given.caches.open('v1')
    await expect(cache.add(B)).rejects.toBeInstanceOf(TypeError)
    await expect(cache.addAll([A, B])).rejects.toBeInstanceOf(TypeError)
    expect(await cache.keys()).toEqual([])
  })

  test('fetches nothing when one of the requests can be none', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    for (const bad of ['ftp://example.org/', new Request(A, { method: 'POST' }), '//'])
      await expect(cache.addAll([A, bad])).rejects.toBeInstanceOf(TypeError)
    expect(given.sent).toEqual([])
  })

  test('rejects duplicates with InvalidStateError, of which fragments make none', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    expect(await nameOf(cache.addAll([`${A}#1`, B, `${A}#2`]))).toBe('InvalidStateError')
    expect(await cache.keys()).toEqual([])
    expect(await given.raw(await given.data('v1'))).toEqual([])
  })

  test('holds each against those before it, by their Vary', async () => {
    const shape = new Request(A, { headers: { 'x-shape': 'round', 'x-size': 'big' } })
    const size = new Request(A, { headers: { 'x-shape': 'square', 'x-size': 'big' } })
    await using given = await world(kind, ({ headers }) => {
      const vary = headers.get('x-shape') === 'round' ? 'x-shape' : 'x-size'
      return new Response('x', { headers: { vary } })
    })
    const cache = await given.caches.open('v1')
    expect(await nameOf(cache.addAll([size, shape]))).toBe('InvalidStateError')
    await cache.addAll([shape, size])
    expect(await cache.keys()).toHaveLength(2)
    expect(await text(await cache.match(varied(A, 'round')))).toBe('x')
  })

  test('rejects with AbortError when the caller aborts, before and within the body', async () => {
    const { body } = endless()
    await using given = await world(kind, ({ signal }) => {
      signal.addEventListener('abort', () => void body.cancel().catch(() => {}))
      return new Response(body.pipeThrough(new TransformStream(), { signal }))
    })
    const cache = await given.caches.open('v1')
    expect(await nameOf(cache.add(new Request(A, { signal: AbortSignal.abort() })))).toBe('AbortError')
    const controller = new AbortController()
    const adding = nameOf(cache.addAll([new Request(A, { signal: controller.signal })]))
    await expect.poll(() => given.sent.length).toBe(2)
    controller.abort()
    expect(await adding).toBe('AbortError')
    expect(await cache.keys()).toEqual([])
  })

  test('asks no network in a cache that works without', async () => {
    await using given = await world(kind)
    const offline = given.other({ mode: 'offline' })
    await expect((await offline.caches.open('v1')).add(A)).rejects.toBeInstanceOf(TypeError)
    expect(given.sent).toEqual([])
    await offline.close()
  })
})

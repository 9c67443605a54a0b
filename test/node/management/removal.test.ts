import { describe, expect, test } from 'vitest'
import { DO_NOT_CACHE, NEVER_EXPIRE } from '../../../src/index.ts'
import type { Filter, Selection } from '../../../src/index.ts'
import { A, B, KINDS, START, all, world } from './given.ts'

const vary = `${A}?h-vary=accept`
const accept = (accept: string): RequestInit => ({ headers: { accept } })

describe.each(KINDS)('removal in %s', (kind) => {
  test('by URL takes all methods and variants, also those of another Vary (trap 46, trap 47, RC-216)', async () => {
    await using it = await world(kind, { allowableMethods: ['GET', 'HEAD', 'POST'] }, ({ headers, method }) => {
      const named = headers.get('x-vary') ?? 'accept'
      return new Response(method === 'HEAD' ? null : 'x', { headers: { 'cache-control': 'max-age=60', vary: named } })
    })
    await it.get(A, { method: 'POST', body: 'x' })
    await it.get(A, accept('a/b'))
    await it.get(A, accept('c/d'))
    await it.get(A, { headers: { 'x-vary': 'accept-language', 'accept-language': 'fi', accept: 'e/f' } })
    await it.get(A, { method: 'HEAD', ...accept('g/h') })
    await it.get(B)
    expect(await it.cache.count()).toBe(6)
    expect(await it.cache.delete(`${A}#part`)).toBe(5)
    expect(await all(it.cache.urls())).toEqual([B])
    expect(await it.cache.delete(A)).toBe(0)
  })

  test('by cacheKey, Request and several at once counts each entry once (RC-216)', async () => {
    await using it = await world(kind, { allowableMethods: ['GET', 'POST'] })
    await it.get(vary, accept('a/b'))
    await it.get(vary, accept('c/d'))
    await it.get(B, { method: 'POST', body: 'one' })
    await it.get(B, { method: 'POST', body: 'two' })
    const post = new Request(B, { method: 'POST', body: 'one' })
    expect(await it.cache.delete([vary, `1 GET ${vary}`, new Request(vary), post, new URL(vary)])).toBe(3)
    expect(await post.text()).toBe('one')
    expect(await it.cache.count()).toBe(1)
    expect(await it.cache.delete([])).toBe(0)
    expect(await it.cache.has(B, { method: 'POST', body: 'two' })).toBe(true)
  })

  test('by URL finds what a keyFn, ignored parameters or noVarySearch put elsewhere', async () => {
    await using it = await world(kind)
    const named = it.other({ keyFn: ({ url }) => `my ${new URL(url).pathname}` })
    await (await named.fetch(`${A}?x=1`)).text()
    expect(await named.hasUrl(`${A}?x=2`)).toBe(true)
    expect(await all(named.urls())).toEqual([`${A}?x=1`])
    expect(await named.delete(`${A}?x=2`)).toBe(1)
    const ignoring = it.other({ ignoredParameters: ['sig'], noVarySearch: { params: ['utm'] } })
    await (await ignoring.fetch(`${B}?utm=1&sig=2`)).text()
    expect(await ignoring.delete(`${B}?utm=3&sig=4`)).toBe(1)
  })

  test('by filter takes only what passes, in batches, and tells how far it is (RC-216)', async () => {
    await using it = await world(kind)
    for (let at = 0; at < 30; at++) await it.get(`${A}?${at}`)
    const [entry] = await it.raw()
    for (let at = 0; at < 1100; at++)
      if (entry) await it.store.put({ ...entry.key, url: `${B}?${at}` }, entry.meta, new Uint8Array(1))
    it.pass(60)
    await it.get(`${A}?last`)
    const told: number[] = []
    const removed = await it.cache.delete({ expired: true }, { onProgress: ({ done }) => void told.push(done) })
    expect(removed).toBe(1130)
    expect(await all(it.cache.urls())).toEqual([`${A}?last`])
    expect(told.slice(0, 2)).toEqual([500, 1000])
    expect(told.at(-1)).toBeGreaterThanOrEqual(1130)
  }, 60_000)

  test('ends when it is told to, and what is done stays done', async () => {
    await using it = await world(kind)
    for (const url of [A, B]) await it.get(url)
    const reason = new Error('enough')
    const work = it.cache.invalidate({ valid: true }, { signal: AbortSignal.abort(reason) })
    await expect(work).rejects.toBe(reason)
    expect(await it.cache.count({ valid: true })).toBe(2)
    const controller = new AbortController()
    const half = it.cache.verify({ signal: controller.signal, onProgress: () => {} })
    controller.abort(reason)
    await expect(half).rejects.toBe(reason)
  })

  test('of everything is clear, which keeps the secret (RC-218)', async () => {
    await using it = await world(kind)
    await it.get(A, { headers: { authorization: 'one' } })
    await it.get(B)
    await it.cache.clear()
    expect(await it.raw()).toEqual([])
    await it.get(A, { headers: { authorization: 'one' } })
    expect(await it.cache.has(A, { headers: { authorization: 'one' } })).toBe(true)
  })

  test('by invalidation has the next use validate, and leaves the body', async () => {
    await using it = await world(kind, {}, (request) =>
      request.headers.get('if-none-match') === '"1"'
        ? new Response(null, { status: 304, headers: { etag: '"1"' } })
        : new Response('hello', { headers: { 'cache-control': 'max-age=600', etag: '"1"' } }),
    )
    await it.get(A)
    it.pass(10)
    expect(await it.cache.invalidate(A)).toBe(1)
    expect(await it.cache.invalidate(A)).toBe(1)
    const [entry] = await all(it.cache.filter({ expired: true }))
    expect(entry).toMatchObject({ isExpired: true, expires: new Date(START + 10_000), createdAt: new Date(START) })
    const response = await it.cache.fetch(A)
    expect(response.revalidated).toBe(true)
    expect(await response.text()).toBe('hello')
    expect(it.sent).toHaveLength(2)
    expect(await it.cache.count({ valid: true })).toBe(1)
  })

  test('gives lifetimes from now on, also without an end (RC-219, trap 35)', async () => {
    await using it = await world(kind)
    await it.get(A)
    await it.get(`${B}?h-cache-control=`)
    it.pass(100)
    expect(await it.cache.resetExpiration('10s')).toBe(2)
    it.pass(9)
    expect(await it.cache.count({ valid: true })).toBe(2)
    it.pass(1)
    expect(await it.cache.count({ expired: true })).toBe(2)
    expect(await it.cache.resetExpiration(NEVER_EXPIRE, A)).toBe(1)
    expect(await it.cache.resetExpiration(new Date(START + 120_000), { url: '/b*' })).toBe(1)
    const entries = await all(it.cache.filter())
    expect(entries.map(({ expires }) => expires)).toEqual([null, new Date(START + 120_000)])
    expect((await it.raw()).map(({ meta }) => [meta.createdAt, meta.expiresAt])).toEqual([
      [START, null],
      [START, START + 120_000],
    ])
    await it.get(A)
    expect(it.sent).toHaveLength(2)
    await expect(it.cache.resetExpiration(DO_NOT_CACHE)).rejects.toThrow('expireAfter')
  })

  test('is refused to a cache that is readOnly, before anything is done (trap 57)', async () => {
    await using it = await world(kind)
    await it.get(A)
    const reading = it.other({ readOnly: true })
    const { store } = await world('memory')
    const tries: (() => Promise<unknown>)[] = [
      () => reading.delete(A),
      () => reading.clear(),
      () => reading.invalidate(A),
      () => reading.resetExpiration(1),
      () => reading.recreateKeys(),
      () => reading.save(A, new Response()),
      () => reading.update(store),
      () => reading.vacuum(),
      () => reading.verify({ repair: true }),
      () => reading.responses.delete(`1 GET ${A}`),
      () => it.other({ mode: 'replay' }).clear(),
    ]
    for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: 'read-only' })
    expect(await reading.count()).toBe(1)
    expect((await reading.verify()).checked).toBe(1)
  })
})

describe('what selects nothing', () => {
  test.each([
    [undefined, 'delete: nothing was selected'],
    [{}, 'delete: nothing was selected'],
    [{ tag: undefined }, 'delete: nothing was selected'],
    ['/a', 'delete: "/a" is not accepted'],
    ['ftp://example.org/', 'delete'],
    [['https://example.org/', 'nonsense'], 'delete[1]'],
    [[undefined], 'delete[0]'],
    [5, 'delete: 5'],
    [{ expird: true }, 'filter.'],
  ])('is refused: %j', async (which, message) => {
    await using it = await world('memory')
    await it.get(A)
    // What is wrong is wrong in its type, too.
    await expect(it.cache.delete(which as unknown as Selection)).rejects.toThrow(message)
    expect(await it.cache.count()).toBe(1)
  })

  test('says how to remove all', async () => {
    await using it = await world('memory')
    await expect(it.cache.delete({} satisfies Filter)).rejects.toThrow('clear()')
  })
})

test('what is under way when all is cleared is not stored afterwards', async () => {
  await using it = await world('memory', {}, () => {
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => controller.enqueue(new Uint8Array(10)) },
      { highWaterMark: 0 },
    )
    return new Response(body, { headers: { 'cache-control': 'max-age=60', 'content-length': '20' } })
  })
  const reader = (await it.cache.fetch(A)).body?.getReader()
  await reader?.read()
  await it.cache.clear()
  await reader?.read()
  await reader?.cancel()
  expect(await it.cache.count()).toBe(0)
})

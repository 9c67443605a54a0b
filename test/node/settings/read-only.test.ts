import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import type { CacheOptions, CachedRequestInit } from '../../../src/index.ts'
import type { Store } from '../../../src/store.ts'
import type { Answer, World } from '../api/given.ts'
import { START, URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import { lazily, storeWith } from '../exchange/given.ts'

/** What the store was told to do, but for what a look-up without a use is. */
function watched(inner: Store = createMemoryStore({ now: () => START })): { store: Store; written: string[] } {
  const written: string[] = []
  const store = storeWith(
    () => ({
      get: (key, touch = true) => {
        if (touch) written.push('touch')
        return inner.get(key, touch)
      },
      put: (...args) => (written.push('put'), inner.put(...args)),
      update: (...args) => (written.push('update'), inner.update(...args)),
      delete: (...args) => (written.push('delete'), inner.delete(...args)),
    }),
    inner,
  )
  return { store, written }
}

interface Given {
  readonly it: World
  readonly written: readonly string[]
}

/** A store that another cache filled, then read only. */
async function filled(answer: Answer, options: CacheOptions = {}, init?: CachedRequestInit): Promise<Given> {
  const inner = createMemoryStore({ now: () => START })
  await using before = world(answer, {}, inner)
  await text(before.fetch(URL_A, init))
  const { store, written } = watched(inner)
  return { it: world(answer, { readOnly: true, ...options }, store), written }
}

const tagged: Answer = ({ headers }, count) =>
  headers.has('if-none-match')
    ? new Response(null, { status: 304, headers: { etag: '"1"', 'x-new': 'yes', ...cc('max-age=60') } })
    : new Response(`${count}`, { headers: { etag: '"1"', ...cc('max-age=60') } })

describe('readOnly writes nothing of any kind', () => {
  test('a hit counts as no use (trap 57, RC-44)', async () => {
    const { it, written } = await filled(numbered())
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    expect(written).toEqual([])
  })

  test('a miss is not stored, and says so (trap 57, RC-44)', async () => {
    const { it, written } = await filled(numbered())
    const response = await it.fetch(`${URL_A}/other`)
    expect([await response.text(), response.createdAt, response.expires]).toEqual(['0', null, null])
    expect(response.headers.get('cache-status')).toContain('stored=?0')
    await settled()
    expect(written).toEqual([])
    expect((await it.fetch(`${URL_A}/other`)).fromCache).toBe(false)
  })

  test('requests at the same time still share one answer', async () => {
    const { it } = await filled(numbered())
    const texts = await Promise.all([1, 2, 3].map(() => text(it.fetch(`${URL_A}/other`))))
    expect(texts).toEqual(['0', '0', '0'])
  })

  test('what a 304 confirms is served with its new fields, and not updated (trap 57, RC-44)', async () => {
    const { it, written } = await filled(tagged)
    it.pass(100)
    const response = await it.fetch(URL_A)
    expect([response.revalidated, response.headers.get('x-new'), await response.text()]).toEqual([true, 'yes', '0'])
    await settled()
    expect(written).toEqual([])
    expect((await it.fetch(URL_A)).revalidated).toBe(true)
  })

  test('an unsafe method invalidates nothing (trap 57, RC-44)', async () => {
    const { it, written } = await filled(numbered())
    await text(it.fetch(URL_A, { method: 'DELETE' }))
    await text(it.fetch(URL_A, { method: 'POST', body: 'x', httpCache: { allowableMethods: ['GET', 'POST'] } }))
    await settled()
    expect(written).toEqual([])
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test('not even of what a read-only rule is for, from elsewhere (RC-44)', async () => {
    const { it } = await filled(
      () => new Response(null, { headers: { 'content-location': '/a', ...cc('max-age=60') } }),
      { readOnly: false, rules: { '/a': { readOnly: true } } },
    )
    await text(it.fetch('https://example.org/b', { method: 'PUT', body: 'x' }))
    await settled()
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test('a HEAD that tells of a change marks nothing (RC-44)', async () => {
    const { it, written } = await filled((sent) =>
      sent.method === 'HEAD'
        ? new Response(null, { headers: { etag: '"2"' } })
        : new Response('a', { headers: { etag: '"1"', ...cc('max-age=60') } }),
    )
    await it.fetch(URL_A, { method: 'HEAD', httpCache: { forceRefresh: true } })
    expect(written).toEqual([])
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test('no secret is written: credentials are matched by one that is forgotten (RC-44)', async () => {
    const { store, written } = watched()
    await using it = world(numbered(), { readOnly: true }, store)
    const init = { headers: { authorization: 'a' } }
    expect(await text(it.fetch(URL_A, init))).toBe('0')
    expect(written).toEqual([])
  })

  test('what credentials were kept with is matched by the secret of the store (RC-44)', async () => {
    const init = { headers: { authorization: 'a' } }
    const { it, written } = await filled(numbered(), {}, init)
    expect((await it.fetch(URL_A, init)).fromCache).toBe(true)
    expect((await it.fetch(URL_A, { headers: { authorization: 'b' } })).fromCache).toBe(false)
    expect(written).toEqual([])
  })

  test('an entry that fails in mid-body stays (RC-44)', async () => {
    const inner = createMemoryStore({ now: () => START })
    await using before = world(numbered(), {}, inner)
    await text(before.fetch(URL_A))
    const disk = async (): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> =>
      new ReadableStream({ pull: (controller) => controller.error(new Error('disk')) })
    const { store, written } = watched(storeWith((whole) => lazily(whole, disk), inner))
    await using it = world(numbered(), { readOnly: true }, store)
    await expect(text(it.fetch(URL_A))).rejects.toThrow('disk')
    await settled()
    expect(written).toEqual([])
    expect(it.errors).toHaveLength(1)
  })

  test('what is stale within its window is served, and not refreshed behind the answer (RC-44)', async () => {
    const { it, written } = await filled(numbered(cc('max-age=60, stale-while-revalidate=60')))
    it.pass(100)
    expect([await text(it.fetch(URL_A)), await text(it.fetch(URL_A))]).toEqual(['0', '0'])
    await settled()
    expect(it.sent).toEqual([])
    it.pass(100)
    expect((await it.fetch(URL_A)).fromCache).toBe(false)
    expect(written).toEqual([])
  })
})

test('readOnly is for a rule or a request alone, too, and a narrower one wins (RC-44)', async () => {
  const { store, written } = watched()
  await using it = world(numbered(), { readOnly: true, rules: { '/b': { readOnly: false } } }, store)
  await text(it.fetch(URL_A))
  expect(written).toEqual([])
  await text(it.fetch('https://example.org/b'))
  await settled()
  expect(written).toContain('put')
  written.length = 0
  await text(it.fetch('https://example.org/b?2', { httpCache: { readOnly: true } }))
  expect(written).toEqual([])
})

test('a request that stores does not wait for one that is read only (RC-44)', async () => {
  await using it = world()
  const [one, other] = await Promise.all([it.fetch(URL_A, { httpCache: { readOnly: true } }), it.fetch(URL_A)])
  await Promise.all([one.text(), other.text()])
  expect((await it.fetch(URL_A)).fromCache).toBe(true)
})

test('explain changes nothing, not even when an entry was last used', async () => {
  const { store, written } = watched()
  await using it = world(numbered(), {}, store)
  await text(it.fetch(URL_A))
  await settled()
  written.length = 0
  expect((await it.cache.explain(URL_A)).action).toBe('reuse')
  expect(written).toEqual([])
})

test.for<[string, CachedRequestInit]>([
  ['that passes by', { method: 'DELETE', httpCache: { readOnly: true } }],
  ['that uses the cache', { method: 'POST', httpCache: { readOnly: true, allowableMethods: ['GET', 'POST'] } }],
])('an unsafe request %s and is itself read only invalidates nothing, not even a group (RC-44)', async ([, init]) => {
  const groups = { 'cache-groups': '"a"', 'cache-group-invalidation': '"a"', ...cc('max-age=60') }
  await using it = world(numbered(groups))
  await text(it.fetch(URL_A))
  await text(it.fetch(URL_A, init))
  await settled()
  expect((await it.fetch(URL_A)).fromCache).toBe(true)
})

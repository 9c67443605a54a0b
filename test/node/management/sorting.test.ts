import { describe, expect, test } from 'vitest'
import type { SortOptions } from '../../../src/index.ts'
import type { Store } from '../../../src/store.ts'
import { A, B, KINDS, START, all, world } from './given.ts'
import type { World } from './given.ts'

async function filled(it: World): Promise<void> {
  await it.get(`${B}?times=2`, { httpCache: { expireAfter: 50 } })
  it.pass(1)
  await it.get(`${A}?times=5`, { httpCache: { expireAfter: Infinity } })
  it.pass(1)
  await it.get(`${A}?times=1`, { httpCache: { expireAfter: 10 } })
  it.pass(1)
  await it.get('https://example.org/%7Ec', { httpCache: { expireAfter: 70 } })
  it.pass(1)
  await it.get(`${B}?times=2`)
  await it.cache.store()
}

const queries: readonly [SortOptions, readonly string[]][] = [
  [{}, ['a?times=1', 'b?times=2', '%7Ec', 'a?times=5']],
  [{ key: 'expires', reversed: true }, ['a?times=5', '%7Ec', 'b?times=2', 'a?times=1']],
  [{ key: 'createdAt' }, ['b?times=2', 'a?times=5', 'a?times=1', '%7Ec']],
  [{ key: 'createdAt', reversed: true, limit: 2 }, ['%7Ec', 'a?times=1']],
  [{ key: 'size', limit: 1, reversed: true }, ['a?times=5']],
  [{ key: 'size' }, ['a?times=1', 'b?times=2', '%7Ec', 'a?times=5']],
  [{ key: 'url' }, ['a?times=1', 'a?times=5', 'b?times=2', '%7Ec']],
  [{ key: 'lastUsed', reversed: true, limit: 1 }, ['b?times=2']],
  [{ key: 'url', url: '/a*', valid: true, limit: 10 }, ['a?times=1', 'a?times=5']],
]

describe.each(KINDS)('sorting in %s', (kind) => {
  test('gives every order, from the store and without its help (RC-226)', async () => {
    await using it = await world(kind)
    await filled(it)
    // A store that has no orders, with the same entries.
    const plain: Store = { ...it.store, limits: { ...it.store.limits, orders: [] } }
    for (const cache of [it.cache, it.other({ backend: plain }), it.other({ expireAfter: '1h' })]) {
      for (const [options, expected] of queries) {
        const found = await all(cache.sorted(options))
        const urls = expected.map((path) => `https://example.org/${path}`)
        const given = JSON.stringify(options)
        expect({ given, urls: found.map(({ url }) => url) }).toEqual({ given, urls })
      }
    }
  })

  test('by expiry holds under other settings than those that it was stored with', async () => {
    await using it = await world(kind)
    for (const path of ['a', 'b', 'c']) await it.get(`https://example.org/${path}?h-cache-control=`)
    const ruled = it.other({ rules: { '/a': 300, '/b': 100, '/c': 200 } })
    const found = await all(ruled.sorted({ limit: 2 }))
    expect(found.map(({ expires, url }) => [url, expires])).toEqual(
      [
        [B, new Date(START + 100_000)],
        ['https://example.org/c', new Date(START + 200_000)],
      ].map(([url, expires]) => [`${String(url)}?h-cache-control=`, expires]),
    )
  })

  test('leaves out what goes meanwhile (trap 59)', async () => {
    await using it = await world(kind)
    for (const url of [A, B, 'https://example.org/c']) await it.get(url)
    const seen: string[] = []
    const plain: Store = { ...it.store, limits: { ...it.store.limits, orders: [] } }
    for await (const { url } of it.other({ backend: plain }).sorted({ key: 'url' })) {
      seen.push(url)
      await it.cache.delete(B)
    }
    expect(seen).toEqual([A, 'https://example.org/c'])
  })

  test('of URLs gives each once, by code units, also those kept under another (RC-217)', async () => {
    await using it = await world(kind, { noVarySearch: { params: ['utm'] } })
    for (const path of ['b', 'a?h-vary=accept', 'B', 'é', '%7Ec', 'z?utm=1', 'z?utm=1'])
      await it.get(`https://example.org/${path}`)
    await it.get(`${A}?h-vary=accept`, { headers: { accept: 'a/b' } })
    const expected = ['%7Ec', '%C3%A9', 'B', 'a?h-vary=accept', 'b', 'z?utm=1'].map(
      (path) => `https://example.org/${path}`,
    )
    expect(await all(it.cache.urls())).toEqual(expected)
    const plain: Store = { ...it.store, limits: { ...it.store.limits, orders: [] } }
    expect(await all(it.other({ backend: plain }).urls())).toEqual(expected)
    expect(await all(it.cache.urls({ url: '/b' }))).toEqual([B])
  })
})

test.each([
  [{ key: 'age' }, 'sorted.key: "age" is not accepted; give createdAt, expires, lastUsed, size, url'],
  [{ limit: 0 }, 'sorted.limit'],
  [{ reverse: true }, 'sorted."reverse" is not an option; use reversed'],
])('what is no order is refused: %j', async (options, message) => {
  await using it = await world('memory')
  // What is wrong is wrong in its type, too.
  await expect(all(it.cache.sorted(options as SortOptions))).rejects.toThrow(message)
})

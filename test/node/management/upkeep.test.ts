import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import type { Entry, Store } from '../../../src/store.ts'
import { A, B, KINDS, START, all, world } from './given.ts'

const one = { headers: { authorization: 'one' } }

describe.each(KINDS)('upkeep in %s', (kind) => {
  test('moves entries to the keys of the present settings, variants apart (trap 60, RC-220)', async () => {
    await using it = await world(kind, { allowableMethods: ['GET', 'POST'] })
    const vary = `${A}?h-vary=accept&utm=1`
    await it.get(vary, { headers: { accept: 'a/b' }, httpCache: { tags: ['x'] } })
    await it.get(vary, { headers: { accept: 'c/d' } })
    it.pass(5)
    await it.get(`${B}?utm=1&times=40000`)
    await it.get(`${B}?utm=2`)
    await it.get(`${B}?utm=3`, { method: 'POST', body: 'x' })
    await it.get(`${A}?key=secret`)
    const other = it.other({ noVarySearch: { params: ['utm', 'times'] }, ignoredParameters: ['key'] })
    expect(await other.has(`${A}?h-vary=accept`, { headers: { accept: 'c/d' } })).toBe(false)
    expect(await other.recreateKeys()).toBe(5)
    expect(await other.recreateKeys()).toBe(0)
    expect(await other.has(`${A}?h-vary=accept&utm=9`, { headers: { accept: 'a/b' } })).toBe(true)
    expect(await other.has(`${A}?h-vary=accept`, { headers: { accept: 'c/d' } })).toBe(true)
    expect(await other.has(`${A}?key=another`)).toBe(true)
    expect(JSON.stringify(await it.raw())).not.toContain('secret')
    const [tagged] = await all(other.filter({ tag: 'x' }))
    expect(tagged?.createdAt).toEqual(new Date(START))
    expect(tagged?.expires).toEqual(new Date(START + 60_000))
    expect(await other.count({ method: 'POST' })).toBe(1)
    // The two that differed in what no longer counts are one now.
    expect(await other.count({ url: '/b', method: 'GET' })).toBe(1)
    const sent = it.sent.length
    expect((await (await other.fetch(`${B}?utm=7`)).text()).length).toBeGreaterThan(1)
    expect(it.sent).toHaveLength(sent)
  })

  test('moves to and from a keyFn, and loses nothing that No-Vary-Search keeps', async () => {
    await using it = await world(kind)
    const url = `${A}?h-no-vary-search=params%3D("utm")`
    await it.get(`${url}&utm=1`)
    await it.get(B)
    const named = it.other({ keyFn: (request) => `k ${request.url}` })
    expect(await named.recreateKeys()).toBe(2)
    expect(await named.has(B)).toBe(true)
    expect(await it.cache.recreateKeys()).toBe(2)
    expect(await it.cache.has(`${url}&utm=2`)).toBe(true)
    expect(await it.cache.has(B)).toBe(true)
    expect(await it.cache.count()).toBe(2)
  })

  test('saves a response as if it had been fetched (RC-212)', async () => {
    await using it = await world(kind)
    const given = { headers: { 'cache-control': 'max-age=60', vary: 'accept', 'set-cookie': 'a=b' } }
    const response = new Response('saved', given)
    expect(await it.cache.save(A, response, { headers: { accept: 'a/b' } })).toBe(true)
    expect(response.bodyUsed).toBe(true)
    expect(await it.get(A, { headers: { accept: 'a/b' } })).toBe('saved')
    expect(it.sent).toHaveLength(0)
    const forbidden = new Response('x', { headers: { 'cache-control': 'no-store' } })
    expect(await it.cache.save(B, forbidden)).toBe(false)
    expect(await it.cache.save(B, new Response('x'), { method: 'POST', body: 'y' })).toBe(false)
    expect(await it.cache.save(B, new Response('x', given), { httpCache: { filterFn: () => false } })).toBe(false)
    const dated = { headers: { 'last-modified': new Date(START - 1e9).toUTCString() } }
    expect(await it.cache.save(B, new Response('guessed', dated))).toBe(true)
    expect(await it.get(B)).toBe('guessed')
    await expect(it.cache.save(A, response)).rejects.toThrow('response: a Response is not accepted')
    // What is wrong is wrong in its type, too.
    await expect(it.cache.save(A, 'text' as unknown as Response)).rejects.toThrow('response: "text" is not accepted')
    const fetched = await it.cache.fetch(B)
    expect(await it.other({}).save('https://example.org/c', fetched)).toBe(true)
    expect(await it.cache.count()).toBe(3)
  })

  test('tells by verification what is damaged, and removes it (RC-90)', async () => {
    await using it = await world(kind)
    for (const url of [A, `${A}?times=50000`, B]) await it.get(url)
    const broken: Store = {
      ...it.store,
      async *list(query) {
        for await (const entry of it.store.list(query)) yield entry.size > 1000 ? short(entry) : entry
      },
    }
    const [entry] = await it.raw()
    if (entry)
      await it.store.put(
        { ...entry.key, url: 'https://example.org/d' },
        { ...entry.meta, envelope: {} },
        new Uint8Array(1),
      )
    const cache = it.other({ backend: broken })
    const { checked, damaged } = await cache.verify()
    expect(checked).toBe(4)
    expect(damaged).toEqual([
      { cacheKey: `1 GET ${A}?times=50000`, why: 'its body has 3 of 100000 bytes' },
      { cacheKey: '1 GET https://example.org/d', why: 'its record is not of this release' },
    ])
    expect(await cache.count({ valid: true, invalid: true })).toBe(4)
    const told: object[] = []
    await cache.verify({ repair: true, onProgress: (progress) => void told.push(progress) })
    expect(await cache.count({ valid: true, invalid: true })).toBe(2)
    expect(told.at(-1)).toEqual({ done: 4, total: 4, bytes: 100_005 })
    await it.cache.vacuum()
  })

  test('copies all that another has, so that it hits, and again only what is new (RC-221)', async () => {
    await using it = await world(kind)
    await using from = await world('memory')
    const search = `${A}?h-no-vary-search=params%3D("utm")`
    await from.get(`${search}&utm=1`, { httpCache: { tags: ['x'] } })
    await from.get(`${B}?h-vary=accept`, { headers: { accept: 'a/b' } })
    await from.get(`${B}?h-vary=accept&times=50000`, one)
    it.pass(1)
    from.pass(1)
    expect(await it.cache.has(`${B}?h-vary=accept&times=50000`, one)).toBe(false)
    expect(await it.cache.update(from.cache)).toEqual({ copied: 3, present: 0, skipped: 0 })
    expect(await it.get(`${search}&utm=2`)).toBe('/a')
    await it.get(`${B}?h-vary=accept`, { headers: { accept: 'a/b' } })
    expect(await it.cache.has(`${B}?h-vary=accept&times=50000`, one)).toBe(true)
    expect(await it.get(`${B}?h-vary=accept&times=50000`, one)).toHaveLength(100_000)
    expect(it.sent).toHaveLength(0)
    const [tagged] = await all(it.cache.filter({ tag: 'x' }))
    expect(tagged?.createdAt).toEqual(new Date(START))
    await from.get('https://example.org/c')
    expect(await it.cache.update(await from.cache.store())).toEqual({ copied: 1, present: 3, skipped: 0 })
    await expect(it.cache.update(it.other({}))).rejects.toThrow('into itself')
  })

  test('skips by copying what another secret hides', async () => {
    await using it = await world(kind)
    await using from = await world('memory')
    await it.get(A, one)
    await from.get(A, one)
    await from.get(`${B}?h-vary=authorization&h-cache-control=public,max-age=60`, one)
    await from.get('https://example.org/c')
    expect(await it.cache.update(from.cache)).toEqual({ copied: 1, present: 0, skipped: 2 })
    expect(await it.get(A, one)).toBe('/a')
    expect(it.sent).toHaveLength(1)
  })

  test('skips by copying what goes, or is too large', async () => {
    await using it = await world(kind)
    const source = createMemoryStore()
    await using from = await world('memory', { backend: source })
    await from.get(A)
    await from.get(`${B}?times=50000`)
    const vanishing: Store = {
      ...source,
      async *list(query) {
        for await (const entry of source.list(query)) yield entry.size > 1000 ? gone(entry) : entry
      },
    }
    expect(await it.cache.update(vanishing)).toEqual({ copied: 1, present: 0, skipped: 1 })
    expect(await it.cache.count()).toBe(1)
    // What is wrong is wrong in its type, too.
    const nothing = {} as unknown as Store
    await expect(it.cache.update(nothing)).rejects.toThrow('source: {} is not accepted')
  })
})

const short = (entry: Entry): Entry => ({ ...entry, open: async () => new Blob(['abc']).stream() })

/** Fails in the middle. */
const gone = (entry: Entry): Entry => ({
  ...entry,
  async open() {
    const reader = (await entry.open()).getReader()
    let pieces = 0
    return new ReadableStream({
      async pull(controller) {
        if (pieces++ > 0) throw new Error('the disk has gone')
        controller.enqueue((await reader.read()).value ?? new Uint8Array())
      },
    })
  },
})

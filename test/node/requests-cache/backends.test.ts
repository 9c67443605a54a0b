/** Stores of one's own, and what of stored responses goes when. */
import { describe, expect, test } from 'vitest'
import type { Entry, Key, Meta, Store } from '../../../src/store.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import { all } from '../management/given.ts'
import { ORIGIN, as, confirming, post } from './given.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** As little as a backend can be: a map, which keeps no count of uses and orders nothing. */
function mapStore(): Store {
  const entries = new Map<string, Entry>()
  const idOf = ({ namespace, url, selector }: Key, { variant }: Meta): string =>
    JSON.stringify([namespace, url, selector, variant])
  const found = (wanted: Partial<Key & { variant: string; version: string }>): Entry[] =>
    [...entries.values()].filter((entry) => {
      const own: object = { ...entry.key, variant: entry.meta.variant, version: entry.version }
      return Object.entries(wanted).every(([name, value]) => value === undefined || Reflect.get(own, name) === value)
    })
  let puts = 0
  return {
    limits: { maxEntryBytes: 1e6, orders: [] },
    async open() {},
    async get({ namespace, url, selector }) {
      return found({ namespace, url, selector }).toReversed()
    },
    async put(key, meta, body) {
      const bytes: Bytes = await new Response(body).bytes()
      const open: Entry['open'] = async (start, end) => new Blob([bytes.subarray(start, end)]).stream()
      const entry = { key, meta, version: `${puts++}`, size: bytes.length, bytes, open }
      entries.delete(idOf(key, meta))
      entries.set(idOf(key, meta), entry)
      return entry
    },
    async update({ key, meta, version }, renewed) {
      const entry = entries.get(idOf(key, meta))
      if (entry?.version !== version) return false
      entries.set(idOf(key, meta), { ...entry, meta: renewed })
      return true
    },
    async delete(targets) {
      const gone = new Set(targets.flatMap((target) => found({ ...target })))
      for (const { key, meta } of gone) entries.delete(idOf(key, meta))
      return gone.size
    },
    async *list({ namespace, url }) {
      yield* found({ namespace, ...(url !== undefined && { url }) })
    },
    async usage(namespace) {
      const all = found({ namespace })
      return { entries: all.length, bytes: all.reduce((sum, { size }) => sum + size, 0) }
    },
    watch: () => () => {},
    async close() {},
  }
}

describe('a backend of one’s own', () => {
  test('is any object with the members of Store, and all of the cache works on it (RC-230)', async () => {
    await using at = world(confirming({ etag: '"1"', vary: 'x-a', ...cc('max-age=60') }), {}, mapStore())
    await text(at.fetch(URL_A, as('x-a', '1')))
    await text(at.fetch(URL_A, as('x-a', '2')))
    await text(at.fetch(`${ORIGIN}/b`, { headers: { authorization: 'me' } }))
    expect((await at.fetch(URL_A, as('x-a', '1'))).fromCache).toBe(true)
    at.pass(61)
    expect((await at.fetch(URL_A, as('x-a', '1'))).revalidated).toBe(true)
    expect(await all(at.cache.urls())).toEqual([URL_A, `${ORIGIN}/b`])
    expect(await at.cache.count({ expired: true })).toBe(2)
    const [oldest] = await all(at.cache.sorted({ key: 'size', limit: 1 }))
    expect(oldest?.url).toBe(URL_A)
    expect(await at.cache.delete(URL_A)).toBe(2)
    await at.cache.clear()
    expect(await at.cache.count()).toBe(0)
    expect(at.errors).toEqual([])
  })
})

describe('what is stored goes', () => {
  test('when it is old, however fresh, where that is asked for (HI-50)', async () => {
    await using at = world(numbered(cc('max-age=999999')))
    await text(at.fetch(URL_A))
    at.pass(60)
    await text(at.fetch(`${ORIGIN}/b`))
    at.pass(1)
    expect(await at.cache.delete({ olderThan: '1m' })).toBe(1)
    expect((await at.fetch(URL_A)).fromCache).toBe(false)
    expect((await at.fetch(`${ORIGIN}/b`)).fromCache).toBe(true)
  })

  test('when it was not used for long; each use puts that off (HI-51)', async () => {
    await using at = world(numbered(cc('max-age=999999')))
    for (const url of [URL_A, `${ORIGIN}/b`]) await text(at.fetch(url))
    at.pass(50)
    await text(at.fetch(URL_A))
    at.pass(50)
    expect(await at.cache.delete({ unusedFor: '1m' })).toBe(1)
    expect(await all(at.cache.urls())).toEqual([URL_A])
    at.pass(11)
    expect(await at.cache.delete({ unusedFor: '1m' })).toBe(1)
  })
})

describe('one request', () => {
  test('may have its method use the cache, and is matched by its body (HI-52)', async () => {
    await using at = world()
    const httpCache = { allowableMethods: ['POST'] }
    const ask = (body: string): Promise<string> => text(at.fetch(URL_A, { ...post(body), httpCache }))
    expect([await ask('x'), await ask('y'), await ask('x'), await ask('y')]).toEqual(['0', '1', '0', '1'])
    expect(await text(at.fetch(URL_A, post('x')))).toBe('2')
  })
})

describe('a body that nobody is given', () => {
  /** With a body that never ends, and tells when it is let go of. */
  const endless = (status: number, headers: HeadersInit, gone: () => void): Response =>
    new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536)), cancel: gone }), {
      status,
      headers,
    })

  test.each([
    ['of a failure that something stale stands in for', 500, { staleIfError: true }],
    ['of a redirect that is followed', 302, {}],
  ])('%s is cancelled, so that its connection is free again (HI-73)', async (_, status, options) => {
    const gone = Promise.withResolvers<void>()
    await using at = world(({ url }, count) => {
      const fails = status === 302 ? url === URL_A : count > 0
      if (fails) return endless(status, { location: '/b' }, gone.resolve)
      return new Response('kept', { headers: cc('max-age=60') })
    }, options)
    if (status === 500) await text(at.fetch(URL_A))
    at.pass(61)
    expect(await text(at.fetch(URL_A))).toBe('kept')
    await gone.promise
    await settled()
  })
})

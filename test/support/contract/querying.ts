import type { Meta, Order, Query, Store } from '../../../src/store.ts'
import type { Part } from './kit.ts'
import { bytes, key, listed, meta, pattern, START, target } from './kit.ts'

const SECOND = 1000
const ORDERS: readonly Order[] = ['createdAt', 'expiresAt', 'size', 'url', 'usedAt']
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

interface Row {
  readonly url: string
  readonly size: number
  readonly meta: Meta
}

/** Each value several times, in no order, and `null` among them. */
const ROWS: readonly Row[] = range(36).map((i) => ({
  url: `u${(i * 7) % 36}`,
  size: (i * 11) % 5,
  meta: meta('', {
    createdAt: START - (i % 6) * SECOND,
    reclaimAt: i % 2 === 0 ? null : START + i * SECOND,
    expiresAt: i % 4 === 3 ? null : START + ((i * 5) % 7) * SECOND,
    basis: i % 5 === 0 ? '' : 'b',
    tags: [[], ['t'], ['x y', 't'], ['x y']][i % 4] ?? [],
  }),
}))

async function fill(store: Store): Promise<void> {
  for (const namespace of ['http', 'named'])
    for (const { url, size, meta } of ROWS) await store.put(key(url, '', namespace), meta, pattern(1, size))
}

const MEMBERS: Omit<Query, 'namespace'> = {
  url: 'u21',
  reclaimableAt: START + 21 * SECOND,
  expired: { at: START + 3 * SECOND, basis: 'b' },
  createdBefore: START - 2 * SECOND,
  tag: 't',
}

/** What the members ask for, in words of its own. */
const ASKED: { readonly [name: string]: (row: Row) => boolean } = {
  url: ({ url }) => url === 'u21',
  reclaimableAt: ({ meta }) => meta.reclaimAt !== null && meta.reclaimAt <= START + 21 * SECOND,
  expired: ({ meta }) => meta.basis !== 'b' || (meta.expiresAt !== null && meta.expiresAt <= START + 3 * SECOND),
  createdBefore: ({ meta }) => meta.createdAt < START - 2 * SECOND,
  tag: ({ meta }) => meta.tags.includes('t'),
}

const VALUES: { readonly [order in Order]: (row: Row) => number | string } = {
  createdAt: ({ meta }) => meta.createdAt,
  expiresAt: ({ meta }) => meta.expiresAt ?? Infinity,
  size: ({ size }) => size,
  url: ({ url }) => url,
  // Each was put after the one before, and not used since.
  usedAt: (row) => ROWS.indexOf(row),
}

/** Queries give what they ask for, never less, in the order that they ask for. */
export function querying({ expect, checkListing, checkReopened, traits }: Part): void {
  async function check(store: Store, query: Query, names: readonly string[]): Promise<void> {
    const wanted = ROWS.filter((row) => names.every((name) => ASKED[name]?.(row)))
    const expected = wanted.map(({ url }) => url)
    const found = (await listed(store, query)).map((entry) => entry.key.url)
    if (traits.exact) expect(found.toSorted()).toEqual(expected.toSorted())
    const given = found.filter((url) => expected.includes(url))
    const { order, descending } = query
    if (order === undefined) return expect(given).toEqual(descending ? expected.toReversed() : expected)
    expect(given.toSorted()).toEqual(expected.toSorted())
    const valueOf = (url: string): number | string => {
      const row = ROWS.find((one) => one.url === url)
      return row ? VALUES[order](row) : NaN
    }
    expect(given.map(valueOf)).toEqual(expected.map(valueOf).sort(ascending(descending)))
  }

  for (const [name, value] of Object.entries(MEMBERS)) {
    checkListing(`list by ${name} finds what it asks for`, async ({ store }) => {
      await fill(store)
      for (const namespace of ['http', 'named']) await check(store, { namespace, [name]: value }, [name])
      await check(store, { namespace: 'http', [name]: value, descending: true }, [name])
    })
  }

  checkListing('list by any members together finds what all of them ask for', async ({ store }) => {
    await fill(store)
    for (const namespace of ['http', 'named']) {
      for (const query of subsets()) {
        const names = Object.keys(query)
        await check(store, { namespace, ...query }, names)
        const order = store.limits.orders[names.length % Math.max(1, store.limits.orders.length)]
        if (order) await check(store, { namespace, ...query, order, descending: names.length > 2 }, names)
      }
    }
  })

  checkListing('list without members can be had the other way round', async ({ store }) => {
    await fill(store)
    await check(store, { namespace: 'http', descending: true }, [])
  })

  for (const order of ORDERS) {
    checkListing(
      `list by ${order} is in that order, both ways, with null last and the same value twice`,
      async (bench) => {
        const { store, clock } = bench
        if (!store.limits.orders.includes(order)) return
        for (const { url, size, meta } of ROWS) {
          clock.now += SECOND
          await store.put(key(url), meta, pattern(1, size))
        }
        for (const descending of [false, true]) await check(store, { namespace: 'http', order, descending }, [])
      },
    )
  }

  checkListing('list by url goes by code units, whatever characters there are', async ({ store }) => {
    if (!store.limits.orders.includes('url')) return
    const odd = [
      'b',
      'a',
      'Z',
      '',
      'é',
      'ab',
      'a\0',
      'a\0b',
      'a\u0001',
      'a\u0002',
      '\uE000',
      '\uE001',
      '\uFFFD',
      '\uFFFF',
    ]
    odd.push(
      '\u{1F600}',
      '\u{10FFFF}',
      '\uD7FF',
      '\uD800',
      '\uDC00',
      '\uDFFF',
      '\uD83D',
      '\u{1F600}a',
      '\u{1F600}\uE000',
    )
    for (const url of odd) await store.put(key(url), meta(), bytes(''))
    const found = await listed(store, { order: 'url' })
    expect(found.map((entry) => entry.key.url)).toEqual(odd.toSorted(ascending(false)))
  })

  checkListing('list by usedAt knows each look-up, and says when it was', async ({ store, clock }) => {
    if (!store.limits.orders.includes('usedAt')) return
    const step = async (action: () => unknown): Promise<void> => {
      clock.now += SECOND
      await action()
    }
    for (const url of ['a', 'b', 'c', 'd']) await step(() => store.put(key(url), meta(), bytes('x')))
    await step(() => store.get(key('b')))
    await step(() => store.get(key('a')))
    const found = await listed(store, { order: 'usedAt' })
    expect(found.map((entry) => entry.key.url)).toEqual(['c', 'd', 'b', 'a'])
    const times = found.map((entry) => entry.usedAt ?? NaN)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    for (const [i, seconds] of [3, 4, 5, 6].entries()) {
      expect(times[i]).toBeGreaterThanOrEqual(START + seconds * SECOND)
      expect(times[i]).toBeLessThanOrEqual(START + seconds * SECOND + 100)
    }
  })

  checkListing('list knows what an update changed', async ({ store }) => {
    for (const url of ['a', 'b']) await store.put(key(url), meta('', { tags: ['old', 'both'] }), bytes('x'))
    const [a] = await listed(store)
    const times = { createdAt: START - 9, reclaimAt: START + 3, expiresAt: START + 1 }
    if (a) await store.update(a, meta('', { ...times, basis: 'b', tags: ['both', 'new'] }))
    const urls = async (query: Partial<Query>): Promise<string[]> => {
      const found = (await listed(store, query)).map((entry) => entry.key.url)
      return traits.exact ? found : found.filter((url) => url === 'a')
    }
    expect(await urls({ tag: 'new' })).toEqual(['a'])
    expect(await urls({ tag: 'both', createdBefore: START })).toEqual(['a'])
    expect(await urls({ expired: { at: START + 1, basis: '' } })).toEqual(['a'])
    expect(await urls({ expired: { at: START + 1, basis: 'b' }, createdBefore: START })).toEqual(['a'])
    expect(await urls({ reclaimableAt: START + 3 })).toEqual(['a'])
    if (traits.exact) expect((await listed(store, { tag: 'old' })).map((entry) => entry.key.url)).toEqual(['b'])
    if (traits.exact) expect(await urls({ expired: { at: START, basis: '' } })).toEqual(['a'])
    if (traits.exact) expect((await listed(store, { expired: { at: START, basis: 'b' } })).length).toBe(1)
  })

  checkListing('list by tag takes any characters, and forgets what went', async ({ store }) => {
    const odd = [
      '',
      ' ',
      '"',
      "'",
      'a,b',
      '\0',
      '\u0001',
      'é',
      '\u{1F600}',
      '\uD800',
      '%',
      '*',
      '__proto__',
      'x'.repeat(500),
    ]
    for (const [i, tag] of odd.entries()) await store.put(key(`${i}`), meta('', { tags: [tag] }), bytes(''))
    await store.put(key('all'), meta('', { tags: odd }), bytes(''))
    const found = await Promise.all(odd.map(async (tag) => namesOf(store, tag, traits.exact)))
    expect(found).toEqual(odd.map((_, i) => [`${i}`, 'all']))
    await store.put(key('all'), meta(), bytes(''))
    await store.delete([target(key('0'))])
    await store.put(key('1'), meta('', { tags: ['x'] }), bytes(''))
    for (const tag of ['', ' ', '"']) expect((await namesOf(store, tag, true)).filter((url) => url !== '2')).toEqual([])
  })

  for (const order of [undefined, ...ORDERS]) {
    checkListing(
      `list ${order ? `by ${order}` : 'by insertion, backwards'} yields each lasting entry once while others come, go and change`,
      async ({ store, clock }) => {
        if (order && !store.limits.orders.includes(order)) return
        for (const descending of order ? [false, true] : [true]) {
          const count = 321
          const at = (i: number): Meta =>
            meta('', { createdAt: START - i, expiresAt: i % 7 === 0 ? null : START + (i % 50) })
          await store.delete([{ namespace: 'http' }])
          for (const i of range(count)) await store.put(key(`u${i}`), at(i), pattern(1, i % 40))
          const lasting = range(count).filter((i) => i % 3 === 0)
          const seen: string[] = []
          let i = 0
          for await (const entry of store.list({ namespace: 'http', descending, ...(order && { order }) })) {
            seen.push(entry.key.url)
            clock.now += 1
            if (++i > 3000) throw new Error('The list follows what is put while it is read, without end')
            const [used, changed] = [(i * 123) % count, (i * 87) % count]
            if (used % 3 === 0) await store.get(key(`u${used}`))
            const [found] = changed % 3 === 0 ? await store.get(key(`u${changed}`), false) : []
            if (found) await store.update(found, at(i % 5 === 0 ? changed + 1000 : count - changed))
            if (i % 4 > 0) continue
            await store.delete([target(key(`u${(i * 3 + 1) % count}`))])
            await store.put(key(`new${i}`), at(i), pattern(1, i % 40))
          }
          const counts = lasting.map((one) => seen.filter((url) => url === `u${one}`).length)
          expect(counts).toEqual(lasting.map(() => 1))
          expect(new Set(seen).size).toBe(seen.length)
        }
      },
      {},
      60_000,
    )
  }

  checkReopened('queries and orders are the same after opening again', async ({ store, reopen }) => {
    await fill(store)
    await store.close()
    const again = await reopen()
    for (const [name, value] of Object.entries(MEMBERS)) {
      await check(again, { namespace: 'http', [name]: value }, [name])
    }
    for (const order of again.limits.orders) await check(again, { namespace: 'http', order }, [])
  })
}

/** All selections of members. */
const subsets = (): Partial<Query>[] =>
  range(2 ** Object.keys(MEMBERS).length).map((bits) =>
    Object.fromEntries(Object.entries(MEMBERS).filter((_, i) => bits & (1 << i))),
  )

const ascending =
  (descending: boolean | undefined) =>
  (a: number | string, b: number | string): number =>
    (a < b ? -1 : a > b ? 1 : 0) * (descending ? -1 : 1)

async function namesOf(store: Store, tag: string, exact = false): Promise<string[]> {
  const found = await listed(store, { tag })
  return found.filter((entry) => exact || entry.meta.tags.includes(tag)).map((entry) => entry.key.url)
}

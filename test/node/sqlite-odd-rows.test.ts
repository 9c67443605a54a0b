/** Rows that others changed by hand, or that a fault of the disk did. */
import { afterEach, describe, expect, test } from 'vitest'
import { createSqliteStore, type SqliteStoreOptions } from '../../adapters/sqlite.ts'
import type { SqliteDatabase } from '../../adapters/sqlite/driver.ts'
import type { Store, StoreEvent } from '../../src/store.ts'
import { bytes, first, key, listed, meta, outcome, text, urls } from '../support/contract/kit.ts'
import { beside, DRIVERS, folder, rows } from '../support/sqlite-place.ts'

/** What the store does behind an answer is done a turn later. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const [A, B] = [key('a'), key('b')]

describe.each(DRIVERS)('with %s', (driver) => {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  interface Bench {
    readonly store: Store
    readonly codes: () => unknown[]
    readonly other: SqliteDatabase
    readonly path: string
  }

  async function benchOf(options: SqliteStoreOptions = {}): Promise<Bench> {
    const place = folder()
    cleanups.push(place.remove)
    const path = place.file()
    const store = createSqliteStore({ driver, path, ...options })
    const heard: StoreEvent[] = []
    store.watch((event) => heard.push(event))
    cleanups.push(() => store.close())
    await store.open()
    const other = await beside(driver, path)
    cleanups.push(() => other.close())
    const codes = (): unknown[] =>
      heard.map((event) => (event.type === 'error' && 'code' in event.error ? event.error.code : event.type))
    return { store, codes, other, path }
  }

  test.each([
    'body = NULL',
    `body = 'text'`,
    'size = 7',
    'size = -1',
    `meta = 'text'`,
    "meta = x'c0'",
    `tags = '[]', meta = x'c1'`,
  ])('a row with %s is a miss, told of once, and removed', async (change) => {
    const { store, codes, other } = await benchOf()
    await store.put(A, meta('', { tags: ['t'] }), bytes('of a'))
    await store.put(B, meta(), bytes('of b'))
    const changed = change.startsWith('size = -1') ? 'size = -1' : change
    other.exec(`UPDATE stowaway_entries SET ${changed}, revision = 9 WHERE url = 'a'`)
    expect(await store.get(A)).toEqual([])
    await settled()
    expect(codes()).toEqual(['corrupt'])
    expect(urls(await listed(store))).toEqual(['b'])
    expect(rows(other, 'SELECT count(*) FROM stowaway_entries')[0]?.[0]).toBe(1)
    expect(await text(await first(store, B))).toBe('of b')
  })

  describe.each([`url = char(1) || 'zz'`, 'selector = char(57344)'])('a row with %s', (change) => {
    async function changed(): Promise<Bench> {
      const bench = await benchOf({ maxEntries: 3 })
      for (const of of [A, B, key('c')]) await bench.store.put(of, meta(), bytes(of.url))
      bench.other.exec(`UPDATE stowaway_entries SET ${change} WHERE url = 'a'`)
      return bench
    }

    test('does not end a list, and is removed', async () => {
      const { store, codes } = await changed()
      expect(urls(await listed(store))).toEqual(['b', 'c'])
      await settled()
      expect(urls(await listed(store, { order: 'createdAt' }))).toEqual(['b', 'c'])
      expect(codes()).toEqual(['corrupt'])
    })

    test('does not keep others from being put', async () => {
      const { store } = await changed()
      for (const url of ['d', 'e', 'f', 'g']) await store.put(key(url), meta(), bytes(url))
      expect(urls(await listed(store))).toEqual(['e', 'f', 'g'])
    })
  })

  test.each(['', 'x', '[', '{"a":1}', '[1,[2]]'])(
    'tags that are %j can be removed, changed and evicted',
    async (tags) => {
      const { store, other } = await benchOf({ maxEntries: 3 })
      for (const of of [A, B, key('c')]) await store.put(of, meta('', { tags: ['t'] }), bytes(of.url))
      const trigger = String(rows(other, "SELECT sql FROM sqlite_master WHERE name = 'stowaway_retagged'")[0]?.[0])
      other.exec(`DROP TRIGGER stowaway_retagged; UPDATE stowaway_entries SET tags = '${tags}'; ${trigger}`)
      const entry = await first(store, B)
      if (!entry) throw new Error('It is not found')
      expect(await store.update(entry, meta('', { tags: ['u'] }))).toBe(true)
      expect(await store.delete([{ ...A }])).toBe(1)
      for (const url of ['d', 'e', 'f', 'g']) await store.put(key(url), meta(), bytes(url))
      expect(urls(await listed(store))).toEqual(['e', 'f', 'g'])
    },
  )

  test('a file that others keep locked is an error with a code when it is opened', async () => {
    const { path, other, store } = await benchOf()
    await store.put(A, meta(), bytes('a'))
    await store.close()
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    const late = createSqliteStore({ driver, path, busyTimeout: 50 })
    expect(await outcome(() => late.open())).toBe('store-failure')
    await late.close()
    other.exec('ROLLBACK; PRAGMA locking_mode = NORMAL')
    rows(other, 'SELECT 1 FROM stowaway_about')
  })
})

import { afterEach, describe, expect, test } from 'vitest'
import { prepare, type Value } from '../../adapters/sqlite/driver.ts'
import { createEntries } from '../../adapters/sqlite/entries.ts'
import { createLister } from '../../adapters/sqlite/list.ts'
import { putEntry, updateEntry } from '../../adapters/sqlite/put.ts'
import { createRemover } from '../../adapters/sqlite/remove.ts'
import { idsBySize } from '../../adapters/sqlite/sizes.ts'
import { statementsOf } from '../../adapters/sqlite/statements.ts'
import { vacuum } from '../../adapters/sqlite/vacuum.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import type { Query } from '../../src/store.ts'
import { key, listed, MIB, meta, outcome, pattern, START } from '../support/contract/kit.ts'
import { random } from '../support/random.ts'
import { beside, DRIVERS, folder, rows } from '../support/sqlite-place.ts'
import { openSession } from '../support/sqlite-session.ts'

const COUNT = 450
const ORDERS = [undefined, 'createdAt', 'expiresAt', 'size', 'url', 'usedAt'] as const

describe.each(DRIVERS)('the listing of SQLite with %s', (driver) => {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  async function filled() {
    const { file, remove } = folder()
    cleanups.push(remove)
    const { session } = await openSession(driver, file())
    cleanups.push(() => session.database.close())
    const next = random(5)
    const some = (count: number): number => Math.floor(next() * count)
    const metaOf = () =>
      meta('', {
        createdAt: START - some(40),
        reclaimAt: some(3) === 0 ? null : START + some(100),
        expiresAt: some(4) === 0 ? null : START + some(60),
        basis: ['', 'a', 'b'][some(3)] ?? '',
        tags: some(2) === 0 ? [] : ['t', `u${some(4)}`],
      })
    for (let i = 0; i < COUNT; i++) {
      const namespace = some(5) === 0 ? 'named' : 'http'
      await putEntry(session, key(`${some(200)}`, `${i}`, namespace), metaOf(), pattern(i, some(9)), MIB)
    }
    const entries = createEntries(session, () => {})
    const list = async (query: Query, few?: number): Promise<string[]> => {
      const found: string[] = []
      for await (const entry of createLister(session, entries, few)(query)) found.push(entry.key.selector)
      return found
    }
    return { session, list, file: file() }
  }

  const subsets = (members: object): Partial<Query>[] =>
    Array.from({ length: 2 ** Object.keys(members).length }, (_, bits) =>
      Object.fromEntries(Object.entries(members).filter((_entry, i) => bits & (1 << i))),
    )

  test('gives the same whether few entries are sorted in memory or many looked at in order', async () => {
    const { list } = await filled()
    const members = {
      tag: 't',
      reclaimableAt: START + 80,
      expired: { at: START + 40, basis: 'a' },
      createdBefore: START - 5,
      descending: true,
    }
    let found = 0
    for (const namespace of ['http', 'named']) {
      for (const subset of subsets(members)) {
        for (const order of ORDERS) {
          const query = { namespace, ...subset, ...(order && { order }) }
          const [few, many] = [await list(query), await list(query, -1)]
          // Of equal URLs either may come first.
          const settled = (list: readonly string[]) => (order === 'url' ? list.toSorted() : list)
          expect(settled(few)).toEqual(settled(many))
          found += few.length
        }
      }
    }
    expect(found).toBeGreaterThan(20_000)
  })

  test('turns pages as well where a driver gives rows as objects, by the names of their columns', async () => {
    const { session, list } = await filled()
    const { database } = session
    const prepare = (sql: string) => {
      const statement = database.prepare(sql)
      return {
        run: (...values: Value[]) => statement.run(...values),
        all: (...values: Value[]) => statement.all(...values),
      }
    }
    const objects = { ...session, database: { prepare, exec: () => {}, close: () => {} } }
    const lister = createLister(
      objects,
      createEntries(session, () => {}),
      -1,
    )
    for (const order of ORDERS) {
      const query = { namespace: 'http', ...(order && { order }) }
      const found: string[] = []
      for await (const entry of lister(query)) found.push(entry.key.selector)
      expect(found).toEqual(await list(query, -1))
    }
  })

  test('finds tags of what was put, updated and deleted, also by hand', async () => {
    const { session, list } = await filled()
    const before = await list({ namespace: 'http', tag: 't' })
    const [one = '', two = '', three = ''] = before
    const idOf = (selector: string): number =>
      Number(rows(session.database, `SELECT id FROM stowaway_entries WHERE selector = '${selector}'`)[0]?.[0])
    await updateEntry(session, idOf(one), key('x'), meta('', { tags: ['new'] }))
    await createRemover(session)([{ namespace: 'http', selector: two }])
    session.database.exec(`DELETE FROM stowaway_entries WHERE id = ${idOf(three)}`)
    for (const few of [undefined, -1]) {
      expect(await list({ namespace: 'http', tag: 't' }, few)).toEqual(before.slice(3))
      expect(await list({ namespace: 'http', tag: 'new' }, few)).toEqual([one])
    }
    session.database.exec('DELETE FROM stowaway_entries')
    expect(rows(session.database, 'SELECT count(*) FROM stowaway_tags')).toEqual([[0]])
  })

  test('gives each entry once even where all of them move while it is read', async () => {
    const { session, list } = await filled()
    const all = await list({ namespace: 'http' })
    for (const order of ['createdAt', 'expiresAt', 'usedAt'] as const) {
      for (const descending of [false, true]) {
        const entries = createEntries(session, () => {})
        const found: string[] = []
        for await (const entry of createLister(session, entries)({ namespace: 'http', order, descending })) {
          found.push(entry.key.selector)
          if (found.length % 90 !== 0) continue
          session.database.exec(`UPDATE stowaway_entries SET used_at = id * ${found.length + 7} % 997,
            created_at = id * ${found.length + 13} % 997, expires_at = id * ${found.length + 17} % 997`)
        }
        expect(found.toSorted()).toEqual(all.toSorted())
      }
    }
  })

  test('uses an index for each page', async () => {
    const { session } = await filled()
    const texts: string[] = []
    const { database } = session
    const prepare = database.prepare.bind(database)
    database.prepare = (sql) => {
      texts.push(sql)
      return prepare(sql)
    }
    const list = createLister(
      session,
      createEntries(session, () => {}),
      -1,
    )
    const queries: Partial<Query>[] = [{}, { tag: 't' }, { order: 'createdAt' }, { order: 'expiresAt' }]
    queries.push(
      { order: 'url' },
      { order: 'usedAt' },
      { expired: { at: START, basis: 'a' } },
      { createdBefore: START },
    )
    for (const query of queries)
      for (const descending of [false, true]) for await (const _ of list({ namespace: 'http', descending, ...query }));
    const plans = texts
      .filter((sql) => sql.includes(' LIMIT '))
      .map((sql) => rows(database, `EXPLAIN QUERY PLAN ${sql.replaceAll('?', '1')}`).map((row) => row[3]))
    expect(plans.length).toBeGreaterThanOrEqual(16)
    const known = /^(SEARCH \w+ |SCAN \w+ )USING|^COMPOUND|^UNION|^LEFT-MOST/
    expect(plans.flat().filter((step) => !known.test(String(step)))).toEqual([])
    // Two bounds on the same side: the planner might start at the one that is further away.
    expect(texts.filter((sql) => sql.includes('id <= ?') && /\((id|entry)\) </.test(sql))).toEqual([])
  })

  test('and a look-up without a touch write nothing, and leave what is corrupt where it is', async () => {
    const { file, remove } = folder()
    cleanups.push(remove)
    const store = createSqliteStore({ driver, path: file() })
    cleanups.push(() => store.close())
    const codes: unknown[] = []
    store.watch((event) => void codes.push(event.type === 'error' && 'code' in event.error && event.error.code))
    for (const url of ['a', 'b']) await store.put(key(url), meta(), pattern(1, 9))
    const other = await beside(driver, file())
    cleanups.unshift(() => other.close())
    other.exec("UPDATE stowaway_entries SET meta = x'00', revision = 9 WHERE url = 'b'")
    const version = (): unknown => rows(other, 'PRAGMA data_version')[0]?.[0]
    const before = version()
    expect((await store.get(key('a'), false)).length).toBe(1)
    expect(await store.get(key('b'), false)).toEqual([])
    for (const order of store.limits.orders) expect((await listed(store, { order, url: 'a' })).length).toBe(1)
    await store.usage('http')
    expect([version(), codes]).toEqual([before, ['corrupt']])
    expect(await store.get(key('b'))).toEqual([])
    expect(rows(other, 'SELECT url FROM stowaway_entries')).toEqual([['a']])
  })

  test('and what opens and makes room take an index for what they look for, and sort nothing', async () => {
    const { session } = await filled()
    const texts: string[] = []
    const { database } = session
    const prepared = database.prepare.bind(database)
    database.prepare = (sql) => {
      texts.push(sql)
      return prepared(sql)
    }
    const statements = statementsOf(database)
    for (const name of Object.getOwnPropertyNames(statements)) Reflect.get(statements, name)
    const plans = texts
      .filter((sql) => sql.includes('FROM stowaway_entries') && !sql.includes('url = ?'))
      .map((sql) => rows(database, `EXPLAIN QUERY PLAN ${sql.replaceAll('?', '1')}`).map((row) => String(row[3])))
    expect(plans.length).toBeGreaterThanOrEqual(5)
    expect(plans.flat().filter((step) => /TEMP B-TREE|key \(namespace=\?\)$/.test(step))).toEqual([])
  })

  test('of versions goes by their ids, and no further than the other members say', async () => {
    const { session, list } = await filled()
    const [entry] = rows(session.database, "SELECT id, url, selector FROM stowaway_entries WHERE namespace = 'http'")
    const [id, url, selector] = (entry ?? []).map(String)
    const target = { namespace: 'http', url: `${url}`, selector: `${selector}`, variant: '' }
    const version = `${session.file}.${id}`
    const remove = createRemover(session)
    const before = await list({ namespace: 'http' })
    const others = [{ namespace: 'named' }, { url: `${url}x` }, { selector: 'x' }, { variant: 'x' }]
    for (const other of [...others, { version: `other.${id}` }])
      expect(await remove([{ ...target, version, ...other }])).toBe(0)
    expect(await list({ namespace: 'http' })).toEqual(before)
    expect(
      await remove([
        { ...target, version },
        { namespace: 'http', version },
      ]),
    ).toBe(1)
    expect((await list({ namespace: 'http' })).length).toBe(before.length - 1)
  })

  test('is in each order', () => {
    expect(createSqliteStore({ driver, path: ':memory:' }).limits.orders).toEqual(ORDERS.slice(1))
  })

  test('by size holds few ids at a time, whatever gaps there are between them', async () => {
    const { session } = await filled()
    session.database.exec('DELETE FROM stowaway_entries WHERE id % 100 > 60 OR id % 7 = 0')
    const asked: number[] = []
    const ask = async (text: string, values: readonly Value[]) => {
      const found = prepare(session.database, text).all(...values)
      asked.push(found.length)
      return found
    }
    const last = 400
    for (const descending of [false, true]) {
      const order = descending ? 'size DESC, id DESC' : 'size, id'
      const sql = `SELECT id FROM stowaway_entries WHERE namespace = 'http' AND id <= ${last} ORDER BY ${order}`
      const expected = rows(session.database, sql).map(([id]) => Number(id))
      expect(expected.length).toBeGreaterThan(100)
      for (const held of [1, 7, expected.length - 1, expected.length, expected.length + 1, 1000]) {
        const found: number[] = []
        for await (const ids of idsBySize(ask, last, descending, 5, { held, rows: 13 })) {
          expect(ids.length).toBeLessThanOrEqual(5)
          found.push(...ids)
        }
        expect(found).toEqual(expected)
      }
    }
    expect(Math.max(...asked)).toBeLessThanOrEqual(13)
  })

  test('vacuum gives free pages and the log back, and is refused while another process reads', async () => {
    const { session, file } = await filled()
    for (let i = 0; i < 60; i++) await putEntry(session, key(`large${i}`), meta(), pattern(i, 60_000), MIB)
    await createRemover(session)([{ namespace: 'http' }])
    const other = await beside(driver, file)
    other.exec('BEGIN')
    rows(other, 'SELECT count(*) FROM stowaway_entries')
    await putEntry(session, key('a'), meta(), pattern(1, 5), MIB)
    expect(await outcome(() => vacuum({ ...session, busyTimeout: 30 }))).toBe('store-failure')
    other.exec('COMMIT')
    other.close()
    await vacuum(session)
    expect(rows(session.database, 'PRAGMA freelist_count')).toEqual([[0]])
    expect(Number(rows(session.database, 'PRAGMA page_count')[0]?.[0])).toBeLessThan(100)
  })
})

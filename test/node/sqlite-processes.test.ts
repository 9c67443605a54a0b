import { afterEach, describe, expect, test } from 'vitest'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { upkeep } from '../../adapters/sqlite/upkeep.ts'
import type { Store } from '../../src/store.ts'
import { bytes, first, key, listed, marked, meta, outcome, pattern, text, urls } from '../support/contract/kit.ts'
import { beside, DRIVERS, folder, rows, start } from '../support/sqlite-place.ts'
import { openSession } from '../support/sqlite-session.ts'

const HOUR = 3_600_000

describe.each(DRIVERS)('processes that share a file through %s', (driver) => {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  function place(): { path: string; open(options?: object): Store } {
    const { file, remove } = folder()
    cleanups.push(remove)
    const open = (options = {}): Store => {
      const store = createSqliteStore({ driver, path: file(), ...options })
      cleanups.push(() => store.close())
      return store
    }
    return { path: file(), open }
  }

  function run(...args: Parameters<typeof start>): ReturnType<typeof start> {
    const child = start(...args)
    cleanups.push(() => child.kill())
    return child
  }

  test('lose no write, and see what the others wrote (RC-300, HI-65)', { timeout: 60_000 }, async () => {
    const { path, open } = place()
    const children = [0, 1].map((i) => run({ path, driver, job: { do: 'put', from: i * 300, to: i * 300 + 300 } }))
    const store = open()
    for (let i = 600; i < 900; i++) await store.put(key(`u${i}`), meta(), pattern(i, 100))
    expect(await Promise.all(children.map((child) => child.next()))).toEqual(['done', 'done'])
    const found = urls(await listed(store))
    expect(found.length).toBe(900)
    expect(new Set(found).size).toBe(900)
    const database = await beside(driver, path)
    expect(rows(database, 'SELECT entries, bytes FROM stowaway_totals')).toEqual(
      rows(database, 'SELECT count(*), sum(cost) FROM stowaway_entries'),
    )
    database.close()
  })

  test('update metadata that another process holds decoded', async () => {
    const { open } = place()
    const [one, two] = [open(), open()]
    const put = await one.put(key('a'), marked('1'), bytes('x'))
    expect((await first(two, key('a')))?.meta).toEqual(marked('1'))
    expect((await first(two, key('a')))?.meta).toBe((await first(two, key('a')))?.meta)
    await one.update(put, marked('2'))
    expect((await first(two, key('a')))?.meta).toEqual(marked('2'))
  })

  test('leave no half entry, and the old one whole, when one is killed while it writes', async () => {
    const { path, open } = place()
    const store = open()
    await store.put(key('a'), marked('old'), bytes('old'))
    const child = run({ path, driver, job: { do: 'stream', url: 'a', chunks: 12 } })
    expect(await child.next()).toBe('written')
    await child.kill()

    expect((await store.get(key('a'))).map((entry) => entry.meta)).toEqual([marked('old')])
    expect(await text(await first(store, key('a')))).toBe('old')
    await store.close()
    const database = await beside(driver, path)
    const chunks = (): unknown => rows(database, 'SELECT count(*) FROM stowaway_chunks')[0]?.[0]
    // The last chunks may have been on their way.
    expect(chunks()).toBeGreaterThanOrEqual(10)

    const { session, clock } = await openSession(driver, path)
    clock.now = Date.now()
    await upkeep(session)
    expect(chunks()).toBeGreaterThanOrEqual(10)
    clock.now += HOUR
    await upkeep(session)
    expect(chunks()).toBe(0)
    expect(rows(database, 'SELECT * FROM stowaway_loose')).toEqual([])
    session.database.close()
    database.close()
  })

  test('give up with an error when a lock is not released (RC-281)', async () => {
    const { path, open } = place()
    const store = open({ busyTimeout: 60 })
    await store.put(key('a'), meta(), bytes('a'))
    const database = await beside(driver, path)
    database.exec('BEGIN IMMEDIATE')
    expect(await outcome(() => store.put(key('b'), meta(), bytes('b')))).toBe('store-failure')
    expect(await text(await first(store, key('a')))).toBe('a')
    database.exec('COMMIT')
    expect(await outcome(() => store.put(key('b'), meta(), bytes('b')))).toBe('done')
    database.close()
  })

  test('wait for a lock that is released in time (HI-65)', async () => {
    const { path, open } = place()
    const store = open()
    await store.open()
    const database = await beside(driver, path)
    database.exec('BEGIN IMMEDIATE')
    const put = store.put(key('b'), meta(), bytes('b'))
    database.exec('COMMIT')
    expect((await put).size).toBe(1)
    database.close()
  })

  test('end by themselves while a store is open', async () => {
    const child = run({ path: place().path, driver, job: { do: 'end' } })
    expect(await child.next()).toBe('done')
    expect(await child.ended).toEqual({ code: 0, stderr: '' })
  })
})

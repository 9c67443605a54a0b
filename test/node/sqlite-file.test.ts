import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { closeSync } from 'node:fs'
import process from 'node:process'
import { afterEach, describe, expect, test } from 'vitest'
import { createSqliteStore, type SqliteStoreOptions } from '../../adapters/sqlite.ts'
import type { Store, StoreEvent } from '../../src/store.ts'
import {
  bytes,
  first,
  key,
  KIB,
  listed,
  marked,
  meta,
  MIB,
  outcome,
  pattern,
  source,
  text,
} from '../support/contract/kit.ts'
import { beside, DRIVERS, folder, rows, start } from '../support/sqlite-place.ts'

const A = key('a')
/** Root may write anywhere: a process that may not has to be another user's. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534 } : {}

describe.each(DRIVERS)('the file of a SQLite store with %s', (driver) => {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  function place() {
    const { path, file, remove } = folder()
    cleanups.push(remove)
    return { folder: path, file: file() }
  }

  function open(options: SqliteStoreOptions): { store: Store; errors: StoreEvent[]; codes(): unknown[] } {
    const store = createSqliteStore({ driver, ...options })
    const errors: StoreEvent[] = []
    store.watch((event) => void (event.type === 'error' && errors.push(event)))
    cleanups.push(() => store.close())
    const codes = () =>
      errors.map((event) => (event.type === 'error' && 'code' in event.error ? event.error.code : event))
    return { store, errors, codes }
  }

  async function filled(file: string): Promise<void> {
    const { store } = open({ path: file })
    for (let i = 0; i < 50; i++) await store.put(key(`u${i}`), meta(), pattern(i, 4 * KIB))
    await store.put(A, marked('a'), bytes('a'))
    await store.close()
  }

  test('is made with its folders', async () => {
    const { folder } = place()
    const path = `${folder}/x/y ?%20#/z.sqlite`
    const { store } = open({ path })
    await store.open()
    expect(existsSync(path)).toBe(true)
  })

  test('is not needed for a store in memory (HI-64)', async () => {
    const { store } = open({ path: ':memory:' })
    await store.put(A, meta(), bytes('a'))
    expect(await text(await first(store, A))).toBe('a')
    expect(existsSync(':memory:')).toBe(false)
  })

  test('is an unusable path where a folder is, or where its folder is a file', async () => {
    const { folder, file } = place()
    writeFileSync(file, '')
    for (const path of [folder, `${file}/x.sqlite`]) {
      const { store } = open({ path })
      expect(await outcome(() => store.open())).toBe('unusable-path')
      expect(await outcome(() => store.get(A))).toBe('unusable-path')
    }
  })

  test('of a newer release is refused and left as it is', async () => {
    const { file } = place()
    await filled(file)
    const database = await beside(driver, file)
    database.exec("UPDATE stowaway_about SET value = 99 WHERE name = 'schema'")
    const { store } = open({ path: file })
    expect(await outcome(() => store.open())).toBe('unusable-path')
    expect(rows(database, 'SELECT count(*) FROM stowaway_entries')).toEqual([[51]])
    database.close()
    expect(existsSync(`${file}.corrupt`)).toBe(false)
  })

  test('may hold tables of an application', async () => {
    const { file } = place()
    const database = await beside(driver, file)
    database.exec('CREATE TABLE entries (x); INSERT INTO entries VALUES (1); PRAGMA user_version = 7')
    const { store } = open({ path: file })
    await store.put(A, meta(), bytes('a'))
    await store.delete([{ namespace: 'http' }])
    expect(rows(database, 'SELECT x FROM entries')).toEqual([[1]])
    expect(rows(database, 'PRAGMA user_version')).toEqual([[7]])
    database.close()
  })

  test('that is no database is kept under another name and reported once', async () => {
    const { file } = place()
    const foreign = 'dear diary, '.repeat(1000)
    writeFileSync(file, foreign)
    writeFileSync(`${file}.corrupt`, 'an earlier one')
    const { store, codes } = open({ path: file })
    expect(await store.get(A)).toEqual([])
    await store.put(A, meta(), bytes('a'))
    expect(await text(await first(store, A))).toBe('a')
    expect(codes()).toEqual(['corrupt'])
    expect(readFileSync(`${file}.corrupt`, 'utf8')).toBe('an earlier one')
    expect(readFileSync(`${file}.corrupt-2`, 'utf8')).toBe(foreign)
  })

  test('that is no database and is not called like one is somebody else’s, and is left alone', async () => {
    const { file } = place()
    const path = file.replace(/\.\w+$/, '.mjs')
    writeFileSync(path, 'console.log(1)\n')
    const { store } = open({ path })
    await expect(store.open()).rejects.toMatchObject({ code: 'unusable-path' })
    expect(readFileSync(path, 'utf8')).toBe('console.log(1)\n')
    expect(existsSync(`${path}.corrupt`)).toBe(false)
  })

  test('that is damaged is a miss, and replaced (RC-283)', async () => {
    const { file } = place()
    await filled(file)
    const { size } = statSync(file)
    const descriptor = openSync(file, 'r+')
    writeSync(descriptor, new Uint8Array(size - 4096).fill(0xa5), 0, size - 4096, 4096)
    closeSync(descriptor)
    const { store, codes } = open({ path: file })
    expect(await store.get(A)).toEqual([])
    await store.put(A, meta(), bytes('new'))
    expect(await text(await first(store, A))).toBe('new')
    expect(codes()).toEqual(['corrupt'])
    expect(statSync(`${file}.corrupt`).size).toBe(size)
  })

  test('that is damaged while it is open is a miss, and replaced', async () => {
    const { file } = place()
    await filled(file)
    const { store, codes } = open({ path: file })
    await store.open()
    const { size } = statSync(file)
    const descriptor = openSync(file, 'r+')
    writeSync(descriptor, new Uint8Array(size - 4096).fill(0xa5), 0, size - 4096, 4096)
    closeSync(descriptor)
    // Pages that were read before may still be right.
    for (let i = 0; i < 50; i++) await outcome(() => store.get(key(`u${i}`)))
    await store.put(A, meta(), bytes('new'))
    expect(await text(await first(store, A))).toBe('new')
    expect(codes()).toEqual(['corrupt'])
  })

  test.each(['', '00', 'c1', '95', 'ffffffff', '81a161'])(
    'with metadata %j instead is a miss, repaired and reported (RC-233)',
    async (hex) => {
      const { file } = place()
      const { store, codes } = open({ path: file })
      await store.put(A, marked('a'), bytes('a'))
      await store.put(key('b'), marked('b'), bytes('b'))
      const database = await beside(driver, file)
      database.exec(`UPDATE stowaway_entries SET meta = x'${hex}', revision = 9 WHERE url = 'a'`)
      expect(await store.get(A)).toEqual([])
      expect(codes()).toEqual(['corrupt'])
      expect(rows(database, 'SELECT url FROM stowaway_entries')).toEqual([['b']])
      expect((await listed(store)).length).toBe(1)
      database.close()
    },
  )

  test('with a body of another length is a miss, or gone while it is read', async () => {
    const { file } = place()
    const { store, codes } = open({ path: file })
    await store.put(A, meta(), bytes('abc'))
    const large = await store.put(key('large'), meta(), source(1, MIB).stream)
    const database = await beside(driver, file)
    database.exec("UPDATE stowaway_entries SET body = x'00' WHERE url = 'a'")
    database.exec('DELETE FROM stowaway_chunks WHERE id = (SELECT max(id) FROM stowaway_chunks)')
    database.close()
    expect(await store.get(A)).toEqual([])
    expect(codes()).toEqual(['corrupt'])
    expect(await outcome(async () => new Response(await large.open()).arrayBuffer())).toBe('gone')
  })

  test('makes room when the disk is full (RC-281)', async () => {
    const { file } = place()
    const database = await beside(driver, file)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA max_page_count = 1500')
    const { store } = open({ database, path: file })
    for (let i = 0; i < 200; i++) await store.put(key(`u${i}`), meta(), pattern(i, 40 * KIB))
    const large = await store.put(key('large'), meta(), source(1, 3 * MIB).stream)
    expect(large.size).toBe(3 * MIB)
    const kept = (await listed(store)).map((entry) => entry.key.url)
    expect(kept).toContain('large')
    expect(kept).not.toContain('u0')
    await store.close()
    database.close()
  })

  test('keeps what there is when the disk is full and nothing may go (RC-281)', async () => {
    const { file } = place()
    const database = await beside(driver, file)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA max_page_count = 500')
    const { store } = open({ database, path: file })
    await store.put(key('named', '', 'named'), meta(), pattern(1, 40 * KIB))
    await store.put(A, marked('old'), bytes('old'))
    expect(await outcome(() => store.put(A, marked('new'), source(1, 8 * MIB).stream))).toBe('too-large')
    expect((await store.get(A)).map((entry) => entry.meta)).toEqual([marked('old')])
    expect((await store.get(key('named', '', 'named'))).length).toBe(1)
    await store.put(A, marked('newer'), bytes('newer'))
    expect(await text(await first(store, A))).toBe('newer')
    await store.close()
    expect(rows(database, 'SELECT count(*) FROM stowaway_chunks')).toEqual([[0]])
    database.close()
  })

  test('of the application stays open, with its settings', async () => {
    const { file } = place()
    const database = await beside(driver, file)
    const { store } = open({ database })
    await store.put(A, meta(), bytes('a'))
    await store.close()
    expect(rows(database, 'PRAGMA journal_mode')).toEqual([['delete']])
    const { store: again } = open({ database })
    expect(await text(await first(again, A))).toBe('a')
    await again.close()
    database.close()
  })

  describe('that can only be read', () => {
    const attempt = async (file: string): Promise<unknown> => {
      const child = start({ path: file, driver, ...NOBODY, job: { do: 'try' } })
      cleanups.push(() => child.kill())
      return child.next()
    }
    const READ = { open: 'done', get: 1, put: 'unusable-path' }

    test('is read', async () => {
      const { folder, file } = place()
      await filled(file)
      chmodSync(folder, 0o777)
      chmodSync(file, 0o444)
      expect(await attempt(file)).toEqual(READ)
    })

    test('is read in a folder that can only be read', async () => {
      const { folder, file } = place()
      await filled(file)
      chmodSync(file, 0o444)
      chmodSync(folder, 0o555)
      cleanups.push(() => chmodSync(folder, 0o755))
      expect(await attempt(file)).toEqual(READ)
    })

    test('is an unusable path where there is none yet', async () => {
      const { folder } = place()
      mkdirSync(`${folder}/sub`)
      chmodSync(folder, 0o755)
      chmodSync(`${folder}/sub`, 0o555)
      const none = { open: 'unusable-path', get: 'unusable-path', put: 'unusable-path' }
      expect(await attempt(`${folder}/sub/x.sqlite`)).toEqual(none)
      expect(await attempt(`${folder}/sub/sub/x.sqlite`)).toEqual(none)
    })
  })
})

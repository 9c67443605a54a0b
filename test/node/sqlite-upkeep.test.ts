import { afterEach, describe, expect, test } from 'vitest'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { flushUses, upkeep } from '../../adapters/sqlite/upkeep.ts'
import {
  bytes,
  first,
  key,
  listed,
  meta,
  MIB,
  outcome,
  read,
  scan,
  source,
  START,
  target,
} from '../support/contract/kit.ts'
import { DRIVERS, folder, rows } from '../support/sqlite-place.ts'
import { openSession } from '../support/sqlite-session.ts'

const MINUTE = 60_000

describe.each(DRIVERS)('the upkeep of a SQLite store with %s', (driver) => {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })

  async function place() {
    const { file, remove } = folder()
    const store = createSqliteStore({ driver, path: file(), now: () => START })
    await store.open()
    const inside = await openSession(driver, file())
    cleanups.push(
      remove,
      () => store.close(),
      () => inside.session.database.close(),
    )
    return { store, ...inside }
  }

  test('removes what may be reclaimed, of http only, and says so (RC-291)', async () => {
    const { store, session, clock, events } = await place()
    for (let i = 0; i < 450; i++) await store.put(key(`old${i}`), meta('', { reclaimAt: START + i }), bytes('x'))
    await store.put(key('later'), meta('', { reclaimAt: START + MINUTE }), bytes('x'))
    await store.put(key('never'), meta(), bytes('x'))
    await store.put(key('named', '', 'named'), meta('', { reclaimAt: START }), bytes('x'))
    clock.now = START + 449
    await upkeep(session)
    expect((await listed(store)).map((entry) => entry.key.url)).toEqual(['later', 'never'])
    expect((await store.get(key('named', '', 'named'))).length).toBe(1)
    expect(events.length).toBe(450)
    expect(events[0]).toEqual({ type: 'evicted', key: key('old0'), variant: '', reason: 'expired' })
  })

  test('removes the body of an entry that is gone, after other processes had a minute to read it (HI-63)', async () => {
    const { store, session, clock } = await place()
    const chunks = (): unknown => rows(session.database, 'SELECT count(*) FROM stowaway_chunks')[0]?.[0]
    const put = await store.put(key('a'), meta(), source(1, 2 * MIB).stream)
    const reading = await put.open()
    await store.delete([target(key('a'))])
    expect(chunks()).toBe(8)
    await upkeep(session)
    clock.now += MINUTE - 1
    await upkeep(session)
    expect(chunks()).toBe(8)
    expect((await read(put)).length).toBe(2 * MIB)
    clock.now += 1
    await upkeep(session)
    expect(chunks()).toBe(0)
    // The store's own upkeep would have spared it: this was another process.
    expect(await outcome(() => scan(reading, 1))).toBe('gone')
    expect(await outcome(() => put.open())).toBe('gone')
  })

  test('spares a body as long as this process reads it', async () => {
    const { session, clock } = await place()
    const { openBody, writeBody, discardBody } = await import('../../adapters/sqlite/bodies.ts')
    const { bodyId } = await writeBody(session, source(1, MIB).stream, MIB, () => 0)
    const id = Number(bodyId)
    const reading = await openBody(session, id, MIB)
    session.writing.delete(id)
    session.sql.dropBody.run(0, id)
    clock.now += 60 * MINUTE
    await upkeep(session)
    expect(await scan(reading, 1)).toEqual({ length: MIB, same: true })
    await upkeep(session)
    expect(rows(session.database, 'SELECT * FROM stowaway_chunks')).toEqual([])
    await discardBody(session, id)
  })

  test('takes no writer for dead that is heard of, and tells one that was', async () => {
    const { store, session, clock } = await place()
    const { session: other, clock: its } = await openSession(driver, session.path)
    cleanups.push(() => other.database.close())
    const stream = source(1, 2 * MIB, {
      chunk: 256 * 1024,
      async before(offset) {
        if (offset !== MIB) return
        clock.now = its.now = START + 14 * MINUTE
        await upkeep(session)
        its.now += 14 * MINUTE
        await upkeep(other)
      },
    }).stream
    const { putEntry } = await import('../../adapters/sqlite/put.ts')
    const put = (body: typeof stream) => putEntry(session, key('a'), meta(), body, 1e9)
    expect(await outcome(() => put(stream))).toBe('done')
    expect(await scan(await (await first(store, key('a')))!.open(), 1)).toEqual({ length: 2 * MIB, same: true })

    const late = source(2, 2 * MIB, {
      chunk: 256 * 1024,
      async before(offset) {
        if (offset !== MIB) return
        its.now = clock.now + 20 * MINUTE
        await upkeep(other)
      },
    }).stream
    expect(await outcome(() => put(late))).toBe('store-failure')
    expect(await scan(await (await first(store, key('a')))!.open(), 1)).toEqual({ length: 2 * MIB, same: true })
  })

  test('writes times of use together, and the order in which entries go outlives the process', async () => {
    const { store, session } = await place()
    for (const url of ['a', 'b', 'c']) await store.put(key(url), meta(), bytes(url))
    await store.get(key('a'))
    const order = (): unknown =>
      rows(session.database, 'SELECT url FROM stowaway_entries ORDER BY used_at').flat().join('')
    expect(order()).toBe('abc')
    await store.close()
    expect(order()).toBe('bca')
    session.uses.set(2, START + 1000)
    await flushUses(session)
    expect(order()).toBe('cab')
    expect(session.uses.size).toBe(0)
  })

  test('gives the disk back what deleted bodies took', async () => {
    const { store, session, clock } = await place()
    const pages = (): number => Number(rows(session.database, 'PRAGMA page_count')[0]?.[0])
    const empty = pages()
    await store.put(key('a'), meta(), source(1, 16 * MIB).stream)
    expect(pages()).toBeGreaterThan(4096)
    await store.delete([target(key('a'))])
    await upkeep(session)
    clock.now += MINUTE
    await upkeep(session)
    expect(pages()).toBeLessThan(empty + 1024)
  })
})

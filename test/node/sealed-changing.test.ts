/** What others do to a sealed store while it is in use. */
import { describe, expect, test } from 'vitest'
import { withEncryption } from '../../adapters/encryption.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { withSigning } from '../../adapters/signing.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import type { Store } from '../../src/store.ts'
import { bytes, first, key, listed, marked, meta, outcome, pattern, source, text } from '../support/contract/kit.ts'
import { beside, DRIVERS, folder, rows } from '../support/sqlite-place.ts'

const named = (...ids: readonly number[]) => ({
  keys: ids.map((id) => ({ id: `k${id}`, key: new Uint8Array(32).fill(id) })),
})
const [A, B] = [key('https://a.test/a'), key('https://a.test/b')]

describe.each(Object.entries({ encryption: withEncryption, signing: withSigning }))('%s', (_, wrap) => {
  test.each(DRIVERS)('notices that rows changed places after it has read them (%s)', async (driver) => {
    const place = folder()
    const inner = createSqliteStore({ driver, path: place.file() })
    const store = wrap(inner, named(1))
    try {
      await store.put(A, marked('a'), bytes('of a'))
      await store.put(B, marked('b'), bytes('of b'))
      expect(await text(await first(store, A))).toBe('of a')
      const other = await beside(driver, place.file())
      const urls = rows(other, 'SELECT url FROM stowaway_entries ORDER BY id').map(([url]) => String(url))
      other.exec(`UPDATE stowaway_entries SET url = 'x' WHERE id = 1`)
      other.exec(`UPDATE stowaway_entries SET url = '${urls[0]}' WHERE id = 2`)
      other.exec(`UPDATE stowaway_entries SET url = '${urls[1]}' WHERE id = 1`)
      other.close()
      expect(await listed(store)).toEqual([])
      expect([await store.get(A), await store.get(B)]).toEqual([[], []])
    } finally {
      await store.close()
      place.remove()
    }
  })

  /** A store that calls back before it puts. */
  function pausing(inner: Store, before: { put: () => Promise<void> }): Store {
    return {
      ...inner,
      async put(...given) {
        await before.put()
        return inner.put(...given)
      },
    }
  }

  test('rotate keeps what an update has changed since it was listed', async () => {
    const inner = createMemoryStore()
    const former = wrap(inner, named(1))
    for (const of of [A, B]) await former.put(of, marked('old'), bytes(of.url))
    const before = { put: async () => {} }
    const paged: Store = {
      ...pausing(inner, before),
      // In one page, which is read before anything else.
      async *list(query) {
        yield* await listed(inner, query)
      },
    }
    const store = wrap(paged, named(2, 1))
    const entries = [await first(former, A), await first(former, B)]
    before.put = async () => {
      before.put = async () => {}
      for (const entry of entries) if (entry) await former.update(entry, marked('new'))
    }
    expect(await store.rotate()).toBe(2)
    expect([(await first(store, A))?.meta, (await first(store, B))?.meta]).toEqual([marked('new'), marked('new')])
  })

  test.each([100, 300_000])('rotate does not put back what was replaced meanwhile (%d bytes)', async (size) => {
    const inner = createMemoryStore()
    await wrap(inner, named(1)).put(A, marked('old'), pattern(1, size))
    const before = { put: async () => {} }
    const store = wrap(pausing(inner, before), named(2, 1))
    const other = wrap(inner, named(2, 1))
    before.put = async () => {
      before.put = async () => {}
      await other.put(A, marked('new'), bytes('new'))
    }
    await store.rotate()
    const found = await first(store, A)
    expect([found?.meta, await text(found)]).toEqual([marked('new'), 'new'])
    expect(await listed(store)).toHaveLength(1)
  })

  test('a stream that the store refuses unread is cancelled', async () => {
    const inner = createMemoryStore()
    const store = wrap(inner, named(1))
    await inner.close()
    const made = source(1, 1_000_000)
    expect(await outcome(() => store.put(A, meta(), made.stream))).toBe('closed')
    expect([made.pulled, made.cancelled]).toEqual([0, true])
  })

  test('rotate does not bring back what was removed meanwhile', async () => {
    const inner = createMemoryStore()
    await wrap(inner, named(1)).put(A, meta(), pattern(1, 300_000))
    const before = { put: async () => {} }
    const store = wrap(pausing(inner, before), named(2, 1))
    before.put = async () => {
      before.put = async () => {}
      await store.delete([{ namespace: 'http', url: A.url }])
    }
    await store.rotate()
    expect(await listed(store)).toEqual([])
  })
})

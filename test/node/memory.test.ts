import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../adapters/memory.ts'
import { bytes, first, key, meta } from '../support/contract/kit.ts'
import { storeContract } from '../store-contract.ts'
import { liveBytes } from '../support/live-bytes.ts'

describe('the memory store', () => {
  storeContract({ describe, expect, test }, (options) => ({ store: createMemoryStore(options) }), {
    exact: true,
    resident: true,
    liveBytes,
  })

  test('get answers without a promise, and with the same objects each time', async () => {
    const store = createMemoryStore()
    const put = await store.put(key('a'), meta(), bytes('x'))
    const found = store.get(key('a'))
    expect(Array.isArray(found)).toBe(true)
    expect(store.get(key('a'))).toBe(found)
    expect(await first(store, key('a'))).toBe(put)
  })

  test('what get found stays as it was found', async () => {
    const store = createMemoryStore()
    await store.put(key('a'), meta('one'), bytes('x'))
    const found = await store.get(key('a'))
    await store.put(key('a'), meta('two'), bytes('y'))
    await store.delete([key('a')])
    expect(found.map((entry) => entry.meta.variant)).toEqual(['one'])
  })

  test('nothing that get found can be written to, but the bytes (RC-253, RC-290)', async () => {
    const store = createMemoryStore()
    await store.put(key('a'), meta('', { tags: ['t'], envelope: { headers: [['a', 'b']] } }), bytes('x'))
    const found = await store.get(key('a'))
    const parts: unknown[] = [found, found[0], found[0]?.key, found[0]?.meta, found[0]?.meta.tags]
    const headers = found[0]?.meta.envelope['headers']
    parts.push(found[0]?.meta.envelope, headers, Array.isArray(headers) && headers[0])
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true))
  })

  test('a 65th variant of a key drops the oldest, in the HTTP cache only', async () => {
    const store = createMemoryStore()
    for (let i = 0; i < 65; i++) {
      await store.put(key('a'), meta(`${i}`), bytes('x'))
      await store.put(key('a', '', 'named'), meta(`${i}`), bytes('x'))
    }
    const http = await store.get(key('a'))
    expect([http.length, http.at(0)?.meta.variant, http.at(-1)?.meta.variant]).toEqual([64, '64', '1'])
    expect((await store.get(key('a', '', 'named'))).length).toBe(65)
  })

  test('a view of another type of bytes is copied as well', async () => {
    const store = createMemoryStore()
    const buffer = Buffer.from('before')
    await store.put(key('a'), meta(), buffer)
    buffer.fill(0)
    const found = await first(store, key('a'))
    expect(new TextDecoder().decode(found?.bytes)).toBe('before')
    expect(found?.bytes?.constructor).toBe(Uint8Array)
  })

  test('64 MiB are kept by default, of which one body may be half (RC-290)', async () => {
    const store = createMemoryStore()
    expect(store.limits.maxEntryBytes).toBe(32 * 1024 * 1024)
    expect(createMemoryStore({ maxBytes: 1000, maxEntryBytes: 2000 }).limits.maxEntryBytes).toBe(1000)
    for (let i = 0; i < 20; i++) await store.put(key(`${i}`), meta(), new Uint8Array(7 * 1024 * 1024))
    const kept: string[] = []
    for await (const entry of store.list({ namespace: 'http' })) kept.push(entry.key.url)
    expect(kept.length).toBe(9)
  })
})

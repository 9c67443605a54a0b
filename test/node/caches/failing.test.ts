import { describe, expect, test } from 'vitest'
import { StowawayError } from '../../../src/index.ts'
import type { Store } from '../../../src/store.ts'
import { A, B, KINDS, text, urls, world } from './given.ts'

/** The same store, which fails from the n-th call of one of its members on, as if the process had died there. */
function dying(store: Store, member: 'delete' | 'put' | 'update', calls: number): Store {
  let left = calls
  return {
    ...store,
    async [member](...given: never[]) {
      if (left-- <= 0) throw new StowawayError('store-failure', 'died')
      // The member's own arguments.
      return (store[member] as (...given: never[]) => Promise<unknown>)(...given)
    },
  } as Store
}

describe.each(KINDS)('a named cache over %s that fails', (kind) => {
  test('rejects a body that is too large with QuotaExceededError, and keeps what was there', async () => {
    await using given = await world(kind, () => new Response('x'.repeat(2000)), { maxEntryBytes: 1000 })
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('old'))
    for (const attempt of [cache.put(A, new Response('x'.repeat(2000))), cache.add(A), cache.addAll([A, B])]) {
      const error: unknown = await attempt.catch((fault: unknown) => fault)
      expect(error).toBeInstanceOf(DOMException)
      expect(error).toMatchObject({ name: 'QuotaExceededError', cause: { code: 'too-large' } })
    }
    expect([await urls(cache), await text(await cache.match(A))]).toEqual([[A], 'old'])
  })

  test('is never evicted, whatever the budget', async () => {
    await using given = await world(kind, undefined, { maxBytes: 100_000, maxEntries: 2 })
    const cache = await given.caches.open('v1')
    for (let index = 0; index < 5; index++) await cache.put(`${A}${index}`, new Response('x'.repeat(1000)))
    for (let index = 0; index < 5; index++) await (await given.cache.fetch(`${B}${index}`)).text()
    expect(await cache.keys()).toHaveLength(5)
  })

  test('rejects with TypeError once it is closed, and says why', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await given.cache.close()
    const error: unknown = await cache.match(A).catch((fault: unknown) => fault)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ cause: { code: 'closed' } })
    await expect(given.caches.keys()).rejects.toBeInstanceOf(TypeError)
  })

  test('writes nothing where the cache is readOnly', async () => {
    await using given = await world(kind)
    await (await given.caches.open('v1')).put(A, new Response('x'))
    const { caches, close } = given.other({ readOnly: true })
    const cache = await caches.open('v1')
    expect(await text(await cache.match(A))).toBe('x')
    const attempts = [
      () => cache.put(B, new Response('x')),
      () => cache.add(B),
      () => cache.delete(A),
      () => caches.delete('v1'),
      () => caches.open('v2'),
    ]
    for (const attempt of attempts) {
      const error: unknown = await attempt().catch((fault: unknown) => fault)
      expect(error).toBeInstanceOf(TypeError)
      expect(error).toMatchObject({ cause: { code: 'read-only' } })
    }
    expect([given.sent, await urls(cache)]).toEqual([[], [A]])
    await close()
  })

  test('after a put that died before it removed what it replaced, has only the new', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('old'))
    const other = given.other({}, dying(given.store, 'delete', 0))
    await (await other.caches.open('v1')).put(A, new Response('new'))
    expect(await given.raw(await given.data('v1'))).toHaveLength(2)
    expect(given.errors).toHaveLength(1)
    expect([await urls(cache), await text(await cache.match(A))]).toEqual([[A], 'new'])
    expect([await cache.delete(A), await cache.match(A)]).toEqual([true, undefined])
    expect(await given.raw(await given.data('v1'))).toEqual([])
  })

  test.each([
    ['while it stored the responses', 'put', 1, false],
    ['before the commit', 'put', 2, false],
    ['just after the commit', 'update', 0, true],
    ['in the midst of what follows the commit', 'update', 1, true],
  ] as const)('after an addAll that died %s, has all or nothing', async (_, member, calls, all) => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('old'))
    // Nothing can be taken back by a process that is dead.
    const other = given.other({}, dying(dying(given.store, member, calls), 'delete', 0))
    await (await other.caches.open('v1')).addAll([B, A]).catch(() => {})
    expect(await urls(cache)).toEqual(all ? [B, A] : [A])
    expect(await text(await cache.match(A))).toBe(all ? 'from the origin' : 'old')
    given.pass(86_400_001)
    for (const url of [A, B]) await cache.put(url, new Response('newer'))
    expect(await urls(cache)).toEqual([A, B])
    const left = (await given.raw(await given.data('v1'))).filter(({ key }) => key.selector === '')
    expect(left).toHaveLength(2)
  })

  test('counts what another release wrote as absent', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('x'))
    const [entry] = await given.raw(await given.data('v1'))
    if (entry) await given.store.update(entry, { ...entry.meta, envelope: { version: 2 } })
    expect([await cache.keys(), await cache.match(A)]).toEqual([[], undefined])
  })
})

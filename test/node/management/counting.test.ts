import { describe, expect, test } from 'vitest'
import type { Query, Store } from '../../../src/store.ts'
import { KINDS, START, world } from './given.ts'
import type { World } from './given.ts'

const COUNT = 12

/** Counts what a store yields in its lists. */
function observed(store: Store): { readonly store: Store; yielded(): number } {
  let yielded = 0
  async function* list(query: Query) {
    for await (const entry of store.list(query)) {
      yielded++
      yield entry
    }
  }
  return {
    store: { ...store, list },
    yielded() {
      const before = yielded
      yielded = 0
      return before
    },
  }
}

async function filled(it: World): Promise<void> {
  for (let i = 0; i < COUNT; i++)
    await it.get(`https://example.org/${i}`, { httpCache: { expireAfter: i < 3 ? 10 : 100 } })
  await it.get('https://example.org/ruled?utm=1&h-no-vary-search=params')
  await it.cache.store()
}

describe.each(KINDS)('counting in %s', (kind) => {
  test('is told by the store, without the rules of No-Vary-Search (RC-226)', async () => {
    await using it = await world(kind)
    await filled(it)
    expect(await it.raw()).toHaveLength(COUNT + 2)
    const { store, yielded } = observed(it.store)
    const cache = it.other({ backend: store })
    expect([await cache.count(), await cache.count({}), await cache.responses.size()]).toEqual(Array(3).fill(COUNT + 1))
    expect((await cache.stats()).entries).toBe(COUNT + 1)
    // Four times the one rule: a store that can't look for tags yields more.
    expect(yielded()).toBe(4)
  })

  test('of what is fresh looks at what is not, and of what is not at nothing else', async () => {
    await using it = await world(kind)
    await filled(it)
    it.pass(20)
    const { store, yielded } = observed(it.store)
    const cache = it.other({ backend: store })
    const rules = (await it.raw()).length - COUNT - 1
    expect(await cache.count({ valid: true })).toBe(COUNT - 2)
    expect(yielded()).toBe(3 + rules)
    expect(await cache.count({ expired: false })).toBe(COUNT - 2)
    expect(await cache.count({ valid: true, invalid: true })).toBe(COUNT - 2)
    yielded()
    expect(await cache.count({ expired: true })).toBe(3)
    expect(yielded()).toBe(3)
  })

  test('looks at what was written under other settings, and in another layout', async () => {
    await using it = await world(kind)
    await filled(it)
    const [entry] = await it.raw()
    const other = { ...entry?.meta, variant: '', createdAt: START, reclaimAt: null, expiresAt: null, tags: [] }
    const key = { namespace: 'http', url: 'https://example.org/d', selector: '' }
    await it.store.put(key, { ...other, basis: '99', envelope: { v: 99 } }, new Uint8Array())
    it.pass(20)
    const ruled = it.other({ rules: { '/1*': { expireAfter: 5 } } })
    for (const cache of [it.cache, ruled]) {
      const [all, valid, expired, invalid] = [
        await cache.count(),
        await cache.count({ valid: true }),
        await cache.count({ expired: true }),
        await cache.count({ invalid: true }),
      ]
      expect([all, valid + expired, invalid]).toEqual([COUNT + 1, COUNT + 1, 1])
      expect((await cache.stats()).entries).toBe(COUNT + 2)
      expect(await cache.count({ valid: true, expired: true, invalid: true })).toBe(COUNT + 2)
    }
  })
})

import type { Entry, Store, Usage } from '../../../src/store.ts'
import type { Part } from './kit.ts'
import { bytes, first, key, KIB, listed, meta, MIB, pattern, source, START, target, text } from './kit.ts'

const A = key('a')
const HOUR = 3_600_000

/** What a store says of itself changes nothing, and is right. */
export function looking({ expect, check, checkListing, checkBudget, checkVerbatim, checkReopened }: Part): void {
  check('get without a touch finds what get finds', async ({ store }) => {
    for (const variant of ['one', 'two']) await store.put(A, meta(variant), bytes(variant))
    await store.put(key('large'), meta(), source(1, 300 * KIB).stream)
    for (const of of [A, key('large'), key('none')]) {
      const [quiet, loud] = [await store.get(of, false), await store.get(of, true)]
      expect(quiet.map((entry) => [entry.key, entry.meta, entry.version, entry.size])).toEqual(
        loud.map((entry) => [entry.key, entry.meta, entry.version, entry.size]),
      )
    }
    const [quiet] = await store.get(A, false)
    expect(await text(quiet)).toBe('two')
    expect(quiet && (await store.update(quiet, meta('two', { tags: ['t'] })))).toBe(true)
  })

  checkListing('neither get without a touch nor list counts as a use, but get does', async ({ store, clock }) => {
    await store.put(A, meta(), bytes('x'))
    const used = async (): Promise<number | undefined> => (await listed(store))[0]?.usedAt
    const before = await used()
    clock.now += HOUR
    expect((await store.get(A, false))[0]?.usedAt).toBe(before)
    expect(await used()).toBe(before)
    await store.get(A)
    const after = await used()
    expect((await store.get(A, false))[0]?.usedAt).toBe(after)
    if (before === undefined) return expect(after).toBe(undefined)
    expect(before).toBeGreaterThanOrEqual(START)
    expect(after).toBeGreaterThanOrEqual(START + HOUR)
  })

  checkBudget(
    'what is only looked at without a touch, or listed, is evicted as if it were not used',
    async ({ store, clock }) => {
      const watched = Array.from({ length: 10 }, (_, i) => key(`watched${i}`))
      for (const of of watched) await store.put(of, meta(), bytes('x'))
      for (let i = 0; i < 60; i++) {
        clock.now += HOUR
        for (const of of watched) await store.get(of, false)
        if (i % 10 === 0) await listed(store)
        await store.put(key(`cold${i}`), meta(), bytes('x'))
      }
      const kept = await Promise.all(watched.map(async (of) => (await store.get(of)).length))
      expect(kept.filter(Boolean).length).toBeLessThanOrEqual(1)
    },
    { maxEntries: 20 },
  )

  checkVerbatim('usage follows each put, replacement, update and delete', async ({ store }) => {
    const grown = async (action: () => unknown): Promise<Usage> => {
      const before = await store.usage('http')
      await action()
      const { entries, bytes } = await store.usage('http')
      return { entries: entries - before.entries, bytes: bytes - before.bytes }
    }
    expect(await store.usage('http')).toEqual({ entries: 0, bytes: 0 })
    const one = await grown(() => store.put(A, meta(), pattern(1, 10 * KIB)))
    expect(one.entries).toBe(1)
    expect(one.bytes).toBeGreaterThanOrEqual(10 * KIB)
    expect(one.bytes).toBeLessThanOrEqual(12 * KIB)
    expect(await grown(() => store.put(A, meta(), pattern(2, 30 * KIB)))).toEqual({ entries: 0, bytes: 20 * KIB })
    const longer = meta('', { envelope: { v: 1, status: 200, note: 'x'.repeat(5 * KIB) } })
    const updated = await grown(async () => store.update(await entry(store), longer))
    expect(updated.entries).toBe(0)
    expect(updated.bytes).toBeGreaterThanOrEqual(5 * KIB)
    expect(updated.bytes).toBeLessThanOrEqual(6 * KIB)
    const variant = await grown(() => store.put(A, meta('v'), source(1, 200 * KIB).stream))
    expect(variant.entries).toBe(1)
    expect(variant.bytes).toBeGreaterThanOrEqual(200 * KIB)
    const gone = await grown(() => store.delete([target(A, { variant: 'v' })]))
    expect(gone).toEqual({ entries: -1, bytes: -variant.bytes })
    await store.delete([{ namespace: 'http' }])
    expect(await store.usage('http')).toEqual({ entries: 0, bytes: 0 })
  })

  checkVerbatim('usage is told for each namespace by itself', async ({ store }) => {
    for (const i of [1, 2, 3]) await store.put(key(`u${i}`, '', 'named'), meta(), pattern(i, 10 * KIB))
    await store.put(A, meta(), pattern(1, KIB))
    const [named, http] = [await store.usage('named'), await store.usage('http')]
    expect([named.entries, http.entries]).toEqual([3, 1])
    expect(named.bytes).toBeGreaterThanOrEqual(30 * KIB)
    expect(http.bytes).toBeLessThanOrEqual(3 * KIB)
    expect(await store.usage('none')).toEqual({ entries: 0, bytes: 0 })
  })

  checkVerbatim(
    'usage knows what was evicted, and is what the budgets hold against',
    async ({ store }) => {
      for (let i = 0; i < 60; i++) await store.put(key(`u${i}`), meta(), pattern(i, 40 * KIB))
      const { entries, bytes } = await store.usage('http')
      expect(entries).toBe((await listed(store)).length)
      expect(bytes).toBeLessThanOrEqual(MIB)
      expect(bytes).toBeGreaterThanOrEqual(entries * 40 * KIB)
    },
    { maxBytes: MIB },
  )

  checkReopened('usage and times of use outlive the store object', async ({ store, clock, reopen }) => {
    for (const url of ['a', 'b', 'c']) await store.put(key(url), meta(), pattern(1, KIB))
    clock.now += HOUR
    await store.get(key('b'))
    const before = await store.usage('http')
    await store.close()
    const again = await reopen()
    expect(await again.usage('http')).toEqual(before)
    const times = (await listed(again)).map((entry) => entry.usedAt ?? 0)
    expect(Math.max(...times)).toBe(times[1])
  })

  check('vacuum keeps everything, in use or not', async ({ store }) => {
    for (let i = 0; i < 40; i++) await store.put(key(`u${i}`), meta('', { tags: [`t${i % 3}`] }), pattern(i, 100 * KIB))
    for (let i = 0; i < 40; i += 2) await store.delete([target(key(`u${i}`))])
    const open = await (await first(store, key('u1')))?.open()
    await store.vacuum?.()
    await store.put(key('after'), meta(), bytes('after'))
    await store.vacuum?.()
    expect(new Uint8Array(await new Response(open).arrayBuffer())).toEqual(pattern(1, 100 * KIB))
    for (let i = 1; i < 40; i += 2) expect((await first(store, key(`u${i}`)))?.size).toBe(100 * KIB)
    expect(await text(await first(store, key('after')))).toBe('after')
  })
}

async function entry(store: Store): Promise<Entry> {
  const found = await first(store, A)
  if (!found) throw new Error('There is no entry')
  return found
}

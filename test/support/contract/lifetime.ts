import type { Part } from './kit.ts'
import { bytes, first, key, listed, meta, START, text, urls } from './kit.ts'

const A = key('a')
const until = (reclaimAt: number | null) => meta('', { reclaimAt })

/** `reclaimAt` allows a store to drop an entry, it does not oblige it. */
export function lifetime({ expect, check, checkListing }: Part): void {
  check('an entry is found until it may be reclaimed', async ({ store, clock }) => {
    await store.put(A, until(START + 100_000), bytes('x'))
    await store.put(key('b'), until(null), bytes('y'))
    clock.now = START + 99_999
    expect(await text(await first(store, A))).toBe('x')
    clock.now = START * 2
    expect(await text(await first(store, key('b')))).toBe('y')
  })

  check('an entry that may be reclaimed is found whole or not at all', async ({ store, clock }) => {
    await store.put(A, until(START + 100_000), bytes('x'))
    clock.now = START + 200_000
    const found = await first(store, A)
    if (found) expect([found.meta, await text(found)]).toEqual([until(START + 100_000), 'x'])
  })

  check('an entry that may be reclaimed from the start can be put, and then replaced', async ({ store }) => {
    await store.put(A, until(START - 5000), bytes('old'))
    await store.put(A, until(START + 100_000), bytes('new'))
    expect(await text(await first(store, A))).toBe('new')
  })

  check('an update that extends the life of the metadata extends that of the body', async ({ store, clock }) => {
    const put = await store.put(A, until(START + 100_000), bytes('x'))
    const forever = await store.put(key('b'), until(START + 100_000), bytes('y'))
    expect(await store.update(put, until(START + 300_000))).toBe(true)
    expect(await store.update(forever, until(null))).toBe(true)
    clock.now = START + 200_000
    expect(await text(await first(store, A))).toBe('x')
    clock.now = START * 2
    expect(await text(await first(store, key('b')))).toBe('y')
  })

  checkListing('list of what may be reclaimed finds all of that at least', async ({ store }) => {
    for (const [url, at] of Object.entries({ a: 1, b: 3, c: 2, d: 9 }))
      await store.put(key(url), until(START + at), bytes(''))
    await store.put(key('never'), until(null), bytes(''))
    const found = await listed(store, { reclaimableAt: START + 2 })
    const due = found.filter((entry) => entry.meta.reclaimAt !== null && entry.meta.reclaimAt <= START + 2)
    expect(urls(due)).toEqual(['a', 'c'])
  })

  checkListing('list of what may be reclaimed knows an updated time', async ({ store }) => {
    const put = await store.put(A, until(null), bytes(''))
    await store.update(put, until(START + 1))
    const found = await listed(store, { reclaimableAt: START + 1, url: 'a' })
    expect(found.map((entry) => entry.meta.reclaimAt)).toEqual([START + 1])
  })

  checkListing('list without a time leaves out nothing that is still wanted', async ({ store }) => {
    await store.put(A, until(null), bytes(''))
    await store.put(key('b'), until(START + 1000), bytes(''))
    expect(urls(await listed(store))).toEqual(['a', 'b'])
  })
}

import type { Entry, Store } from '../../../src/store.ts'
import type { Part } from './kit.ts'
import { bytes, key, listed, marked, meta, pattern, read, source, target, text, urls } from './kit.ts'

const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `u${from + i}`)

async function putAll(store: Store, list: readonly string[], namespace = 'http'): Promise<void> {
  for (const url of list) await store.put(key(url, '', namespace), meta(), bytes(url))
}

/** Listing sees what is there throughout, once each and in order. */
export function listing({ expect, checkListing, checkReopened }: Part): void {
  checkListing('list of an empty or unknown namespace yields nothing', async ({ store }) => {
    expect(await listed(store)).toEqual([])
    expect(await listed(store, { namespace: 'unknown' })).toEqual([])
    expect(await listed(store, { url: 'unknown' })).toEqual([])
  })

  checkListing('list yields entries in the order of insertion', async ({ store }) => {
    const order = ['m', 'z', 'a', 'M', '10', '9', '', 'é', 'b']
    for (const namespace of ['http', 'named']) {
      await putAll(store, order, namespace)
      expect(urls(await listed(store, { namespace }))).toEqual(order)
    }
  })

  checkListing('update does not change the order', async ({ store }) => {
    await putAll(store, ['a', 'b', 'c'])
    const [a] = await listed(store)
    if (a) await store.update(a, marked('new'))
    expect(urls(await listed(store))).toEqual(['a', 'b', 'c'])
  })

  checkListing('what list yields is whole', async ({ store }) => {
    await store.put(key('small'), marked('1'), bytes('small'))
    await store.put(key('large', 's'), marked('2', 'v'), source(1, 1_500_000).stream)
    const [small, large] = await listed(store)
    expect([small?.key, small?.meta, small?.size]).toEqual([key('small'), marked('1'), 5])
    expect([large?.key, large?.meta, large?.size]).toEqual([key('large', 's'), marked('2', 'v'), 1_500_000])
    expect(await text(small)).toBe('small')
    expect(await read(large)).toEqual(pattern(1, 1_500_000))
    expect(large && (await store.update(large, marked('3', 'v')))).toBe(true)
  })

  checkListing('list by URL finds every selector and variant of it', async ({ store }) => {
    await putAll(store, names(0, 30))
    for (const selector of ['', 'POST 1'])
      for (const variant of ['v', 'w']) await store.put(key('u3', selector), meta(variant), bytes(''))
    const found = (await listed(store, { url: 'u3' })).filter((entry) => entry.key.url === 'u3')
    expect(found.map((entry) => [entry.key.selector, entry.meta.variant])).toEqual([
      ['', ''],
      ['', 'v'],
      ['', 'w'],
      ['POST 1', 'v'],
      ['POST 1', 'w'],
    ])
  })

  checkListing('every entry can be deleted as it is listed', async ({ store }) => {
    const many = names(0, 450)
    await putAll(store, many)
    const seen: string[] = []
    for await (const entry of store.list({ namespace: 'http' })) {
      seen.push(entry.key.url)
      expect(await store.delete([target(entry.key)])).toBe(1)
    }
    expect(seen).toEqual(many)
    expect(await listed(store)).toEqual([])
  })

  checkListing('list yields each lasting entry once while others come, go and are replaced', async ({ store }) => {
    await putAll(store, names(0, 400))
    const lasting = names(0, 400).filter((_, i) => i % 4 === 0)
    const seen: string[] = []
    let i = 0
    for await (const entry of store.list({ namespace: 'http' })) {
      seen.push(entry.key.url)
      if (++i > 2000) throw new Error('The list follows what is put while it is read, without end')
      await store.delete([target(key(`u${i * 4 + 1}`)), target(key(`u${400 - i * 4 - 2}`))])
      await putAll(store, [`u${(i * 4 + 3) % 400}`, `new${i}`])
    }
    expect(seen.filter((url) => lasting.includes(url))).toEqual(lasting)
  })

  checkListing('list can be left early and begun again', async ({ store }) => {
    await putAll(store, names(0, 300))
    for await (const entry of store.list({ namespace: 'http' })) {
      if (entry.key.url === 'u2') break
    }
    const one = store.list({ namespace: 'http' })[Symbol.asyncIterator]()
    const begun: IteratorResult<Entry, unknown> = await one.next()
    expect(begun.done ? 'nothing' : begun.value.key.url).toBe('u0')
    await putAll(store, ['later'])
    expect(urls(await listed(store)).at(-1)).toBe('later')
    await one.return?.()
  })

  checkListing('two lists at once do not disturb each other', async ({ store }) => {
    const many = names(0, 250)
    await putAll(store, many)
    const both = await Promise.all([listed(store), listed(store)])
    expect(both.map(urls)).toEqual([many, many])
  })

  checkReopened('the order is the same after opening again, and goes on from there', async ({ store, reopen }) => {
    await putAll(store, ['c', 'a', 'b'], 'named')
    await store.close()
    const again = await reopen()
    await putAll(again, ['0'], 'named')
    expect(urls(await listed(again, { namespace: 'named' }))).toEqual(['c', 'a', 'b', '0'])
  })
}

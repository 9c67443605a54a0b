import type { Store, StoreEvent } from '../../../src/store.ts'
import type { Part } from './kit.ts'
import { bytes, first, key, KIB, listed, meta, MIB, pattern, START, urls } from './kit.ts'
import { random } from '../random.ts'

type Evicted = Extract<StoreEvent, { type: 'evicted' }>

/** Records what the store says it evicted. */
function watched(store: Store): { readonly events: Evicted[]; unwatch(): void } {
  const events: Evicted[] = []
  const unwatch = store.watch((event) => {
    if (event.type === 'evicted') events.push(event)
  })
  return { events, unwatch }
}

const HOUR = 3_600_000

/** Budgets are kept at the cost of `http` entries, the least useful first. */
export function budgets({ expect, check, checkBudget, checkVerbatim, checkReopened, traits }: Part): void {
  checkBudget(
    'maxEntries holds after every put, and each entry that goes is an event',
    async ({ store }) => {
      const { events } = watched(store)
      const put = new Set<string>()
      const next = random(1)
      for (let i = 0; i < 300; i++) {
        const url = `u${Math.floor(next() * 120)}`
        await store.put(key(url), meta(), bytes(url))
        put.add(url)
        if (next() < 0.5) await store.get(key(`u${Math.floor(next() * 120)}`))
        if (i % 10 === 0) expect((await listed(store)).length).toBeLessThanOrEqual(26)
      }
      const kept = urls(await listed(store))
      expect(kept.length).toBeLessThanOrEqual(26)
      expect(kept.length).toBeGreaterThanOrEqual(20)
      const gone = new Set(events.map((event) => event.key.url))
      expect([...put].filter((url) => !kept.includes(url) && !gone.has(url))).toEqual([])
      expect([...new Set(events.map((event) => event.reason))]).toEqual(['size'])
    },
    { maxEntries: 25 },
  )

  checkVerbatim(
    'maxBytes holds after every put, and is made use of',
    async ({ store }) => {
      const { events } = watched(store)
      const next = random(2)
      let put = 0
      for (let i = 0; i < 200; i++) {
        const size = Math.floor(next() * 40 * KIB)
        await store.put(key(`u${i}`), meta(), pattern(i, size))
        put++
        if (i % 10 === 0) expect(await bodies(store)).toBeLessThanOrEqual(MIB + 40 * KIB)
      }
      expect(await bodies(store)).toBeLessThanOrEqual(MIB + 40 * KIB)
      expect(await bodies(store)).toBeGreaterThanOrEqual(MIB / 2)
      expect((await listed(store)).length + events.length).toBe(put)
    },
    { maxBytes: MIB },
  )

  checkBudget(
    'metadata counts towards maxBytes',
    async ({ store }) => {
      const note = 'x'.repeat(20 * KIB)
      for (let i = 0; i < 100; i++) await store.put(key(`u${i}`), meta('', { envelope: { note } }), bytes(''))
      expect((await listed(store)).length).toBeLessThanOrEqual(52)
    },
    { maxBytes: MIB },
  )

  checkBudget(
    'replacing and deleting give room back',
    async ({ store }) => {
      const { events } = watched(store)
      for (let i = 0; i < 60; i++) await store.put(key('same'), meta(), pattern(i, 100 * KIB))
      for (let i = 0; i < 60; i++) {
        await store.put(key(`u${i}`), meta(), pattern(i, 100 * KIB))
        await store.delete([key(`u${i}`)])
      }
      expect(events).toEqual([])
      expect(urls(await listed(store))).toEqual(['same'])
    },
    { maxBytes: MIB, maxEntries: 3 },
  )

  checkBudget(
    'entries in use survive those that are not',
    async ({ store, clock }) => {
      const hot = Array.from({ length: 10 }, (_, i) => key(`hot${i}`))
      for (const of of hot) await store.put(of, meta(), bytes('x'))
      for (let i = 0; i < 150; i++) {
        clock.now += HOUR
        for (const of of hot) await store.get(of)
        await store.put(key(`cold${i}`), meta(), bytes('x'))
      }
      const kept = await Promise.all(hot.map(async (of) => (await store.get(of)).length))
      expect(kept.filter(Boolean).length).toBeGreaterThanOrEqual(8)
    },
    { maxEntries: 20 },
  )

  checkBudget(
    'reclaimable entries go first, however often they are used',
    async ({ store, clock }) => {
      const old = Array.from({ length: 10 }, (_, i) => key(`old${i}`))
      const lasting = Array.from({ length: 10 }, (_, i) => key(`lasting${i}`))
      for (let i = 0; i < 10; i++) {
        await store.put(key(`lasting${i}`), meta(), bytes('x'))
        await store.put(key(`old${i}`), meta('', { reclaimAt: START + HOUR }), bytes('x'))
      }
      const { events } = watched(store)
      clock.now += 2 * HOUR
      for (const of of old) await store.get(of)
      for (let i = 0; i < 10; i++) await store.put(key(`new${i}`), meta(), bytes('x'))
      const kept = await Promise.all(lasting.map(async (of) => (await store.get(of)).length))
      expect(kept).toEqual(lasting.map(() => 1))
      expect(events.filter((event) => event.reason === 'size')).toEqual([])
    },
    { maxEntries: 20 },
  )

  checkBudget(
    'which entries are reclaimable is what their last update says',
    async ({ store, clock }) => {
      for (let i = 0; i < 10; i++) {
        const longer = await store.put(key(`longer${i}`), meta('', { reclaimAt: START + HOUR }), bytes('x'))
        const shorter = await store.put(key(`shorter${i}`), meta('', { reclaimAt: null }), bytes('x'))
        await store.update(longer, meta('', { reclaimAt: START + 9 * HOUR }))
        await store.update(shorter, meta('', { reclaimAt: START + HOUR }))
      }
      clock.now += 2 * HOUR
      for (let i = 0; i < 10; i++) await store.put(key(`new${i}`), meta(), bytes('x'))
      const kept = urls(await listed(store)).filter((url) => url.startsWith('longer'))
      expect(kept.length).toBe(10)
    },
    { maxEntries: 20 },
  )

  checkBudget(
    'other namespaces are never evicted',
    async ({ store, clock }) => {
      const named = Array.from({ length: 20 }, (_, i) => key(`u${i}`, '', 'named'))
      for (const of of named) await store.put(of, meta('', { reclaimAt: START + HOUR }), pattern(1, 10 * KIB))
      clock.now += 2 * HOUR
      for (let i = 0; i < 60; i++) await store.put(key(`u${i}`), meta(), pattern(1, 60 * KIB))
      expect((await listed(store, { namespace: 'named' })).map((entry) => entry.key)).toEqual(named)
      expect(await bodies(store)).toBeLessThanOrEqual(MIB + 60 * KIB)
    },
    { maxBytes: MIB, maxEntries: 15 },
  )

  checkBudget(
    'who has stopped watching hears no more, and others still do',
    async ({ store }) => {
      const [one, two] = [watched(store), watched(store)]
      for (let i = 0; i < 10; i++) await store.put(key(`a${i}`), meta('v'), bytes('x'))
      const heard = one.events.length
      one.unwatch()
      one.unwatch()
      for (let i = 0; i < 10; i++) await store.put(key(`b${i}`), meta('v'), bytes('x'))
      expect(heard).toBeGreaterThanOrEqual(4)
      expect(one.events.length).toBe(heard)
      expect(two.events.length).toBeGreaterThanOrEqual(heard + 9)
      expect(two.events[0]?.variant).toBe('v')
      expect(two.events[0]?.key.namespace).toBe('http')
    },
    { maxEntries: 5 },
  )

  checkBudget(
    'a listener that watches twice hears everything twice, and each watch ends by itself',
    async ({ store }) => {
      const heard: StoreEvent[] = []
      const listener = (event: StoreEvent): void => void heard.push(event)
      const [end] = [store.watch(listener), store.watch(listener)]
      for (let i = 0; i < 10; i++) await store.put(key(`a${i}`), meta(), bytes('x'))
      const twice = heard.length
      expect(new Set(heard).size * 2).toBe(twice)
      end()
      end()
      for (let i = 0; i < 10; i++) await store.put(key(`b${i}`), meta(), bytes('x'))
      const once = heard.slice(twice)
      expect(once.length).toBeGreaterThanOrEqual(9)
      expect(new Set(once).size).toBe(once.length)
    },
    { maxEntries: 5 },
  )

  checkBudget(
    'a listener that throws fails no operation and keeps nothing from others: its error is an unhandled one',
    async ({ store }) => {
      const fault = new Error("a listener's own fault")
      store.watch(() => {
        throw fault
      })
      const { events } = watched(store)
      const surfaced = await unhandled(async () => {
        for (let i = 0; i < 10; i++) await store.put(key(`u${i}`), meta(), bytes('x'))
      })
      expect(events.length).toBeGreaterThanOrEqual(5)
      expect(surfaced).toEqual(events.map(() => fault))
      expect((await first(store, key('u9')))?.size).toBe(1)
    },
    { maxEntries: 5 },
  )

  check(
    'a body may be half of maxBytes unless it is said otherwise',
    async ({ store }) => {
      expect(store.limits.maxEntryBytes).toBe(Math.min(MIB / 2, traits.largestBody ?? MIB))
    },
    { maxBytes: MIB },
  )

  checkBudget(
    'the newest entry is there even where it fills the budget',
    async ({ store }) => {
      for (let i = 0; i < 5; i++) {
        await store.put(key(`u${i}`), meta(), pattern(i, 500 * KIB))
        expect((await first(store, key(`u${i}`)))?.size).toBe(500 * KIB)
      }
    },
    { maxBytes: MIB },
  )

  if (traits.budgets !== false) {
    checkReopened(
      'budgets count what was there before',
      async ({ store, reopen }) => {
        for (let i = 0; i < 20; i++) await store.put(key(`a${i}`), meta(), pattern(i, 40 * KIB))
        await store.close()
        const again = await reopen()
        for (let i = 0; i < 15; i++) await again.put(key(`b${i}`), meta(), pattern(i, 40 * KIB))
        expect((await listed(again)).length).toBeLessThanOrEqual(26)
        expect(await bodies(again)).toBeLessThanOrEqual(MIB + 40 * KIB)
      },
      { maxBytes: MIB, maxEntries: 25 },
    )
  }
}

/** What is thrown in microtasks of their own meanwhile, where nobody can catch it. */
async function unhandled(work: () => Promise<void>): Promise<unknown[]> {
  const { queueMicrotask } = globalThis
  const thrown: unknown[] = []
  globalThis.queueMicrotask = (task) => {
    queueMicrotask(() => {
      try {
        task()
      } catch (error) {
        thrown.push(error)
      }
    })
  }
  try {
    await work()
    await Promise.resolve()
  } finally {
    globalThis.queueMicrotask = queueMicrotask
  }
  return thrown
}

async function bodies(store: Store): Promise<number> {
  return (await listed(store)).reduce((sum, entry) => sum + entry.size, 0)
}

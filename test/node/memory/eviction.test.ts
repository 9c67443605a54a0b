import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidate, createEviction } from '../../../adapters/memory/eviction.ts'
import { random } from '../../support/random.ts'

const never = Number.POSITIVE_INFINITY

const candidate = (name: string, due = never, cost = 1): Candidate => ({
  name,
  cost,
  due,
  group: { hits: 0 },
  seen: 0,
  proven: false,
  place: -1,
})

/** Requests against room for so many entries; the share that hit. */
function hitRatio(capacity: number, requests: readonly number[]): number {
  const eviction = createEviction<Candidate>()
  const kept = new Map<number, Candidate>()
  let hits = 0
  for (const request of requests) {
    const found = kept.get(request)
    if (found) {
      found.group.hits++
      hits++
      continue
    }
    const next = eviction.count >= capacity && eviction.victim(0)
    if (next) {
      eviction.remove(next.item)
      kept.delete(Number(next.item.name))
    }
    const made = candidate(`${request}`)
    kept.set(request, made)
    eviction.add(made)
  }
  return hits / requests.length
}

function lruHitRatio(capacity: number, requests: readonly number[]): number {
  const kept = new Set<number>()
  let hits = 0
  for (const request of requests) {
    if (kept.delete(request)) hits++
    kept.add(request)
    const [oldest] = kept
    if (kept.size > capacity && oldest !== undefined) kept.delete(oldest)
  }
  return hits / requests.length
}

/** Popularity falls with the square root of the rank and faster: what a cache sees most. */
const skewed = (length: number, seed: number, objects = 5000): number[] => {
  const next = random(seed)
  return Array.from({ length }, () => Math.floor(objects ** next()))
}

describe('eviction', () => {
  const workloads = {
    'with steady popularity': skewed(60_000, 1),
    'with scans in between': skewed(60_000, 2).map((one, at) => (at % 1500 < 500 ? 10_000 + at : one)),
    'whose favourites drift': skewed(60_000, 3).map((one, at) => (one + Math.floor(at / 200)) % 5000),
  }
  for (const [name, requests] of Object.entries(workloads)) {
    test.each([50, 500])(`keeps more hits than LRU of requests ${name}, with room for %i`, (capacity) => {
      expect(hitRatio(capacity, requests)).toBeGreaterThan(lruHitRatio(capacity, requests))
    })
  }

  test('an entry used more often outlives those used once since they were judged', () => {
    const eviction = createEviction<Candidate>()
    const all = Array.from({ length: 20 }, (_, i) => candidate(`${i}`))
    for (const item of all) {
      eviction.add(item)
      item.group.hits += 2
    }
    const order: string[] = []
    for (let i = 0; i < 15; i++) {
      const favourite = all[7]
      if (favourite) favourite.group.hits++
      const next = eviction.victim(0)
      if (!next) break
      order.push(next.item.name)
      eviction.remove(next.item)
    }
    expect(order.length).toBe(15)
    expect(order).not.toContain('7')
  })

  test('an entry that comes back soon after it was dropped is no longer on probation', () => {
    const eviction = createEviction<Candidate>()
    for (let i = 0; i < 10; i++) eviction.add(candidate(`${i}`))
    const dropped = eviction.victim(0)?.item ?? candidate('none')
    eviction.remove(dropped)
    const again = candidate(dropped.name)
    eviction.add(again)
    expect([dropped.proven, again.proven]).toEqual([false, true])
  })

  test('what may be reclaimed goes first, the soonest due first, whatever was added, removed and changed', () => {
    const action = fc.record({ at: fc.nat(30), due: fc.oneof(fc.nat(50), fc.constant(never)), cost: fc.nat(9) })
    const run = (actions: readonly { at: number; due: number; cost: number }[]): void => {
      const eviction = createEviction<Candidate>()
      const kept = new Map<number, Candidate>()
      for (const { at, due, cost } of actions) {
        const known = kept.get(at)
        if (!known) {
          const made = candidate(`${at}`, due, cost)
          kept.set(at, made)
          eviction.add(made)
        } else if (cost > 3) {
          eviction.change(known, cost, due)
        } else {
          kept.delete(at)
          eviction.remove(known)
        }
      }
      const items = [...kept.values()]
      expect(eviction.count).toBe(items.length)
      expect(eviction.cost).toBe(items.reduce((sum, item) => sum + item.cost, 0))
      const dues = items.map((item) => item.due).filter((due) => due <= 40)
      expect(drain(eviction, 40)).toEqual(dues.toSorted((a, b) => a - b))
    }
    fc.assert(fc.property(fc.array(action, { maxLength: 120 }), run))
  })
})

/** When the expired ones were due, in the order in which they go; then takes out all others. */
function drain(eviction: ReturnType<typeof createEviction<Candidate>>, now: number): number[] {
  const dues: number[] = []
  for (let next = eviction.victim(now); next; next = eviction.victim(now)) {
    if (next.reason === 'expired') dues.push(next.item.due)
    eviction.remove(next.item)
  }
  expect([eviction.count, eviction.cost]).toEqual([0, 0])
  return dues
}

/**
 * Hit ratios of eviction policies small enough for the memory store. `node bench/eviction.ts` prints the table;
 * everything is seeded, so that two runs print the same.
 */
import { random } from '../test/support/random.ts'

/** Takes a request, says whether it hit, and admits what missed. */
type Policy = (key: number) => boolean

const lru = (capacity: number): Policy => {
  const kept = new Set<number>()
  return (key) => {
    const hit = kept.delete(key)
    kept.add(key)
    if (kept.size > capacity) drop(kept)
    return hit
  }
}

const fifo = (capacity: number): Policy => {
  const kept = new Set<number>()
  return (key) => {
    if (kept.has(key)) return true
    if (kept.size >= capacity) drop(kept)
    kept.add(key)
    return false
  }
}

/** Second chance: what was used since it was queued is queued again. */
const clock = (capacity: number): Policy => {
  const used = new Map<number, boolean>()
  return (key) => {
    if (used.has(key)) {
      used.set(key, true)
      return true
    }
    while (used.size >= capacity) {
      for (const [oldest, again] of used) {
        used.delete(oldest)
        if (!again) break
        used.set(oldest, false)
      }
    }
    used.set(key, false)
    return false
  }
}

/** As the clock, but what is kept stays in its place and a hand passes over it, so that newcomers are judged sooner. */
const sieve = (capacity: number): Policy => {
  const used = new Map<number, boolean>()
  let hand = used.entries()
  const evict = (): void => {
    for (;;) {
      const step = hand.next()
      if (step.done) hand = used.entries()
      else if (step.value[1]) used.set(step.value[0], false)
      else return void used.delete(step.value[0])
    }
  }
  return (key) => {
    if (used.has(key)) {
      used.set(key, true)
      return true
    }
    if (used.size >= capacity) evict()
    used.set(key, false)
    return false
  }
}

/** A small queue on probation, a main one with up to three further chances, and the names of what probation dropped. */
const s3fifo = (capacity: number): Policy => {
  const [small, main, ghost] = [new Map<number, number>(), new Map<number, number>(), new Set<number>()]
  const share = Math.max(1, Math.floor(capacity / 10))
  const fromSmall = (): void => {
    for (const [key, uses] of small) {
      small.delete(key)
      if (uses > 1) main.set(key, 0)
      else ghost.add(key)
      if (ghost.size > capacity - share) drop(ghost)
      if (uses <= 1) return
    }
  }
  const fromMain = (): void => {
    for (const [key, uses] of main) {
      main.delete(key)
      if (uses === 0) return
      main.set(key, uses - 1)
    }
  }
  const hitIn = (queue: Map<number, number>, key: number): boolean => {
    const uses = queue.get(key)
    if (uses === undefined) return false
    queue.set(key, Math.min(3, uses + 1))
    return true
  }
  return (key) => {
    if (hitIn(small, key) || hitIn(main, key)) return true
    while (small.size + main.size >= capacity) {
      if (small.size >= share || main.size === 0) fromSmall()
      else fromMain()
    }
    if (ghost.delete(key)) main.set(key, 0)
    else small.set(key, 0)
    return false
  }
}

function drop(kept: Set<number>): void {
  for (const oldest of kept) {
    kept.delete(oldest)
    return
  }
}

const OBJECTS = 20_000
const REQUESTS = 500_000

/** Ranks from 0, the first the most popular. */
function zipf(skew: number, seed: number): () => number {
  const next = random(seed)
  const sums = new Float64Array(OBJECTS)
  let sum = 0
  for (let rank = 0; rank < OBJECTS; rank++) sums[rank] = sum += 1 / (rank + 1) ** skew
  return () => {
    const wanted = next() * sum
    let [low, high] = [0, OBJECTS - 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

type Workload = () => (at: number) => number

const workloads: Record<string, Workload> = {
  'zipf 0.8': () => zipf(0.8, 1),
  'zipf 1.0': () => zipf(1, 2),
  'zipf 1.0, a third in scans': () => {
    const next = zipf(1, 3)
    return (at) => (at % 3000 < 1000 ? OBJECTS + at : next())
  },
  'zipf 1.0, shifting at once': () => {
    const next = zipf(1, 4)
    return (at) => (next() + Math.floor(at / 50_000) * 7919) % OBJECTS
  },
  'zipf 0.8, drifting': () => {
    const next = zipf(0.8, 5)
    return (at) => (next() + Math.floor(at / 100)) % OBJECTS
  },
  'loop over a fifth': () => (at) => at % (OBJECTS / 5),
}

const policies: Record<string, (capacity: number) => Policy> = { fifo, lru, clock, sieve, s3fifo }

function hitRatio(make: (capacity: number) => Policy, workload: Workload, capacity: number): number {
  const [policy, request] = [make(capacity), workload()]
  let hits = 0
  for (let at = 0; at < REQUESTS; at++) if (policy(request(at))) hits++
  return hits / REQUESTS
}

console.log(`Hit ratio in %, ${OBJECTS} objects, ${REQUESTS} requests`)
for (const share of [0.01, 0.1]) {
  const rows = Object.entries(workloads).map(([name, workload]) => {
    const ratios = Object.entries(policies).map(([policy, make]): [string, string] => [
      policy,
      (hitRatio(make, workload, OBJECTS * share) * 100).toFixed(1),
    ])
    return [`${name} @ ${share * 100} %`, Object.fromEntries(ratios)] as const
  })
  console.table(Object.fromEntries(rows))
}

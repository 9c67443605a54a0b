/**
 * Which entry goes when room is needed: first what may be reclaimed, then by S3-FIFO, which of the policies that
 * bench/eviction.ts compares is best or within a point of it at every size and workload. A newcomer is on probation for a tenth of
 * the room, goes on to the main queue if it is used twice meanwhile, and straight there if it was dropped not long ago.
 */

/** What the policy knows of an entry. */
export interface Candidate {
  /** Recognises an entry that comes back after it was dropped. */
  readonly name: string
  /** What it takes of the budget, in bytes. */
  cost: number
  /** When it may be reclaimed, in ms since the epoch; `Infinity`: never. */
  due: number
  /** Counts uses; shared by entries that are found together, so that a use costs one addition. */
  readonly group: { hits: number }
  /** The part of `group.hits` that has been taken into account. */
  seen: number
  proven: boolean
  /** Index in the heap of what may be reclaimed. */
  place: number
}

export interface Eviction<T extends Candidate> {
  /** Entries held. */
  readonly count: number
  /** The sum of their costs. */
  readonly cost: number
  add(item: T): void
  remove(item: T): void
  /** To be called after a change of `cost` or `due`. */
  change(item: T, cost: number, due: number): void
  /** What should go next; it is still to be removed. */
  victim(now: number): { readonly item: T; readonly reason: 'size' | 'expired' } | undefined
}

const MAX_USES = 3

export function createEviction<T extends Candidate>(): Eviction<T> {
  const probation = new Set<T>()
  const main = new Set<T>()
  const dropped = new Set<string>()
  const dues = createHeap<T>()
  let onProbation = 0
  let total = 0

  const uses = (item: T): number => Math.min(MAX_USES, (item.group.hits - item.seen) | 0)
  const count = (item: T, cost: number): void => {
    total += cost
    if (!item.proven) onProbation += cost
  }
  const prove = (item: T): void => {
    probation.delete(item)
    onProbation -= item.cost
    item.proven = true
    main.add(item)
    item.seen = item.group.hits
  }
  const fail = (item: T): T => {
    dropped.add(item.name)
    for (const oldest of dropped) {
      if (dropped.size <= main.size + probation.size) break
      dropped.delete(oldest)
    }
    return item
  }

  function unproven(): T | undefined {
    for (const item of probation) {
      if (uses(item) < 2) return fail(item)
      prove(item)
    }
    return undefined
  }

  function leastUsed(): T | undefined {
    for (const item of main) {
      const left = uses(item)
      if (left === 0) return item
      main.delete(item)
      main.add(item)
      item.seen = item.group.hits - left + 1
    }
    return undefined
  }

  return {
    get count() {
      return probation.size + main.size
    },
    get cost() {
      return total
    },
    add(item) {
      item.proven ||= dropped.delete(item.name)
      count(item, item.cost)
      if (item.proven) main.add(item)
      else probation.add(item)
      dues.add(item)
    },
    remove(item) {
      count(item, -item.cost)
      if (item.proven) main.delete(item)
      else probation.delete(item)
      dues.remove(item)
    },
    change(item, cost, due) {
      count(item, cost - item.cost)
      dues.remove(item)
      Object.assign(item, { cost, due })
      dues.add(item)
    },
    victim(now) {
      const soonest = dues.top()
      if (soonest && soonest.due <= now) return { item: soonest, reason: 'expired' }
      const item = (onProbation * 10 >= total ? unproven() : undefined) ?? leastUsed() ?? unproven()
      return item && { item, reason: 'size' }
    },
  }
}

interface Heap<T> {
  top(): T | undefined
  add(item: T): void
  remove(item: T): void
}

/** A binary heap by `due` that knows each item's place; what is never due is not in it. */
function createHeap<T extends Candidate>(): Heap<T> {
  const items: T[] = []
  const dueAt = (i: number): number => items[i]?.due ?? Number.POSITIVE_INFINITY

  function put(item: T, start: number): void {
    let i = start
    for (let up = (i - 1) >> 1; i > 0 && dueAt(up) > item.due; up = (i - 1) >> 1) i = move(up, i)
    for (;;) {
      const down = dueAt(2 * i + 2) < dueAt(2 * i + 1) ? 2 * i + 2 : 2 * i + 1
      if (dueAt(down) >= item.due) break
      i = move(down, i)
    }
    items[i] = item
    item.place = i
  }

  function move(from: number, to: number): number {
    const item = items[from]
    if (item) {
      items[to] = item
      item.place = to
    }
    return from
  }

  return {
    top: () => items[0],
    add(item) {
      if (item.due < Number.POSITIVE_INFINITY) put(item, items.length)
    },
    remove(item) {
      if (items[item.place] !== item) return
      const last = items.pop()
      if (last && last !== item) put(last, item.place)
    },
  }
}

import { StowawayError } from '../src/errors.ts'
import type { Entry, Key, Meta, Query, Store, StoreOptions, Target } from '../src/store.ts'
import { budgetOf } from './budget.ts'
import type { Bytes } from './bytes.ts'
import { collect, opener } from './memory/body.ts'
import { createEviction } from './memory/eviction.ts'
import { type Kept, keep } from './memory/meta.ts'
import { createTable, type Slot } from './memory/table.ts'
import { comparison, isWanted, type Ranked, valueOf } from './query.ts'
import { createWatchers } from './watchers.ts'

const MAX_BYTES = 64 * 1024 * 1024
const MAX_VARIANTS = 64
/** A body up to this size comes with the look-up. A larger one is better read in chunks than copied whole by a Response. */
const INLINE = 1024 * 1024
/** What an entry takes beside its body, metadata and URL: its object, the maps, the array buffer. Measured in V8. */
const OVERHEAD = 650

const ORDERS = ['createdAt', 'expiresAt', 'size', 'url', 'usedAt'] as const
const NOTHING: readonly Entry[] = Object.freeze([])

/**
 * Keeps entries in this process's memory, for as long as the store is open. `get` answers at once, without a promise.
 * Budgets count the entries of `http` only, which are evicted to keep to them.
 *
 * @param options `maxBytes` is 64 MiB by default; metadata counts at an estimate.
 * @throws {StowawayError} `unknown-option`, `invalid-option`
 */
export function createMemoryStore(options: StoreOptions = {}): Store {
  const { maxBytes, maxEntries, maxEntryBytes, now } = budgetOf(options, [], MAX_BYTES)
  const { emit, watch } = createWatchers()
  const reading = new Set<ReadableStreamDefaultReader>()
  let table = createTable()
  let eviction = createEviction<Slot>()
  let order = 0
  let closed = false

  const failure = (): StowawayError => new StowawayError('closed', 'The memory store was closed')
  const use = (): void => {
    if (closed) throw failure()
  }
  const accept = (size: number): void => {
    use()
    if (size > maxEntryBytes) throw new StowawayError('too-large', `A body may have ${maxEntryBytes} bytes at most`)
  }

  async function bytesOf(body: Bytes | ReadableStream<Bytes>): Promise<Bytes> {
    if (ArrayBuffer.isView(body)) {
      accept(body.length)
      return new Uint8Array(body)
    }
    const reader = body.getReader()
    reading.add(reader)
    try {
      return await collect(reader, accept)
    } catch (error) {
      reader.cancel(error).catch(() => {})
      throw error
    } finally {
      reading.delete(reader)
    }
  }

  function add(key: Key, kept: Kept, bytes: Bytes): Slot {
    const { meta } = kept
    const old = table.find(key)?.slots.find((slot) => slot.entry.meta.variant === meta.variant)
    if (old) remove(old)
    const cost = costOf(key, kept.size + bytes.length)
    const evictable = key.namespace === 'http'
    if (evictable) makeRoom(cost, 1)
    // Only now: making room may have removed the last of its variants.
    const group = table.group(key)
    const entry: Entry = { key: group.key, meta, version: `${++order}`, size: bytes.length, open: opener(bytes) }
    const slot: Slot = {
      entry: Object.freeze(bytes.length > INLINE ? entry : { ...entry, bytes }),
      group,
      order,
      name: key.selector + key.url,
      cost,
      due: dueOf(meta),
      putAt: now(),
      seen: group.hits,
      proven: old?.proven ?? false,
      place: -1,
    }
    table.add(slot)
    if (evictable) eviction.add(slot)
    const surplus = evictable && group.slots[MAX_VARIANTS]
    if (surplus) evict(surplus, 'size')
    return slot
  }

  function remove(slot: Slot): void {
    table.remove(slot)
    if (slot.group.key.namespace === 'http') eviction.remove(slot)
  }

  function evict(slot: Slot, reason: 'size' | 'expired'): void {
    remove(slot)
    const { key, meta } = slot.entry
    emit({ type: 'evicted', key, variant: meta.variant, reason })
  }

  function makeRoom(cost: number, count: number): void {
    while (eviction.cost + cost > maxBytes || eviction.count + count > maxEntries) {
      const next = eviction.victim(now())
      if (!next) return
      evict(next.item, next.reason)
    }
  }

  function named({ namespace, url, selector, variant, version }: Target): Slot[] {
    const whole = url !== undefined && selector !== undefined
    const slots = whole ? table.find({ namespace, url, selector })?.slots : table.slots(namespace, url)
    return [...(slots ?? [])].filter(
      ({ entry }) =>
        (selector ?? entry.key.selector) === entry.key.selector &&
        (variant ?? entry.meta.variant) === entry.meta.variant &&
        (version ?? entry.version) === entry.version,
    )
  }

  /** All at once where they have to be sorted, else one after the other. */
  function listed(query: Query): Iterable<Slot> {
    const { namespace, url, order: by, descending } = query
    const slots = table.slots(namespace, url)
    if (!by && !descending) return slots
    const rank = (slot: Slot): Ranked => [by ? valueOf(by, slot.entry, usedAtOf(slot)) : 0, slot.order]
    return [...slots].filter(({ entry }) => isWanted(query, entry.meta)).sort(comparison(rank, descending))
  }

  return {
    limits: { maxEntryBytes, orders: ORDERS },
    async open() {
      use()
    },
    get(key, touch = true) {
      if (closed) return Promise.reject(failure())
      const group = table.find(key)
      if (!group) return NOTHING
      if (!touch) return group.slots.map(withUse)
      group.hits = (group.hits + 1) | 0
      group.usedAt = now()
      return group.entries
    },
    async put({ namespace, url, selector }, meta, body) {
      use()
      const kept = keep(meta)
      const bytes = await bytesOf(body)
      // A cancelled read looks like the end of the stream.
      use()
      return add({ namespace, url, selector }, kept, bytes).entry
    },
    async update({ key, version }, meta) {
      use()
      const group = table.find(key)
      const slot = group?.slots.find(({ entry }) => entry.version === version)
      if (!group || !slot) return false
      const kept = keep(meta)
      slot.entry = Object.freeze({ ...slot.entry, meta: kept.meta })
      table.refresh(group)
      if (key.namespace === 'http') {
        eviction.change(slot, costOf(key, kept.size + slot.entry.size), dueOf(kept.meta))
        makeRoom(0, 0)
      }
      return true
    },
    async delete(targets) {
      use()
      let count = 0
      for (const target of targets) {
        for (const slot of named(target)) {
          remove(slot)
          count++
        }
      }
      return count
    },
    async *list(query) {
      use()
      const last = order
      for (const slot of listed(query)) {
        use()
        if (slot.order > last) return
        if (isWanted(query, slot.entry.meta) && table.has(slot)) yield withUse(slot)
      }
    },
    async usage(namespace) {
      use()
      if (namespace === 'http') return { entries: eviction.count, bytes: eviction.cost }
      let [entries, bytes] = [0, 0]
      for (const { cost } of table.slots(namespace)) {
        entries++
        bytes += cost
      }
      return { entries, bytes }
    },
    watch,
    async close() {
      closed = true
      table = createTable()
      eviction = createEviction()
      for (const reader of reading) reader.cancel(failure()).catch(() => {})
    },
  }
}

/** Looking up a key uses all that is found, which is noted once. */
const usedAtOf = ({ group, putAt }: Slot): number => Math.max(putAt, group.usedAt)
const withUse = (slot: Slot): Entry => ({ ...slot.entry, usedAt: usedAtOf(slot) })

const costOf = ({ url, selector }: Key, size: number): number => OVERHEAD + url.length + selector.length + size

const dueOf = ({ reclaimAt }: Meta): number => reclaimAt ?? Number.POSITIVE_INFINITY

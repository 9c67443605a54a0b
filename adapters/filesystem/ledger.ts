import type { Usage } from '../../src/store.ts'
import type { Place } from './layout.ts'
import type { Header } from './record.ts'

/** What was read from a record's file; holds as long as the file begins with the same line. */
export interface Memo {
  /** With its line feed. */
  readonly line: Buffer<ArrayBuffer>
  readonly header: Header
}

/** One record's file. */
export interface Slot {
  readonly folder: Folder
  readonly file: string
  /** Grows with each put. 0: not read yet. */
  order: number
  /** Of metadata and body together. */
  bytes: number
  reclaimAt: number
  createdAt: number
  expiresAt: number
  basis: string
  /** Of the body alone. */
  size: number
  /** In ms since the epoch, all different. */
  usedAt: number
  /** The use that the file's own time tells. */
  savedAt: number
  live: boolean
  memo: Memo | undefined
}

/** One key's folder, as last seen. */
export interface Folder extends Place {
  slots: Slot[]
  mtime: number
  /** Whether a change since would show in `mtime`. */
  settled: boolean
  /** Whether records may have been replaced since they were read. */
  stale: boolean
  /** Whether there are files that belong to no record. */
  untidy: boolean
  seen: number
}

export interface Facts {
  readonly order: number
  readonly bytes: number
  /** When the file says that it was last used, in ms since the epoch. */
  readonly usedAt: number
  readonly header: Header
}

export interface Ledger {
  /** Of everything, and of what can't be evicted. */
  readonly bytes: number
  readonly entries: number
  readonly pinnedBytes: number
  readonly pinnedEntries: number
  find(place: Place): Folder | undefined
  folder(place: Place): Folder
  forget(folder: Folder): void
  slot(folder: Folder, file: string): Slot
  /** Notes what a file says. `savedAt`: its time after this process has written it. */
  note(slot: Slot, facts: Facts, savedAt?: number): void
  drop(slot: Slot): void
  touch(slot: Slot): void
  remember(slot: Slot, memo: Memo): void
  /** A number above all that were noted or given. */
  nextOrder(): number
  /** Of all namespaces, or of one. */
  folders(namespace?: string): Iterable<Folder>
  usage(namespace: string): Usage
  /** What may be reclaimed, then what was not used for longest; never one of a pinned namespace. */
  victim(now: number): { readonly slot: Slot; readonly reason: 'size' | 'expired' } | undefined
  expired(now: number): Slot[]
  /** Takes the slots whose use is to be written to disk. */
  takeUsed(): Slot[]
}

const MEMOS = 4096
const COARSE_MS = 60_000
/** By so much the system's clock and a file's time may differ. */
const TICK_MS = 2000
const MAX_BASES = 1000

const evictable = (slot: Slot): boolean => slot.folder.shard.startsWith('http/')

/** What is known of the tree, in memory: some 800 bytes for each entry. `now` is the clock of uses. */
export function createLedger(now: () => number): Ledger {
  const shards = new Map<string, Map<string, Folder>>()
  const memos = new Set<Slot>()
  const used = new Set<Slot>()
  const bases = new Map<string, string>()
  const total = { bytes: 0, entries: 0, pinnedBytes: 0, pinnedEntries: 0 }
  let lastOrder = 0
  let lastUse = 0
  let earliestReclaim = Infinity
  const expiredQueue: Slot[] = []
  const idleQueue: { readonly slot: Slot; readonly usedAt: number }[] = []

  const account = (slot: Slot, bytes: number, entries: number): void => {
    total.bytes += bytes
    total.entries += entries
    if (evictable(slot)) return
    total.pinnedBytes += bytes
    total.pinnedEntries += entries
  }

  function* slots(): Generator<Slot> {
    for (const folders of shards.values()) for (const folder of folders.values()) yield* folder.slots
  }

  const nextUse = (): number => {
    lastUse = Math.max(now(), lastUse + 0.001)
    return lastUse
  }

  const save = (slot: Slot): void => {
    if (Math.abs(slot.usedAt - slot.savedAt) > COARSE_MS) used.add(slot)
  }

  /** One string for all entries that have the same. */
  const interned = (basis: string): string => {
    const known = bases.get(basis)
    if (known !== undefined) return known
    if (bases.size >= MAX_BASES) bases.clear()
    bases.set(basis, basis)
    return basis
  }

  const ledger: Ledger = {
    get bytes() {
      return total.bytes
    },
    get entries() {
      return total.entries
    },
    get pinnedBytes() {
      return total.pinnedBytes
    },
    get pinnedEntries() {
      return total.pinnedEntries
    },
    find: ({ shard, name }) => shards.get(shard)?.get(name),
    folder({ shard, name }) {
      let folders = shards.get(shard)
      if (!folders) shards.set(shard, (folders = new Map<string, Folder>()))
      let folder = folders.get(name)
      if (!folder) {
        folder = { shard, name, slots: [], mtime: 0, settled: false, stale: true, untidy: false, seen: 0 }
        folders.set(name, folder)
      }
      return folder
    },
    forget(folder) {
      for (const slot of folder.slots) ledger.drop(slot)
      const folders = shards.get(folder.shard)
      folders?.delete(folder.name)
      if (folders?.size === 0) shards.delete(folder.shard)
    },
    slot(folder, file) {
      const found = folder.slots.find((slot) => slot.file === file)
      if (found) return found
      const slot: Slot = {
        folder,
        file,
        order: 0,
        bytes: 0,
        reclaimAt: Infinity,
        createdAt: 0,
        expiresAt: Infinity,
        basis: '',
        size: 0,
        usedAt: 0,
        savedAt: 0,
        live: true,
        memo: undefined,
      }
      folder.slots.push(slot)
      account(slot, 0, 1)
      return slot
    },
    note(slot, { order, bytes, usedAt, header: { meta, size } }, savedAt = usedAt) {
      if (!slot.live) return
      account(slot, bytes - slot.bytes, 0)
      // A time that this process has not written is that of a use by another.
      if (order !== slot.order || usedAt - slot.savedAt > TICK_MS) slot.usedAt = Math.max(slot.usedAt, usedAt)
      slot.savedAt = savedAt
      if (savedAt !== usedAt) save(slot)
      slot.order = order
      slot.bytes = bytes
      slot.size = size
      slot.reclaimAt = meta.reclaimAt ?? Infinity
      slot.createdAt = meta.createdAt
      slot.expiresAt = meta.expiresAt ?? Infinity
      slot.basis = interned(meta.basis)
      lastOrder = Math.max(lastOrder, order)
      if (evictable(slot)) earliestReclaim = Math.min(earliestReclaim, slot.reclaimAt)
    },
    drop(slot) {
      if (!slot.live) return
      slot.live = false
      slot.memo = undefined
      memos.delete(slot)
      used.delete(slot)
      account(slot, -slot.bytes, -1)
      slot.folder.slots = slot.folder.slots.filter((other) => other !== slot)
    },
    touch(slot) {
      slot.usedAt = nextUse()
      save(slot)
    },
    remember(slot, memo) {
      if (!slot.live) return
      slot.memo = memo
      memos.add(slot)
      if (memos.size <= MEMOS) return
      for (const oldest of memos) {
        oldest.memo = undefined
        memos.delete(oldest)
        return
      }
    },
    nextOrder() {
      lastOrder = Math.max(Date.now() * 1000, lastOrder + 1)
      return lastOrder
    },
    *folders(namespace = '') {
      for (const [shard, folders] of shards) if (shard.startsWith(namespace)) yield* folders.values()
    },
    usage(namespace) {
      let [entries, bytes] = [0, 0]
      for (const folder of ledger.folders(namespace)) {
        entries += folder.slots.length
        for (const slot of folder.slots) bytes += slot.bytes
      }
      return { entries, bytes }
    },
    victim(at) {
      if (earliestReclaim <= at) expiredQueue.push(...ledger.expired(at))
      for (let slot = expiredQueue.pop(); slot; slot = expiredQueue.pop()) {
        if (slot.live && slot.reclaimAt <= at) return { slot, reason: 'expired' }
      }
      while (idleQueue.length > 0 || fillIdle()) {
        const next = idleQueue.pop()
        if (next?.slot.live && next.slot.usedAt === next.usedAt) return { slot: next.slot, reason: 'size' }
      }
      return undefined
    },
    expired(at) {
      if (earliestReclaim > at) return []
      earliestReclaim = Infinity
      const found: Slot[] = []
      for (const slot of slots()) {
        if (!evictable(slot)) continue
        if (slot.reclaimAt <= at) found.push(slot)
        else earliestReclaim = Math.min(earliestReclaim, slot.reclaimAt)
      }
      return found
    },
    takeUsed() {
      const taken = [...used]
      used.clear()
      return taken
    },
  }

  // One pass serves many evictions: whatever is used later is used later than all that wait in the queue.
  function fillIdle(): boolean {
    const times: number[] = []
    for (const slot of slots()) if (evictable(slot)) times.push(slot.usedAt)
    if (times.length === 0) return false
    const ascending = Float64Array.from(times).sort()
    const limit = ascending[Math.min(times.length - 1, Math.max(63, times.length >> 5))] ?? 0
    for (const slot of slots()) {
      if (evictable(slot) && slot.usedAt <= limit) idleQueue.push({ slot, usedAt: slot.usedAt })
    }
    idleQueue.sort((a, b) => b.usedAt - a.usedAt)
    return true
  }

  return ledger
}

import { promises } from 'node:fs'
import { join } from 'node:path'
import type { StoreEvent } from '../../src/store.ts'
import { failure } from './files.ts'
import { folderPath, namespaceFolder } from './layout.ts'
import type { Ledger, Slot } from './ledger.ts'
import { pauses } from './pace.ts'
import type { Header } from './record.ts'
import type { Pause, Tree } from './tree.ts'

export interface Budget {
  readonly maxBytes: number
  readonly maxEntries: number
}

export interface Upkeep {
  /** Begins to look through what is there, and does so again now and then. Keeps no process alive. */
  start(): void
  stop(): void
  /** Looks through one namespace now. */
  refresh(namespace: string): Promise<void>
  /** Removes what dead writers have left, and empty folders. */
  vacuum(): Promise<void>
  /** Evicts until the budget holds; never `newest`. */
  enforce(newest?: Slot): Promise<void>
  /** Evicts so much more; false: there was nothing to evict. */
  makeRoom(bytes: number): Promise<boolean>
  evict(slot: Slot, reason: 'size' | 'expired'): Promise<boolean>
  /** Writes the times of use that are not on disk yet. */
  flush(): Promise<void>
}

export interface UpkeepParts {
  readonly root: string
  readonly tree: Tree
  readonly ledger: Ledger
  readonly budget: Budget
  readonly now: () => number
  readonly emit: (event: StoreEvent) => void
}

const FLUSH_MS = 60_000
/** Every so many flushes the tree is looked through. */
const FLUSHES_PER_SCAN = 10

export function createUpkeep({ root, tree, ledger, budget, now, emit }: UpkeepParts): Upkeep {
  let timer: ReturnType<typeof setInterval> | undefined
  let stopped = false
  let pass = 0
  let enforcing: Promise<void> = Promise.resolve()

  const over = (): boolean =>
    ledger.bytes > budget.maxBytes || ledger.entries - ledger.pinnedEntries > budget.maxEntries

  async function evict(slot: Slot, reason: 'size' | 'expired'): Promise<boolean> {
    const due = ({ meta }: Header): boolean => meta.reclaimAt !== null && meta.reclaimAt <= now()
    const wanted = reason === 'expired' ? due : () => true
    const removed = await tree.remove(
      slot.folder,
      (found, file) => file === slot.file && (found === 'corrupt' || wanted(found.header)),
    )
    for (const { key, meta } of removed) emit({ type: 'evicted', key, variant: meta.variant, reason })
    // Another process has replaced or updated it: what is known of it is out of date.
    if (removed.length === 0) tree.inspect(slot.folder)
    return removed.length > 0
  }

  /** Evicts while there is need; an entry that can't be removed ends it. */
  async function evictWhile(needed: () => boolean, newest?: Slot): Promise<void> {
    while (!stopped && needed()) {
      const victim = ledger.victim(now())
      if (!victim || victim.slot === newest) return
      const went = await evict(victim.slot, victim.reason)
      if (!went && victim.slot.live) ledger.touch(victim.slot)
    }
  }

  function enforce(newest?: Slot): Promise<void> {
    if (!over()) return Promise.resolve()
    enforcing = enforcing.then(() => evictWhile(over, newest)).catch(failed)
    return enforcing
  }

  async function makeRoom(bytes: number): Promise<boolean> {
    const before = ledger.bytes
    await evictWhile(() => before - ledger.bytes < bytes)
    return ledger.bytes < before
  }

  async function scan(pause: Pause, namespace?: string): Promise<void> {
    const mark = ++pass
    for await (const place of tree.walk(pause, namespace)) {
      const folder = tree.inspect(place)
      if (folder) folder.seen = Math.max(folder.seen, mark)
    }
    for (const folder of ledger.folders(namespace)) if (folder.seen < mark) tree.look(folder)
  }

  async function sweep(): Promise<void> {
    await scan(pauses(() => stopped, true))
    const at = now()
    for (const slot of ledger.expired(at)) if (!stopped && slot.live) await evict(slot, 'expired')
    await enforce()
  }

  async function flush(): Promise<void> {
    for (const slot of ledger.takeUsed()) {
      const { folder, file, usedAt } = slot
      slot.savedAt = usedAt
      // Gone by now, or not ours to change: then the order of eviction is a little off after a restart.
      await promises.utimes(join(folderPath(root, folder), file), usedAt / 1000, usedAt / 1000).catch(() => {})
    }
  }

  const failed = (error: unknown): void => {
    if (!stopped) emit({ type: 'error', error: failure(error, root) })
  }

  return {
    start() {
      sweep().catch(failed)
      let ticks = 0
      timer = setInterval(() => {
        flush().catch(failed)
        if (++ticks % FLUSHES_PER_SCAN === 0) sweep().catch(failed)
      }, FLUSH_MS)
      timer.unref()
    },
    stop() {
      stopped = true
      clearInterval(timer)
    },
    async refresh(namespace) {
      await scan(
        pauses(() => stopped),
        namespaceFolder(namespace),
      )
      await enforce()
    },
    async vacuum() {
      await scan(pauses(() => stopped))
      await tree.prune()
    },
    enforce,
    makeRoom,
    evict,
    flush,
  }
}

/** The store's opening and closing. */
import { StowawayError } from './errors.ts'
import type { Configured } from './configured.ts'
import type { EngineOptions } from './engine.ts'
import { createStorage } from './exchange/storage.ts'
import type { Storage } from './exchange/storage.ts'
import { inTime } from './exchange/timers.ts'
import type { Store } from './store.ts'

export interface OpenStore {
  /** Opens the store at first use; undefined while there is none to use. */
  storage(): Storage | undefined | Promise<Storage | undefined>
  open(): Promise<void>
  close(): Promise<void>
}

/** For how long requests leave a store alone that could not be opened, in ms. */
const REST = 10_000

interface OpenOptions extends Omit<EngineOptions, 'match' | 'counts'> {
  readonly configured: Configured
}

export function openStore({ cache, configured, emit, makeStore, report, runtime }: OpenOptions): OpenStore {
  let opening: Promise<Storage> | undefined
  let usual: Promise<Storage | undefined> | undefined
  let ready: Storage | undefined
  let watching: Store | undefined
  let failedAt: number | undefined
  let closed = false
  const { now = Date.now } = cache
  // One that was passed in belongs to who made it.
  const isOurs = typeof cache.backend !== 'object'

  /** What was wrong may be mended by the next time. */
  function begin(): Promise<Storage> {
    if (opening) return opening
    opening = start()
    opening.catch(() => {
      if (usual) failedAt = now()
      opening = usual = undefined
    })
    return opening
  }

  function isResting(): boolean {
    const since = failedAt === undefined ? REST : now() - failedAt
    return since >= 0 && since < REST
  }

  async function start(): Promise<Storage> {
    const store = await usable()
    ready = createStorage(store, configured.targeted, report)
    return ready
  }

  /** Before it is opened: opening is when most is found to be wrong. */
  function watched(store: Store): Store {
    if (store === watching) return store
    watching = store
    store.watch((event) => {
      if (event.type === 'error') report(event.error)
      else emit('evicted', { url: event.key.url, reason: event.reason })
    })
    return store
  }

  /** Without a backend named, a place that can't be written is no reason to go without a cache. */
  async function usable(): Promise<Store> {
    let store: Store | undefined
    try {
      store = watched(await makeStore())
      await store.open()
      return store
    } catch (error) {
      if (isOurs) await inTime(Promise.resolve(store).then((failed) => failed?.close())).catch(() => {})
      const { memory } = runtime.backends
      // Recorded in memory it would be lost.
      const taped = configured.preset?.taped
      if (cache.backend !== undefined || taped || !memory) throw error
      report(error)
      return watched(await makeStore(memory))
    }
  }

  function storage(): Storage | undefined | Promise<Storage | undefined> {
    if (closed) return undefined
    if (ready) return ready
    if (!opening && isResting()) return undefined
    return (usual ??= inTime(begin()).catch((error: unknown) => {
      report(error)
      return undefined
    }))
  }

  return {
    storage,
    async open() {
      if (closed) throw new StowawayError('closed', 'the cache was closed')
      await begin()
    },
    async close() {
      closed = true
      const open = await opening?.catch(() => undefined)
      if (isOurs) await open?.store.close()
    },
  }
}

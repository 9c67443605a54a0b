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

interface OpenOptions extends Omit<EngineOptions, 'match' | 'counts'> {
  readonly configured: Configured
}

export function openStore({ cache, configured, emit, makeStore, report, runtime }: OpenOptions): OpenStore {
  let opening: Promise<Storage> | undefined
  let usual: Promise<Storage | undefined> | undefined
  let ready: Storage | undefined
  let closed = false

  async function start(): Promise<Storage> {
    const store = await usable()
    ready = createStorage(store, configured.targeted, report)
    return ready
  }

  /** Before it is opened: opening is when most is found to be wrong. */
  function watched(store: Store): Store {
    store.watch((event) => {
      if (event.type === 'error') report(event.error)
      else emit('evicted', { url: event.key.url, reason: event.reason })
    })
    return store
  }

  /** Without a backend named, a place that can't be written is no reason to go without a cache. */
  async function usable(): Promise<Store> {
    try {
      const store = watched(await makeStore())
      await store.open()
      return store
    } catch (error) {
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
    opening ??= start()
    return (usual ??= inTime(opening).catch((error: unknown) => {
      report(error)
      return undefined
    }))
  }

  return {
    storage,
    async open() {
      if (closed) throw new StowawayError('closed', 'the cache was closed')
      opening ??= start()
      try {
        await opening
      } catch (error) {
        // Worth another try once what was wrong has been mended.
        opening = usual = undefined
        throw error
      }
    },
    async close() {
      closed = true
      const open = await opening?.catch(() => undefined)
      // A store that was passed in belongs to who made it.
      if (typeof cache.backend !== 'object') await open?.store.close()
    },
  }
}

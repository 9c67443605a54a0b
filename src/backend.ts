/** From the `backend` option to an open store. */
import { StowawayError } from './errors.ts'
import type { Emitter } from './events.ts'
import { createStorage } from './exchange/storage.ts'
import type { Storage } from './exchange/storage.ts'
import { show } from './options/refuse.ts'
import type { ParsedCacheOptions } from './options/settings.ts'
import type { TargetedReader } from './rfc9111/messages.ts'
import type { Backend, Runtime } from './runtime.ts'
import type { Store } from './store.ts'

export interface OpenBackend {
  /** Opens the store at first use; undefined while there is none to use. */
  storage(): Storage | undefined | Promise<Storage | undefined>
  open(): Promise<void>
  close(): Promise<void>
}

interface Hooks {
  readonly report: (error: unknown) => void
  readonly now: () => number
  readonly emit: Emitter['emit']
  readonly targeted: () => Promise<TargetedReader | undefined>
}

/** Throws `unknown-backend` at the call. */
export function openBackend(options: ParsedCacheOptions, runtime: Runtime, { emit, now, report, targeted }: Hooks): OpenBackend {
  const make = maker(options, runtime, now)
  let opening: Promise<Storage> | undefined
  let ready: Storage | undefined
  let closed = false

  async function start(): Promise<Storage> {
    const store = await usable()
    store.watch((event) => {
      if (event.type === 'error') report(event.error)
      else emit('evicted', { url: event.key.url, reason: event.reason })
    })
    ready = createStorage(store, await targeted(), report)
    return ready
  }

  /** Without a backend named, a place that can't be written is no reason to go without a cache. */
  async function usable(): Promise<Store> {
    try {
      const store = await make()
      await store.open()
      return store
    } catch (error) {
      const { memory } = runtime.backends
      if (options.backend !== undefined || !memory) throw error
      report(error)
      return memory({ name: options.name, now })
    }
  }

  function storage(): Storage | undefined | Promise<Storage | undefined> {
    if (closed) return undefined
    if (ready) return ready
    opening ??= start()
    return opening.catch((error: unknown) => {
      report(error)
      return undefined
    })
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
        opening = undefined
        throw error
      }
    },
    async close() {
      closed = true
      const open = await opening?.catch(() => undefined)
      // A store that was passed in belongs to who made it.
      if (typeof options.backend !== 'object') await open?.store.close()
    },
  }
}

function maker({ backend, maxBytes, maxEntries, maxEntryBytes, name, path }: ParsedCacheOptions, runtime: Runtime, now: () => number): () => Promise<Store> {
  if (typeof backend === 'object') return async () => backend
  const { backends, defaultBackend } = runtime
  const chosen = backend ?? defaultBackend
  const create: Backend | undefined = Object.hasOwn(backends, chosen) ? backends[chosen] : undefined
  if (!create) {
    throw new StowawayError('unknown-backend', `backend: ${show(backend)} is not one of ${Object.keys(backends).join(', ')}, nor a store`)
  }
  const budget = { ...(maxBytes !== undefined && { maxBytes }), ...(maxEntries !== undefined && { maxEntries }), ...(maxEntryBytes !== undefined && { maxEntryBytes }) }
  return () => create({ name, now, ...budget, ...(path !== undefined && { path }) })
}

/** The standard's `CacheStorage` (§5.5) over a store. */
import { StowawayError } from '../errors.ts'
import type { OpenStore } from '../opening.ts'
import type { ParsedCacheOptions } from '../options/settings.ts'
import type { Store } from '../store.ts'
import { firstMatch, StoredCache } from './cache.ts'
import { refuseReadOnly } from './context.ts'
import type { Context } from './context.ts'
import { translated } from './errors.ts'
import { createHeld } from './held.ts'
import { createList } from './list.ts'
import { createLock } from './lock.ts'
import { createNames, namespaceOf } from './names.ts'
import type { CacheLike, CacheStorageLike } from './types.ts'
import { queryOptions, requestOf, required } from './webidl.ts'

export interface Caches {
  readonly storage: CacheStorageLike
  /** To be called before the store is closed: the data of deleted caches go, whoever still holds them. */
  release(): Promise<void>
}

const offline = async (): Promise<never> => {
  throw new TypeError('the cache works without the network')
}

interface CachesOptions extends Pick<OpenStore, 'open' | 'storage'>, Pick<Context, 'fetch' | 'now' | 'report'> {
  readonly cache: ParsedCacheOptions
}

export async function createCaches({ cache, open, storage: current, ...rest }: CachesOptions): Promise<Caches> {
  const { report } = rest
  // Few caches have one.
  const preset = cache.mode && (await import('../options/modes.ts')).presetOf(cache.mode)
  const readOnly = Boolean(cache.settings.readOnly || preset?.settings.readOnly)
  const context: Context = {
    ...rest,
    fetch: preset?.settings.onlyIfCached ? () => offline : rest.fetch,
    readOnly,
    store,
  }
  const names = createNames(context)
  const held = createHeld((id) => createList(context, namespaceOf(id)), names.drop, report)
  const lock = createLock()
  let swept: Promise<void> | undefined

  async function store(): Promise<Store> {
    await open()
    const found = await current()
    if (!found) throw new StowawayError('closed', 'the cache was closed')
    return found.store
  }

  /** Once, and no failure of what it is called for. */
  const sweep = (): Promise<void> => (swept ??= names.sweep().catch(report))

  async function opened(name: string): Promise<CacheLike> {
    const known = await names.find(name)
    if (!known) refuseReadOnly(context)
    if (!readOnly) await sweep()
    return new StoredCache(held.list(known ?? (await names.create(name))), context)
  }

  const storage: CacheStorageLike = {
    match: (...given) =>
      translated(async () => {
        required(given, 1, 'CacheStorage.match')
        const [input, options] = given
        queryOptions(options)
        const request = requestOf(input)
        const named = options?.cacheName
        const all = await lock.shared(() => names.all())
        const ids = named === undefined ? all.values() : [all.get(`${named}`)]
        for (const id of ids) {
          const found = id === undefined ? undefined : await firstMatch(held.passing(id), context, request, options)
          if (found) return found
        }
        return undefined
      }),
    has: (...given) =>
      translated(async () => {
        required(given, 1, 'CacheStorage.has')
        return (await lock.shared(() => names.find(`${given[0]}`))) !== undefined
      }),
    open: (...given) =>
      translated(async () => {
        required(given, 1, 'CacheStorage.open')
        const name = `${given[0]}`
        return lock.exclusive(() => opened(name))
      }),
    delete: (...given) =>
      translated(async () => {
        required(given, 1, 'CacheStorage.delete')
        const name = `${given[0]}`
        refuseReadOnly(context)
        return lock.exclusive(async () => {
          const id = await names.find(name)
          if (id === undefined) return false
          await sweep()
          await names.remove(name)
          await held.doom(id).catch(report)
          return true
        })
      }),
    keys: () => translated(async () => [...(await lock.shared(() => names.all())).keys()]),
  }

  return { storage, release: () => held.release().catch(report) }
}

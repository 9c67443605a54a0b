/** Which store the options choose. */
import { StowawayError } from './errors.ts'
import { checkBackend, ownOptions } from './options/backend.ts'
import { show } from './options/refuse.ts'
import type { ParsedCacheOptions } from './options/settings.ts'
import type { Backend, Runtime } from './runtime.ts'
import type { Store } from './store.ts'

/** Makes the chosen store, or for want of it that of another backend with the same options. */
export type StoreMaker = (instead?: Backend) => Promise<Store>

/** Throws `unknown-backend` at the call; the store itself is made later. */
export function storeMaker(
  options: ParsedCacheOptions,
  { backends, defaultBackend, fixtures = defaultBackend }: Runtime,
): StoreMaker {
  const { backend, maxBytes, maxEntries, maxEntryBytes, mode, name, now, path } = options
  if (typeof backend === 'object') return async () => backend
  const chosen = backend ?? (mode === 'record' || mode === 'replay' ? fixtures : defaultBackend)
  const create = Object.hasOwn(backends, chosen) ? backends[chosen] : undefined
  if (!create) {
    throw new StowawayError(
      'unknown-backend',
      `backend: ${show(backend)} is not one of ${Object.keys(backends).join(', ')}, nor a store`,
    )
  }
  checkBackend(options, create, backends)
  const given = Object.entries({ maxBytes, maxEntries, maxEntryBytes, now, path }).filter(
    ([, value]) => value !== undefined,
  )
  return (instead = create) => {
    const own = ownOptions(options).filter(([option]) => instead.options?.[option] !== undefined)
    return instead({ name, ...Object.fromEntries([...given, ...own]) })
  }
}

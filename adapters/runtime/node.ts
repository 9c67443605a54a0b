import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import process from 'node:process'
import type { URLPatternConstructor } from '../../src/options/patterns.ts'
import type { Backend, BackendOptions, Runtime } from '../../src/runtime.ts'
import type { Store } from '../../src/store.ts'
import type { CodecName } from '../codec.ts'
import type { FilesystemStoreOptions } from '../filesystem.ts'
import type { SqliteStoreOptions } from '../sqlite.ts'
import { memory } from './memory.ts'
import { nativeURLPattern } from './native.ts'
import { scopeOf } from './scope.ts'

/** Node 22 has no URLPattern; the polyfill is loaded only there, and at once, so that a bad pattern fails at the call. */
function urlPattern(): URLPatternConstructor {
  if ('URLPattern' in globalThis) return nativeURLPattern()
  // The polyfill's class has the standard's shape.
  return (createRequire(import.meta.url)('urlpattern-polyfill') as { URLPattern: URLPatternConstructor }).URLPattern
}

/** A name that is a database's file name already is left alone. */
const fileOf = (name: string): string => (/\.(?:sqlite3?|db)$/i.test(name) ? name : `${name}.sqlite`)

const CODECS: readonly CodecName[] = ['msgpack', 'json', 'yaml', 'bson']

const sqlite: Backend = Object.assign(
  async ({ name, path = fileOf(name), ...options }: BackendOptions): Promise<Store> => {
    const { createSqliteStore } = await import('../sqlite.ts')
    // The names of codecs are those below, as checked at the call.
    const own = options as SqliteStoreOptions
    return createSqliteStore(options.useMemory ? own : { ...own, path })
  },
  {
    options: {
      useCacheDir: true,
      useTemp: true,
      useMemory: true,
      wal: true,
      fastSave: true,
      busyTimeout: true,
      codec: CODECS,
    } as const,
  },
)

const filesystem: Backend = Object.assign(
  async ({ name, path = name, ...options }: BackendOptions): Promise<Store> => {
    const { createFilesystemStore } = await import('../filesystem.ts')
    // As above.
    return createFilesystemStore({ ...(options as FilesystemStoreOptions), path })
  },
  { options: { useCacheDir: true, useTemp: true, codec: CODECS, extension: true } as const },
)

export const runtime: Runtime = {
  backends: {
    memory,
    sqlite,
    filesystem,
  },
  defaultBackend: 'sqlite',
  fixtures: 'filesystem',
  urlPattern,
  hopMode: 'manual',
  conditionalMode: 'no-cache',
  ambientCredentials: false,
  streamed: true,
  environment: () => process.env,
  asyncScope: <T>() => scopeOf(new AsyncLocalStorage<T>()),
}

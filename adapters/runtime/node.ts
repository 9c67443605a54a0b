import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import process from 'node:process'
import type { URLPatternConstructor } from '../../src/options/patterns.ts'
import type { Runtime } from '../../src/runtime.ts'
import { memory } from './memory.ts'
import { nativeURLPattern } from './native.ts'
import { scopeOf } from './scope.ts'

/** Node 22 has no URLPattern; the polyfill is loaded only there, and at once, so that a bad pattern fails at the call. */
function urlPattern(): URLPatternConstructor {
  if ('URLPattern' in globalThis) return nativeURLPattern()
  // The polyfill's class has the standard's shape.
  return (createRequire(import.meta.url)('urlpattern-polyfill') as { URLPattern: URLPatternConstructor }).URLPattern
}

export const runtime: Runtime = {
  backends: {
    memory,
    sqlite: async ({ name, path = `${name}.sqlite`, ...options }) =>
      (await import('../sqlite.ts')).createSqliteStore({ ...options, path }),
    filesystem: async ({ name, path = name, ...options }) =>
      (await import('../filesystem.ts')).createFilesystemStore({ ...options, path }),
  },
  defaultBackend: 'sqlite',
  urlPattern,
  hopMode: 'manual',
  conditionalMode: 'no-cache',
  ambientCredentials: false,
  streamed: true,
  environment: () => process.env,
  asyncScope: <T>() => scopeOf(new AsyncLocalStorage<T>()),
}

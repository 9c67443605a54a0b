import type { AsyncLocalStorage } from 'node:async_hooks'
import type { Runtime } from '../../src/runtime.ts'
import { runtime as usual } from './default.ts'
import { scopeOf } from './scope.ts'

/** Not an import: without the flag `nodejs_compat` there is no such module, and a Worker that names it is refused. */
interface Builtin {
  readonly process?: {
    getBuiltinModule?(name: string): { AsyncLocalStorage: new <T>() => AsyncLocalStorage<T> } | undefined
  }
}

// The compatibility flags decide which of these members are there.
const builtin = (globalThis as unknown as Builtin).process?.getBuiltinModule?.('node:async_hooks')

export const runtime: Runtime = {
  ...usual,
  ...(builtin && { asyncScope: <T>() => scopeOf(new builtin.AsyncLocalStorage<T>()) }),
}

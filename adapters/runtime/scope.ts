import type { AsyncLocalStorage } from 'node:async_hooks'
import type { Scope } from '../../src/scope.ts'

export function scopeOf<T>(storage: AsyncLocalStorage<T>): Scope<T> {
  return { run: (value, fn) => storage.run(value, fn), get: () => storage.getStore() }
}

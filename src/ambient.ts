/** Which of the caches that took the place of the global `fetch` have a part in what runs now. */
import type { Fetch } from './exchange/upstream.ts'
import type { Scope } from './scope.ts'

export interface Part {
  /** Those of `enabled` that this code runs in. */
  readonly enabled: readonly object[]
  /** Whether the installed ones have none. */
  readonly disabled: boolean
}

/** None of them. */
export const APART: Part = { enabled: [], disabled: true }

let scope: Scope<Part> | undefined

/** Made when first asked for: without a cache in the place of `fetch` there is nothing to keep apart. */
export function ambient(make: (() => Scope<Part>) | undefined): Scope<Part> {
  return (scope ??= make?.() ?? synchronous())
}

/** A fetch underneath a cache, in which no other one has a part: what is cached once is not cached again. */
export function beneath(fetch: Fetch): Fetch {
  const current = scope
  return current ? (input, init) => current.run(APART, () => fetch(input, init)) : fetch
}

/** Ends where `fn` returns, or first awaits. */
function synchronous<T>(): Scope<T> {
  let value: T | undefined
  return {
    get: () => value,
    run(inner, fn) {
      const outer = value
      value = inner
      try {
        return fn()
      } finally {
        value = outer
      }
    },
  }
}

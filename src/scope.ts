/** A value that holds for what one function calls, however it goes on asynchronously, and for nothing beside it. */
export interface Scope<T> {
  /** Calls `fn`, in which and in all that it awaits or starts `get` gives `value`. Nested, the inner value holds. */
  run<R>(value: T, fn: () => R): R
  /** Undefined outside. */
  get(): T | undefined
}

import { StowawayError } from '../errors.ts'

/** A store that takes longer counts as failed, in ms. */
const DEADLINE = 5_000

/** Calls back once after `ms` unless cancelled; does not keep a process alive (Node, Deno and Bun have `unref`). */
export function later(ms: number, callback: () => void): () => void {
  const timer: unknown = setTimeout(callback, ms)
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
  // What setTimeout returned just above; its type differs by runtime.
  return () => clearTimeout(timer as number)
}

/** What a store's work gives, or a failure when that takes too long. */
export function inTime<T>(work: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = later(DEADLINE, () =>
      reject(new StowawayError('store-failure', `the store did not answer within ${DEADLINE / 1000} s`)),
    )
    Promise.resolve(work).then(resolve, reject).finally(cancel)
  })
}

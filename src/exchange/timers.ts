import { StowawayError } from '../errors.ts'

/** A store that takes longer counts as failed, in ms. */
const DEADLINE = 5_000

/** Calls back once after `ms` unless cancelled; does not keep a process alive (Node, Deno and Bun have `unref`). */
export function later(ms: number, callback: () => void): () => void {
  // Some runtimes give an object, the library types of the web know only the number.
  const timer = setTimeout(callback, ms) as number | { unref?(): void }
  if (typeof timer === 'object') timer.unref?.()
  // What setTimeout returned just above.
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

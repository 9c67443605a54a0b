/** What the standard's methods reject with. */
import { StowawayError } from '../errors.ts'

/** A failure of the store, in the standard's words. What is none of ours stays as it is: it is the body's, or the fetch's. */
function rejection(error: unknown): unknown {
  if (!(error instanceof StowawayError)) return error
  if (error.code !== 'too-large') return new TypeError(error.message, { cause: error })
  const exceeded = new DOMException(error.message, 'QuotaExceededError')
  return Object.defineProperty(exceeded, 'cause', { configurable: true, value: error, writable: true })
}

export async function translated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw rejection(error)
  }
}

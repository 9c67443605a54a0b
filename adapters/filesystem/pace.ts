import { closed } from './files.ts'
import type { Pause } from './tree.ts'

const SLICE_MS = 4

/**
 * For long work: after each slice of it others get their turn. In the background they get twice as much, and what is
 * left of it keeps no process alive. Throws `closed` once the store is.
 */
export function pauses(isClosed: () => boolean, background = false): Pause {
  let until = performance.now() + SLICE_MS
  return () => {
    if (isClosed()) throw closed()
    if (performance.now() < until) return undefined
    return new Promise<void>((resolve) => {
      const next = (): void => {
        until = performance.now() + SLICE_MS
        resolve()
      }
      if (background) setTimeout(next, 2 * SLICE_MS).unref()
      else setImmediate(next)
    })
  }
}

import type { Store, StoreEvent } from '../src/store.ts'

/** Who watches a store. */
export interface Watchers {
  readonly watch: Store['watch']
  emit(event: StoreEvent): void
}

export function createWatchers(): Watchers {
  const watchers = new Set<(event: StoreEvent) => void>()
  return {
    watch(listener) {
      // Its own function: the same listener may watch twice.
      const own = (event: StoreEvent): void => listener(event)
      watchers.add(own)
      return () => void watchers.delete(own)
    },
    emit(event) {
      for (const watcher of watchers) {
        // A listener's own fault must not fail the put that made room; it surfaces as an unhandled error.
        try {
          watcher(event)
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}

/** What wrappers have in common: members that pass through, and entries that can't be read back. */
import { StowawayError } from '../../src/errors.ts'
import type { Entry, Store, StoreEvent } from '../../src/store.ts'
import { createWatchers } from '../watchers.ts'

/** A wrapper's own part of what its store does. */
export interface Passing {
  readonly watch: Store['watch']
  /** Tells, once for each version, of an entry that can't be read back. */
  report(inner: Entry, message: string): void
  /** The same, and removes it, if it is still that version. */
  discard(inner: Entry, message: string): Promise<void>
  /** Aborted when the store is closed, for what waits for others. */
  readonly signal: AbortSignal
  close(): Promise<void>
}

const REPORTED = 1000

/** @param translate What those who watch are told of an event of the wrapped store. */
export function createPassing(store: Store, translate: (event: StoreEvent) => StoreEvent): Passing {
  const { emit, watch } = createWatchers()
  const reported = new Set<string>()
  const closing = new AbortController()
  store.watch((event) => emit(translate(event)))

  function report({ version }: Entry, message: string): void {
    if (reported.has(version)) return
    if (reported.size >= REPORTED) reported.clear()
    reported.add(version)
    emit({ type: 'error', error: new StowawayError('corrupt', message) })
  }

  return {
    watch,
    report,
    async discard(inner, message) {
      report(inner, message)
      const { key, meta, version } = inner
      // Where that fails the entry stays, is a miss again, and is not told of again.
      await store.delete([{ ...key, variant: meta.variant, version }]).catch(() => {})
    },
    signal: closing.signal,
    close() {
      closing.abort(new StowawayError('closed', 'The store was closed'))
      return store.close()
    },
  }
}

/** Members that a wrapper does not change. */
export function passed(store: Store, { watch, close }: Passing): Pick<Store, 'open' | 'watch' | 'close' | 'vacuum'> {
  return {
    open: () => store.open(),
    watch,
    close,
    // Absent where the store has none.
    ...(store.vacuum && { vacuum: () => store.vacuum?.() ?? Promise.resolve() }),
  }
}

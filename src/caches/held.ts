/** The lists that objects of this process still work on: what was deleted stays for them. */
import type { RequestResponseList } from './list.ts'

export interface Held {
  /** The one list of an id; whoever keeps it holds it. */
  list(id: string): RequestResponseList
  /** Calls for it once nobody holds the list any more, or at once. */
  doom(id: string): Promise<void>
  /** Calls for all that is still waiting. */
  release(): Promise<void>
}

export function createHeld(
  create: (id: string) => RequestResponseList,
  drop: (id: string) => Promise<void>,
  report: (error: unknown) => void,
): Held {
  const lists = new Map<string, WeakRef<RequestResponseList>>()
  const doomed = new Set<string>()
  const registry = new FinalizationRegistry<string>((id) => {
    if (lists.get(id)?.deref()) return
    lists.delete(id)
    if (doomed.delete(id)) drop(id).catch(report)
  })

  return {
    list(id) {
      const known = lists.get(id)?.deref()
      if (known) return known
      const list = create(id)
      lists.set(id, new WeakRef(list))
      registry.register(list, id)
      return list
    },
    async doom(id) {
      if (lists.get(id)?.deref()) doomed.add(id)
      else await drop(id)
    },
    async release() {
      const ids = [...doomed]
      doomed.clear()
      await Promise.all(ids.map(drop))
    },
  }
}

/** The lists that objects of this process still work on: what was deleted stays for them. */
import type { RequestResponseList } from './list.ts'

export interface Held {
  /** The one list of an id; whoever keeps it holds it. */
  list(id: string): RequestResponseList
  /** The same, where somebody holds it, else one for a single use. */
  passing(id: string): RequestResponseList
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
  const lists = new Map<string, Pick<WeakRef<RequestResponseList>, 'deref'>>()
  const doomed = new Set<string>()
  // Workers have it only by a flag, or of late. Without it, all are held.
  const registry = globalThis.FinalizationRegistry && new FinalizationRegistry<string>(left)

  function left(id: string): void {
    if (known(id)) return
    lists.delete(id)
    if (doomed.delete(id)) drop(id).catch(report)
  }

  const known = (id: string): RequestResponseList | undefined => lists.get(id)?.deref()

  return {
    list(id) {
      const held = known(id)
      if (held) return held
      const list = create(id)
      lists.set(id, registry ? new WeakRef(list) : { deref: () => list })
      registry?.register(list, id)
      return list
    },
    passing: (id) => known(id) ?? create(id),
    async doom(id) {
      if (known(id)) doomed.add(id)
      else await drop(id)
    },
    async release() {
      const ids = [...doomed]
      doomed.clear()
      await Promise.all(ids.map(drop))
    },
  }
}

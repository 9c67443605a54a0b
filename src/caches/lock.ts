/** Keeps what changes a list apart from what reads it, in the order of the calls. */
export interface Lock {
  /** Runs beside others of its kind. */
  shared<T>(run: () => Promise<T>): Promise<T>
  /** Runs alone. */
  exclusive<T>(run: () => Promise<T>): Promise<T>
}

const ignore = (): void => {}

export function createLock(): Lock {
  let last: Promise<unknown> = Promise.resolve()
  let readers = new Set<Promise<void>>()
  return {
    shared(run) {
      const result = last.then(run)
      const among = readers
      const settled = result.then(ignore, ignore).then(() => void among.delete(settled))
      among.add(settled)
      return result
    },
    exclusive(run) {
      const result = Promise.all([last, ...readers]).then(run)
      readers = new Set()
      last = result.then(ignore, ignore)
      return result
    },
  }
}

import type { Target } from '../../src/store.ts'
import { prepare, type Query, type Value } from './driver.ts'
import { type Session, SLICE, turn, write } from './session.ts'
import { toText } from './text.ts'

const MEMBERS = ['namespace', 'url', 'selector', 'variant'] as const

/** The id in a version of this file, else 0, which no entry has. */
export function idOf({ file }: Session, version: string): number {
  const [prefix, id] = version.split('.')
  return prefix === file ? Number(id) || 0 : 0
}

/** Deletes what the targets name, in slices; targets are worked off in order. */
export function createRemover(session: Session): (targets: readonly Target[]) => Promise<number> {
  const queries = new Map<string, Query>()

  function run(sql: string, values: readonly Value[]): number {
    let query = queries.get(sql)
    if (!query) queries.set(sql, (query = prepare(session.database, sql)))
    return query.run(...values)
  }

  /** At most `limit` rows, of those that were there when the call began: what is put meanwhile stays. */
  function removeSome(target: Target, last: number, limit: number): number {
    const named = MEMBERS.filter((name) => target[name] !== undefined)
    const values: Value[] = named.map((name) => toText(String(target[name])))
    const terms = named.map((name) => `${name} = ?`).join(' AND ')
    if (target.version !== undefined)
      return run(`DELETE FROM stowaway_entries WHERE id = ? AND ${terms}`, [idOf(session, target.version), ...values])
    const sql = `DELETE FROM stowaway_entries WHERE id IN
      (SELECT id FROM stowaway_entries WHERE ${terms} AND id <= ? LIMIT ?)`
    return run(sql, [...values, last, limit])
  }

  return async (targets) => {
    let [removed, next, last] = [0, 0, 0]
    while (next < targets.length) {
      const slice = await write(session, () => {
        if (last === 0) last = Number(session.sql.totals.all()[0]?.[2])
        return removeSlice(targets, next, (target, limit) => removeSome(target, last, limit))
      })
      removed += slice.removed
      next = slice.next
      await turn()
    }
    return removed
  }
}

/** Works off targets until a slice is full. */
function removeSlice(
  targets: readonly Target[],
  from: number,
  remove: (target: Target, limit: number) => number,
): { removed: number; next: number } {
  let removed = 0
  let next = from
  for (const target of targets.slice(from, from + SLICE)) {
    removed += remove(target, SLICE - removed)
    // The target may have more.
    if (removed === SLICE) break
    next++
  }
  return { removed, next }
}

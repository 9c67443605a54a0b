import type { Row, Value } from './driver.ts'
import { turn } from './session.ts'

/** How many ids are held at once, and how many rows are looked at in one go. */
export interface Pace {
  readonly held: number
  readonly rows: number
}

type Ask = (text: string, values: readonly Value[]) => Promise<readonly Row[]>

/** Size and id. */
type Place = readonly [size: number, id: number]

const PACE: Pace = { held: 20_000, rows: 10_000 }
const FIRST = 'SELECT id FROM stowaway_entries WHERE id > ? ORDER BY id LIMIT 1'

/**
 * The ids of `http` up to `last` by size, in batches. No index has them in order, which would
 * cost each put about a tenth: for so many as are held all rows are looked at
 * once, and for the next as many again, those that come after.
 */
export async function* idsBySize(
  ask: Ask,
  last: number,
  descending: boolean,
  batch: number,
  pace: Pace = PACE,
): AsyncGenerator<readonly number[], void> {
  const sign = descending ? -1 : 1
  const compare = (a: Place, b: Place): number => sign * (a[0] - b[0] || a[1] - b[1])
  const [before, after] = descending ? ['>', '<'] : ['<', '>']
  const page = `SELECT size, id FROM stowaway_entries
    WHERE +namespace = 'http' AND id >= ? AND id < ? AND (size, id) ${after} (?, ?) AND (size, id) ${before} (?, ?)`
  const least: Place = [-sign * Infinity, 0]
  const most: Place = [sign * Infinity, 0]

  /** The first ones after a place. */
  async function next(from: Place): Promise<Place[]> {
    let found: Place[] = []
    let to: Place = most
    const cut = (): void => {
      found = found.sort(compare).slice(0, pace.held)
    }
    for (let id = 0; ; id += pace.rows, await turn()) {
      // Ids have gaps.
      id = Number((await ask(FIRST, [id - 1]))[0]?.[0] ?? Infinity)
      if (id > last) break
      const end = Math.min(id + pace.rows, last + 1)
      for (const [size, at] of await ask(page, [id, end, ...from, ...to])) found.push([Number(size), Number(at)])
      if (found.length < 2 * pace.held) continue
      cut()
      to = found.at(-1) ?? to
    }
    cut()
    return found
  }

  for (let from: Place = least; ; ) {
    const places = await next(from)
    for (let at = 0; at < places.length; at += batch) yield places.slice(at, at + batch).map(([, id]) => id)
    if (places.length < pace.held) return
    from = places.at(-1) ?? from
  }
}

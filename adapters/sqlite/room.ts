import { StowawayError } from '../../src/errors.ts'
import type { StoreEvent } from '../../src/store.ts'
import type { Row } from './driver.ts'
import { problemOf } from './errors.ts'
import { sweepBodies } from './loose.ts'
import { type Session, SLICE, turn, write } from './session.ts'
import { legible } from './text.ts'

type Evicted = Extract<StoreEvent, { type: 'evicted' }>

/** A row of what goes: id, key, variant, cost. */
export type Victim = Row

/** How much has to go. */
export interface Excess {
  readonly entries: number
  readonly bytes: number
}

/** What a transaction evicted, and what it left to do for the next one. */
export interface Eviction {
  readonly evicted: readonly Evicted[]
  readonly rest: Excess | undefined
}

/** Few, since at the edge of a budget each put evicts about one. */
const CANDIDATES = 8

/**
 * Evicts what may be reclaimed, then what was not used for longest, up to a slice. To be called in a transaction.
 *
 * @param keep The id of an entry that stays.
 * @param gone Rows that went already, to be reported with the others.
 */
export function evict(
  session: Session,
  keep: number,
  { entries, bytes }: Excess,
  gone: readonly Victim[] = [],
): Eviction {
  const { sql, uses } = session
  const evicted = gone.map((row) => event(row, 'size'))
  let touched = 0
  while ((entries > 0 || bytes > 0) && touched < SLICE) {
    const expired = sql.expired.all(session.now(), keep, CANDIDATES)
    const rows = expired.length > 0 ? expired : sql.leastUsed.all(keep, CANDIDATES)
    if (rows.length === 0) return { evicted, rest: undefined }
    for (const row of rows) {
      if (entries <= 0 && bytes <= 0) break
      touched++
      const id = Number(row[0])
      const use = uses.get(id)
      uses.delete(id)
      // Used since times of use were last written: not the least used at all.
      if (rows !== expired && use !== undefined) sql.use.run(use, id)
      else {
        sql.remove.run(id)
        entries--
        bytes -= Number(row[5])
        evicted.push(event(row, rows === expired ? 'expired' : 'size'))
      }
    }
  }
  return { evicted, rest: entries > 0 || bytes > 0 ? { entries, bytes } : undefined }
}

/** Evicts one slice of what may be reclaimed; true where there is more. */
export async function evictExpired(session: Session): Promise<boolean> {
  const { sql } = session
  const rows = await write(session, () => {
    const expired = sql.expired.all(session.now(), 0, SLICE)
    for (const row of expired) sql.remove.run(Number(row[0]))
    return expired
  })
  for (const row of rows) session.emit(event(row, 'expired'))
  return rows.length === SLICE
}

function event([, namespace, url, selector, variant]: Row, reason: 'size' | 'expired'): Evicted {
  const [space, address, select, name] = [namespace, url, selector, variant].map((text) => legible(String(text)))
  return {
    type: 'evicted',
    // There are four, as above.
    key: { namespace: space ?? '', url: address ?? '', selector: select ?? '' },
    variant: name ?? '',
    reason,
  }
}

/** Reports what went, and goes on slice by slice until enough has. */
export async function finishEviction(session: Session, keep: number, first: Eviction): Promise<void> {
  for (let eviction = first; ; ) {
    for (const one of eviction.evicted) session.emit(one)
    const { rest } = eviction
    if (!rest) return
    await turn()
    eviction = await write(session, () => evict(session, keep, rest))
  }
}

/** How far the budgets are passed, if they are. */
export function excess({ maxEntries, maxBytes }: Session, entries: number, bytes: number): Excess | undefined {
  if (entries <= maxEntries && bytes <= maxBytes) return undefined
  return { entries: entries - maxEntries, bytes: bytes - maxBytes }
}

/**
 * Runs a transaction, and once more after making room where the disk is full.
 *
 * @param need In bytes.
 * @param keep Gives the id of an entry that must not go, since what is written would replace it.
 */
export async function withRoom<T>(session: Session, need: number, keep: () => number, work: () => T): Promise<T> {
  try {
    return await write(session, work)
  } catch (error) {
    if (!(error instanceof StowawayError) || problemOf(error.cause) !== 'full') throw error
    const kept = keep()
    const eviction = await write(session, () => evict(session, kept, { entries: 0, bytes: need }))
    await finishEviction(session, kept, eviction)
    const swept = await sweepBodies(session, true)
    if (eviction.evicted.length === 0 && swept === 0) throw error
    return await write(session, work)
  }
}

import { clearTimeout, setTimeout } from 'node:timers'
import { StowawayError, hasCode } from '../../src/errors.ts'
import { problemOf } from './errors.ts'
import { sweepBodies } from './loose.ts'
import { evictExpired } from './room.ts'
import { nextUse, read, type Session, SLICE, turn, write } from './session.ts'

/** Times of use are written together, after this time in ms: a process that ends sooner loses them, and nothing else. */
const FLUSH_MS = 1000
/** Between two rounds of upkeep, in ms. */
const ROUND_MS = 60_000
/** Before the first round, in ms: a process that soon ends leaves the upkeep to others. */
const FIRST_MS = 5000

/** Pages are given back to the disk when there are many free ones, and only so many at a time. */
const FREE_PAGES = 1024
export const PAGES_AT_ONCE = 256

export interface Upkeep {
  /** Notes that an entry was used. */
  used(id: number): void
  stop(): void
}

/** Does in the background what nobody waits for; keeps no process alive. */
export function startUpkeep(session: Session): Upkeep {
  const { uses, signal } = session
  let flushing: NodeJS.Timeout | undefined
  let stopped = false
  let round = setTimeout(work, FIRST_MS, upkeep, nextRound).unref()

  function work(task: (session: Session) => Promise<void>, then: () => void): void {
    task(session).catch(report).finally(then)
  }
  function nextRound(): void {
    if (!stopped) round = setTimeout(work, ROUND_MS, upkeep, nextRound).unref()
  }
  function nextFlush(): void {
    flushing = undefined
  }
  function report(error: unknown): void {
    // Another process holds the lock; there will be a next time.
    if (signal.aborted || (error instanceof StowawayError && problemOf(error.cause) === 'busy')) return
    // A database that can only be read is no error until somebody wants to write.
    if (hasCode(error, 'unusable-path')) stop()
    else session.emit({ type: 'error', error: error instanceof Error ? error : new Error(String(error)) })
  }
  function stop(): void {
    stopped = true
    clearTimeout(round)
    clearTimeout(flushing)
  }

  return {
    used(id) {
      if (stopped) return
      uses.set(id, nextUse(session))
      flushing ??= setTimeout(work, FLUSH_MS, flushUses, nextFlush).unref()
    },
    stop,
  }
}

/** One round: what may be reclaimed goes, bodies without an entry go, free pages are given back. */
export async function upkeep(session: Session): Promise<void> {
  const { sql, writing } = session
  await write(session, () => {
    for (const body of writing) sql.beat.run(session.now(), body)
  })
  while (await evictExpired(session)) await turn()
  await sweepBodies(session)
  while (await freePages(session)) await turn()
}

/** Gives one slice of free pages back; true where there are more to give. */
async function freePages(session: Session): Promise<boolean> {
  const { sql, database } = session
  const before = await read(session, () => [sql.freePages.all(), sql.pages.all()].map((rows) => Number(rows[0]?.[0])))
  const [free = 0, pages = 0] = before
  if (free < FREE_PAGES || free * 4 < pages) return false
  await read(session, () => database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`))
  // A file from before, or of the application, may not be able to.
  return Number(sql.freePages.all()[0]?.[0]) < free
}

/** Writes the times of use, a slice per transaction. */
export async function flushUses(session: Session): Promise<void> {
  const { sql, uses } = session
  while (uses.size > 0) {
    const slice = firstOf(uses, SLICE)
    await write(session, () => {
      for (const [id, at] of slice) sql.use.run(at, id)
    })
    for (const [id, at] of slice) if (uses.get(id) === at) uses.delete(id)
    await turn()
  }
}

function firstOf<T>(values: Iterable<T>, count: number): T[] {
  const first: T[] = []
  for (const value of values) {
    if (first.length === count) break
    first.push(value)
  }
  return first
}

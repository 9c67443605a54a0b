import { setImmediate, setTimeout } from 'node:timers/promises'
import type { StowawayError } from '../../src/errors.ts'
import type { StoreEvent } from '../../src/store.ts'
import type { Codec } from '../codec.ts'
import { failure, problemOf } from './errors.ts'
import type { Opened } from './open.ts'
import { rollBack } from './schema.ts'
import { type Statements, statementsOf } from './statements.ts'

/** How many rows one transaction touches at most, so that it never blocks the event loop for long. */
export const SLICE = 200

/** What a session is given by the store that owns it. */
export interface Surroundings {
  readonly path: string
  readonly codec: Codec
  readonly maxBytes: number
  readonly maxEntries: number
  /** How long to try again while another process holds the lock, in ms. */
  readonly busyTimeout: number
  now(): number
  emit(event: StoreEvent): void
  /** Called when the database turns out to be damaged. */
  damaged(error: StowawayError): void
}

/** One open database, and what this process knows about its rows. */
export interface Session extends Surroundings, Opened {
  readonly sql: Statements
  /** When entries were used, by id: written behind. */
  readonly uses: Map<number, number>
  /** Large bodies that this process is writing. */
  readonly writing: Set<number>
  /** How many readers of this process each large body has. */
  readonly pins: Map<number, number>
  /** The latest time of use given out. */
  lastUse: number
  /** Aborted when the database must not be used any more; the reason is a StowawayError. */
  readonly signal: AbortSignal
  end(reason: StowawayError): void
}

export function createSession(opened: Opened, surroundings: Surroundings): Session {
  const sql = statementsOf(opened.database)
  const lastUse = Number(sql.lastUse.all()[0]?.[0] ?? 0)
  const ending = new AbortController()
  const end = (reason: StowawayError): void => ending.abort(reason)
  const own = { uses: new Map(), writing: new Set<number>(), pins: new Map(), lastUse, signal: ending.signal, end }
  return { ...opened, ...surroundings, ...own, sql }
}

/** Times of use are in order even where the clock stands still. */
export function nextUse(session: Session): number {
  session.lastUse = Math.max(session.now(), session.lastUse + 1)
  return session.lastUse
}

/** The error to reject with; a damaged database is also told to the store. */
export function failed(session: Session, cause: unknown): StowawayError {
  const error = failure(cause, session.path)
  if (problemOf(cause) === 'corrupt') session.damaged(error)
  return error
}

/** Runs a function that reads. It starts at once, and starts again while another process is in the way. */
export async function read<T>(session: Session, work: () => T): Promise<T> {
  const deadline = performance.now() + session.busyTimeout
  for (let wait = 1; ; wait = Math.min(2 * wait, 50)) {
    session.signal.throwIfAborted()
    try {
      return work()
    } catch (error) {
      if (problemOf(error) !== 'busy' || performance.now() >= deadline) throw failed(session, error)
    }
    await setTimeout(wait)
  }
}

/** Runs a synchronous function in one transaction, with all or nothing kept. */
export function write<T>(session: Session, work: () => T): Promise<T> {
  const { sql, database } = session
  return read(session, () => {
    sql.begin.run()
    try {
      const result = work()
      sql.commit.run()
      return result
    } catch (error) {
      rollBack(database)
      throw error
    }
  })
}

/** Lets the event loop turn between two slices of work. */
export const turn = (): Promise<void> => setImmediate()

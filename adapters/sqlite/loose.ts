import { CHUNK } from './pieces.ts'
import { STRIDE } from './schema.ts'
import { read, type Session, turn, write } from './session.ts'

/**
 * A large body that no entry owns is in a table of its own: while it is written, and after its entry has gone. The owner
 * of a body being written is taken for dead when it has not been heard of for this time, in ms.
 */
const ABANDONED_MS = 15 * 60_000

/** For how long other processes may go on reading a body whose entry has gone, in ms. */
const GRACE_MS = 60_000

/** Rows of 256 KiB that are deleted in one transaction. */
const CHUNKS_AT_ONCE = 16

/** Room that a body needs at least while it grows, in bytes. */
export const GROWTH: number = 4 * CHUNK

/**
 * Removes bodies that no entry owns, when nobody can be reading or writing them.
 *
 * @param pressed Whether the disk is full: readers in other processes then lose what they read.
 * @returns How many went.
 */
export async function sweepBodies(session: Session, pressed = false): Promise<number> {
  const { sql, writing, pins } = session
  let swept = 0
  for (const [id, written, since] of await read(session, () => sql.loose.all())) {
    const body = Number(id)
    if (writing.has(body) || pins.has(body)) continue
    const now = session.now()
    // The trigger that notes a death knows no clock.
    if (since === null) await write(session, () => sql.dropBody.run(now, body))
    const patience = written ? ABANDONED_MS : pressed ? 0 : GRACE_MS
    if (now - Number(since ?? now) < patience) continue
    await removeBody(session, body)
    swept++
  }
  return swept
}

/** Removes a body in slices. A writer that was only asleep finds that it is not its owner any more. */
export async function removeBody(session: Session, body: number): Promise<void> {
  const { sql } = session
  await write(session, () => sql.dropBody.run(0, body))
  for (let rest = true; rest; ) {
    rest = await write(session, () => {
      const removed = sql.removeChunks.run(body * STRIDE, (body + 1) * STRIDE, CHUNKS_AT_ONCE)
      if (removed < CHUNKS_AT_ONCE) sql.forgetBody.run(body)
      return removed === CHUNKS_AT_ONCE
    })
    await turn()
  }
}

import { StowawayError } from '../../src/errors.ts'
import type { Value } from './driver.ts'
import { GROWTH, removeBody } from './loose.ts'
import { CHUNK, INLINE, pieces } from './pieces.ts'
import { withRoom } from './room.ts'
import { STRIDE } from './schema.ts'
import { read, type Session, turn } from './session.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Stream = ReadableStream<Bytes>

/** A body that is ready for its entry: to be kept in the row, or already in chunks that no entry owns yet. */
export interface Content {
  readonly size: number
  readonly inline: Bytes | null
  readonly bodyId: number | null
}

/** A plain array over what a driver gave; better-sqlite3 has Buffers. Throws where it is no blob. */
export function bytesOf(value: Value | undefined): Bytes {
  if (!ArrayBuffer.isView(value)) throw new TypeError('No blob')
  // Drivers allocate plain buffers, never shared ones.
  return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
}

/**
 * Reads a body to its end, and writes a long one to the database in short transactions as it comes.
 *
 * @param keep Gives the id of the entry that will be replaced: never evicted to make room for its successor.
 */
export async function writeBody(
  session: Session,
  body: Bytes | Stream,
  limit: number,
  keep: () => number,
): Promise<Content> {
  let bodyId: number | null = null
  let size = 0
  try {
    for await (const piece of pieces(body, limit, session.signal)) {
      if (bodyId === null && piece.length <= INLINE) return { size: piece.length, inline: piece.slice(), bodyId }
      bodyId = await append(session, bodyId, size / CHUNK, piece, keep)
      size += piece.length
      await turn()
    }
    return { size, inline: bodyId === null ? new Uint8Array(0) : null, bodyId }
  } catch (error) {
    if (bodyId !== null) await discardBody(session, bodyId)
    throw error
  }
}

/** Adds a chunk, and starts the body with the first one. */
async function append(
  session: Session,
  bodyId: number | null,
  seq: number,
  piece: Bytes,
  keep: () => number,
): Promise<number> {
  const { sql } = session
  const id = await withRoom(session, GROWTH, keep, () => {
    const body = bodyId ?? Number(sql.startBody.all(session.now())[0]?.[0])
    if (bodyId !== null && sql.beat.run(session.now(), body) === 0) throw abandoned()
    sql.addChunk.run(body * STRIDE + seq, piece)
    return body
  })
  session.writing.add(id)
  return id
}

/** Gives a body to the entry that is put in this transaction. */
export function ownBody(session: Session, bodyId: number): void {
  if (session.sql.ownBody.run(bodyId) === 0) throw abandoned()
}

const abandoned = (): StowawayError =>
  new StowawayError('store-failure', 'The body took so long that another process took its writer for dead')

/** Removes what was written of a body in vain. What can't be removed now is swept later. */
export async function discardBody(session: Session, bodyId: number): Promise<void> {
  session.writing.delete(bodyId)
  await removeBody(session, bodyId).catch(() => {})
}

const gone = (): StowawayError =>
  new StowawayError('gone', 'The entry was replaced or removed before its body was read to its end')

/** A part of a body in memory, in a copy: a stream's reader may write to what it gets. */
export function openBytes(bytes: Bytes, start = 0, end: number = bytes.length): Stream {
  const part = bytes.slice(Math.max(0, start), Math.max(0, end))
  return new ReadableStream({
    start(controller) {
      if (part.length > 0) controller.enqueue(part)
      controller.close()
    },
  })
}

/** A stream that was dropped without being read to its end or cancelled. */
const dropped = new FinalizationRegistry((release: () => void) => release())

/** Opens a body in chunks; the chunks stay until the stream ends, whatever happens to the entry. */
export async function openBody(
  session: Session,
  bodyId: number,
  size: number,
  start = 0,
  end: number = size,
): Promise<Stream> {
  const { sql } = session
  const last = Math.min(end, size)
  let position = Math.max(0, start)
  if (position >= last) return openBytes(new Uint8Array(0))
  const release = pin(session, bodyId)

  async function pull(controller: ReadableStreamDefaultController<Bytes>): Promise<void> {
    const seq = Math.floor(position / CHUNK)
    const [row] = await read(session, () => sql.chunk.all(bodyId * STRIDE + seq))
    const offset = seq * CHUNK
    if (!row || bytesOf(row[0]).length !== Math.min(CHUNK, size - offset)) throw gone()
    controller.enqueue(bytesOf(row[0]).subarray(position - offset, last - offset))
    position = Math.min(offset + CHUNK, last)
    if (position < last) return
    controller.close()
    release()
  }

  try {
    const [found] = await read(session, () => sql.hasChunk.all(bodyId * STRIDE + Math.floor(position / CHUNK)))
    if (!found) throw gone()
  } catch (error) {
    release()
    throw error
  }
  const releasing = (error: unknown): never => {
    release()
    throw error
  }
  const stream = new ReadableStream<Bytes>(
    { pull: (controller) => pull(controller).catch(releasing), cancel: release },
    { highWaterMark: 0 },
  )
  dropped.register(stream, release)
  return stream
}

/** Counts a reader; gives back what ends that, of which only the first call counts. */
function pin({ pins }: Session, bodyId: number): () => void {
  let held = true
  pins.set(bodyId, (pins.get(bodyId) ?? 0) + 1)
  return () => {
    if (!held) return
    held = false
    const rest = (pins.get(bodyId) ?? 1) - 1
    if (rest > 0) pins.set(bodyId, rest)
    else pins.delete(bodyId)
  }
}

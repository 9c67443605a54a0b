/** Bodies that are compressed, each followed by its original size, which is known only when its stream has ended. */
import { StowawayError } from '../../src/errors.ts'
import type { Entry } from '../../src/store.ts'
import { type Bytes, joined } from '../bytes.ts'
import { coded, type Coding } from './coding.ts'
import { chunksOf, noBody, rangeOf, streamOf } from './streams.ts'

const TRAILER_BYTES = 8
/** So much of a body decides whether it is worth it. */
const PROBE = 65_536
/** Less than a tenth saved is not worth the time that each reading takes. */
const WORTH = 0.9

/** A body as it will be kept. */
export interface Packed {
  readonly body: Bytes | ReadableStream<Bytes>
  readonly coded: boolean
  /** Of the original, once the stream has ended. */
  readonly size: () => number
}

/** Kept as it is where that is about as short. */
export async function packBytes(bytes: Bytes, coding: Coding, minBytes: number): Promise<Packed> {
  const plain: Packed = { body: bytes, coded: false, size: () => bytes.length }
  const head = bytes.subarray(0, PROBE)
  if (bytes.length < minBytes) return plain
  const probe = await compressed(head, coding)
  if (probe.length > head.length * WORTH) return plain
  const short = head.length === bytes.length ? probe : await compressed(bytes, coding)
  if (short.length + TRAILER_BYTES >= bytes.length) return plain
  return { ...plain, coded: true, body: joined([short, trailer(bytes.length)], short.length + TRAILER_BYTES) }
}

const isWorth = async (probe: Bytes, coding: Coding): Promise<boolean> =>
  (await compressed(probe, coding)).length <= probe.length * WORTH

async function compressed(bytes: Bytes, coding: Coding): Promise<Bytes> {
  if (coding.compress) return coding.compress(bytes)
  const chunks: Bytes[] = []
  for await (const chunk of coded(coding.compressor(), [bytes])) chunks.push(chunk)
  return joined(
    chunks,
    chunks.reduce((sum, { length }) => sum + length, 0),
  )
}

function trailer(size: number): Bytes {
  const bytes = new Uint8Array(TRAILER_BYTES)
  new DataView(bytes.buffer).setFloat64(0, size)
  return bytes
}

export interface Packing {
  readonly minBytes: number
  /** Longer bodies fail with `too-large`. */
  readonly limit: number
  /** Aborted when the store is closed. */
  readonly signal: AbortSignal
}

/** Reads as much as decides how the body is kept; the rest as it is written. */
export async function packStream(
  stream: ReadableStream<Bytes>,
  coding: Coding,
  { minBytes, limit, signal }: Packing,
): Promise<Packed> {
  const reader = stream.getReader()
  const chunks = chunksOf(reader, limit)
  const cancel = (reason: unknown): Promise<void> => reader.cancel(reason)
  const stop = (): void => void cancel(signal.reason).catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const { head, ended } = await headOf(chunks)
    signal.throwIfAborted()
    if (ended) return await packBytes(head, coding, minBytes)
    const worth = await isWorth(head.subarray(0, PROBE), coding)
    let size = 0
    async function* counted(): AsyncGenerator<Bytes, void> {
      for (let chunk: Bytes | undefined = head; chunk; chunk = (await chunks.next()).value ?? undefined) {
        size += chunk.length
        yield chunk
      }
    }
    async function* packed(): AsyncGenerator<Bytes, void> {
      yield* coded(coding.compressor(), counted())
      yield trailer(size)
    }
    return { body: streamOf(worth ? packed() : counted(), cancel), coded: worth, size: () => size }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function headOf(chunks: AsyncGenerator<Bytes, void>): Promise<{ readonly head: Bytes; readonly ended: boolean }> {
  const taken: Bytes[] = []
  let length = 0
  while (length < PROBE) {
    const step = await chunks.next()
    if (step.done) return { head: joined(taken, length), ended: true }
    taken.push(step.value)
    length += step.value.length
  }
  return { head: joined(taken, length), ended: false }
}

/** The size that a packed body says itself. */
export async function sizeOf(inner: Entry): Promise<number> {
  const stream = inner.bytes ? undefined : await inner.open(Math.max(0, inner.size - TRAILER_BYTES))
  const bytes = stream ? new Uint8Array(await new Response(stream).arrayBuffer()) : inner.bytes?.slice(-TRAILER_BYTES)
  if (bytes?.length !== TRAILER_BYTES) throw new RangeError('No size after the body')
  return new DataView(bytes.buffer).getFloat64(0)
}

/** A small body, where the coding is there for that. Throws on what was not packed. */
export function unpackBytes(packed: Bytes, coding: Coding, size: number): Bytes | undefined {
  const bytes = coding.decompress?.(packed.subarray(0, -TRAILER_BYTES), size)
  if (bytes && bytes.length !== size) throw new RangeError(`${bytes.length} bytes where there were ${size}`)
  return bytes
}

/** @param broken Called, and awaited, where the body is not what was packed; its reader gets `gone`. */
export async function unpackStream(
  inner: Entry,
  coding: Coding,
  size: number,
  broken: () => Promise<void>,
  start?: number,
  end?: number,
): Promise<ReadableStream<Bytes>> {
  const { from, to } = rangeOf(size, start, end)
  if (from === to) return noBody()
  const reader = (await inner.open(0, inner.size - TRAILER_BYTES)).getReader()
  let ours = true
  async function* chunks(): AsyncGenerator<Bytes, void> {
    try {
      yield* chunksOf(reader)
    } catch (error) {
      ours = false
      throw error
    }
  }
  async function* part(): AsyncGenerator<Bytes, void> {
    let at = 0
    try {
      for await (const chunk of coded(coding.decompressor(), chunks())) {
        const piece = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at))
        at += chunk.length
        if (at > size) break
        if (piece.length > 0) yield piece
        if (at >= to && to < size) return
      }
      if (at !== size) throw new RangeError(`${at} bytes or more where there were ${size}`)
    } catch (error) {
      if (!ours) throw error
      await broken()
      throw new StowawayError('gone', 'The body is not what was stored', { cause: error })
    } finally {
      reader.cancel().catch(() => {})
    }
  }
  return streamOf(part(), (reason) => reader.cancel(reason))
}

/**
 * Bodies in blocks of 64 KiB, each followed by a tag that binds it to its body, its place and whether it is the last. So
 * any part can be read and checked without the rest, and what is cut off, put in another order or mixed is noticed.
 */
import type { Entry } from '../../src/store.ts'
import { type Bytes, joined } from '../bytes.ts'
import { chunksOf, cut, noBody, rangeOf, streamOf } from './streams.ts'

const BLOCK = 65_536

/** How the blocks of one body are sealed. */
export interface Seal {
  /** How many bytes a block grows by. */
  readonly overhead: number
  /** @param place 12 bytes, different for each block of a body. */
  seal(block: Bytes, place: Bytes): Promise<Bytes>
  /** Rejects where the block is not what was sealed for this place. */
  open(block: Bytes, place: Bytes): Promise<Bytes>
}

/** Rejected with where a body is not what was sealed. */
export class Tampered extends Error {}

function placeOf(index: number, last: boolean): Bytes {
  const place = new Uint8Array(12)
  new DataView(place.buffer).setUint32(4, index)
  place[8] = last ? 1 : 0
  return place
}

const countOf = (size: number): number => Math.max(1, Math.ceil(size / BLOCK))

/** How long a body is whose sealed form has this length; undefined where none has. */
export function openedSize(sealed: number, overhead: number): number | undefined {
  const size = sealed - overhead * Math.max(1, Math.ceil(sealed / (BLOCK + overhead)))
  return size >= 0 && size + overhead * countOf(size) === sealed ? size : undefined
}

/** The longest body whose sealed form has at most so many bytes. */
export function longestOpened(limit: number, overhead: number): number {
  if (limit === Infinity) return limit
  const whole = Math.floor(limit / (BLOCK + overhead))
  return whole * BLOCK + Math.max(0, limit - whole * (BLOCK + overhead) - overhead)
}

export async function sealBytes(body: Bytes, seal: Seal): Promise<Bytes> {
  const count = countOf(body.length)
  const blocks = Array.from({ length: count }, (_, i) =>
    seal.seal(body.subarray(i * BLOCK, (i + 1) * BLOCK), placeOf(i, i === count - 1)),
  )
  return joined(await Promise.all(blocks), body.length + count * seal.overhead)
}

/** Reads on demand; fails with `too-large` once there are more than `limit` bytes. */
export function sealStream(body: ReadableStream<Bytes>, seal: Seal, limit: number): ReadableStream<Bytes> {
  const reader = body.getReader()
  async function* sealed(): AsyncGenerator<Bytes, void> {
    let index = 0
    for await (const { piece, last } of cut(chunksOf(reader, limit), BLOCK))
      yield await seal.seal(piece, placeOf(index++, last))
  }
  return streamOf(sealed(), (reason) => reader.cancel(reason))
}

/** Rejects with `Tampered`. */
export async function openBytes(sealed: Bytes, seal: Seal): Promise<Bytes> {
  const size = openedSize(sealed.length, seal.overhead)
  if (size === undefined) throw new Tampered()
  const full = BLOCK + seal.overhead
  const count = countOf(size)
  const blocks = Array.from({ length: count }, (_, i) =>
    opened(seal, sealed.subarray(i * full, (i + 1) * full), placeOf(i, i === count - 1)),
  )
  const [only] = blocks
  return count === 1 && only ? only : joined(await Promise.all(blocks), size)
}

async function opened(seal: Seal, block: Bytes, place: Bytes): Promise<Bytes> {
  try {
    return await seal.open(block, place)
  } catch {
    throw new Tampered()
  }
}

/**
 * Opens a part of a sealed body, whose first block is checked before this resolves. Rejects, or errors, with `Tampered`.
 *
 * @param size Of the body as it was before it was sealed.
 */
export async function openStream(
  entry: Entry,
  seal: Seal,
  size: number,
  start?: number,
  end?: number,
): Promise<ReadableStream<Bytes>> {
  const { from, to } = rangeOf(size, start, end)
  if (from === to) return noBody()
  const full = BLOCK + seal.overhead
  const final = Math.floor((to - 1) / BLOCK)
  let index = Math.floor(from / BLOCK)
  const reader = (await entry.open(index * full, Math.min((final + 1) * full, entry.size))).getReader()
  const count = countOf(size)

  async function* blocks(): AsyncGenerator<Bytes, void> {
    try {
      for await (const { piece } of cut(chunksOf(reader), full)) {
        if (index > final) throw new Tampered()
        const block = await opened(seal, piece, placeOf(index, index === count - 1))
        const at = index++ * BLOCK
        yield block.subarray(Math.max(0, from - at), Math.min(block.length, to - at))
      }
      if (index <= final) throw new Tampered()
    } catch (error) {
      reader.cancel(error).catch(() => {})
      throw error
    }
  }
  const rest = blocks()
  const first = await rest.next()
  async function* all(): AsyncGenerator<Bytes, void> {
    if (!first.done) yield first.value
    yield* rest
  }
  return streamOf(all(), (reason) => reader.cancel(reason))
}

/** Whether the body ends where its length says: a part of it would not tell. */
export async function checkEnd(entry: Entry, seal: Seal, size: number): Promise<void> {
  await (await openStream(entry, seal, size, Math.max(0, size - 1))).cancel()
}

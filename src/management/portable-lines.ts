/** A source of bytes, line by line, in bounded memory. */
import type { Bytes } from '../exchange/spool.ts'
import { unlessAborted } from '../exchange/abort.ts'
import { refuse } from '../options/refuse.ts'
import { corrupt, joined, LONGEST_LINE } from './portable.ts'
import type { ImportSource } from './types.ts'

export interface Line {
  /** From 1 on. */
  readonly number: number
  /** Without its line feed. */
  readonly bytes: Bytes
}

const ACCEPTED = 'a ReadableStream, a Blob, or an AsyncIterable of Uint8Array'

/** Throws `invalid-option`. */
export function checkSource(source: unknown): ImportSource {
  const iterable = typeof source === 'object' && source !== null && Symbol.asyncIterator in source
  const known = source instanceof ReadableStream ? !source.locked : source instanceof Blob || iterable
  // What an iterable gives is checked as it comes.
  return known ? (source as ImportSource) : refuse('invalid-option', 'source', source, ACCEPTED)
}

/** Ends with the signal's reason, also while the source has nothing to give. */
export async function* chunksOf(source: ImportSource, signal: AbortSignal | undefined): AsyncGenerator<Bytes> {
  const { next, stop } = readerOf(source)
  try {
    signal?.throwIfAborted()
    for (let got = await unlessAborted(next(), signal); !got.done; got = await unlessAborted(next(), signal)) {
      const chunk: unknown = got.value
      if (!(chunk instanceof Uint8Array)) return refuse('invalid-option', 'source', chunk, ACCEPTED)
      // Bytes that are shared with others can change: these are copied.
      yield chunk.buffer instanceof ArrayBuffer
        ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : chunk.slice()
    }
  } finally {
    stop()
  }
}

interface Reader {
  next(): Promise<IteratorResult<unknown>>
  stop(): void
}

/** Not every runtime's streams can be iterated. */
function readerOf(source: ImportSource): Reader {
  if (Symbol.asyncIterator in source && !(source instanceof ReadableStream)) {
    const items = source[Symbol.asyncIterator]()
    return { next: () => items.next(), stop: () => void items.return?.().catch(() => {}) }
  }
  const reader = (source instanceof Blob ? source.stream() : source).getReader()
  return {
    async next() {
      const { done, value } = await reader.read()
      return done ? { done, value: undefined } : { done, value }
    },
    stop: () => void reader.cancel().catch(() => {}),
  }
}

/** What follows the last line feed is no line: the file was interrupted there. Throws `corrupt` for a line that is too long. */
export async function* linesOf(chunks: AsyncIterable<Bytes>): AsyncGenerator<Line> {
  let parts: Bytes[] = []
  let [size, number, last] = [0, 1, 0]
  const add = (part: Bytes): void => {
    size += part.length
    if (size > LONGEST_LINE) throw corrupt(number, `it is longer than ${LONGEST_LINE} bytes`)
    parts.push(part)
  }
  for await (const chunk of chunks) {
    last = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, last)) {
      add(chunk.subarray(last, at))
      yield { number: number++, bytes: joined(parts) }
      parts = []
      size = 0
      last = at + 1
    }
    // The source may use its buffer again.
    if (last < chunk.length) add(chunk.slice(last))
  }
}

import type { Entry } from '../../src/store.ts'
import { type Bytes, joined } from '../bytes.ts'

/** Large enough that the cost of a chunk is its copy, small enough for many readers at once. */
const CHUNK = 65_536

/** Joins what a stream gives; `accept` hears each new total and throws to refuse it, whereupon the stream is cancelled. */
export async function collect(
  reader: ReadableStreamDefaultReader<Bytes>,
  accept: (size: number) => void,
): Promise<Bytes> {
  const chunks: Bytes[] = []
  let size = 0
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    size += step.value.length
    accept(size)
    chunks.push(step.value)
  }
  return joined(chunks, size)
}

/** Copies as it reads: who gets a chunk may write to it or transfer it. */
export function opener(bytes: Bytes): Entry['open'] {
  return async (start = 0, end = bytes.length) => {
    const stop = Math.min(end, bytes.length)
    let at = start
    return new ReadableStream<Bytes>(
      {
        pull(controller) {
          if (at < stop) controller.enqueue(bytes.slice(at, (at = Math.min(at + CHUNK, stop))))
          if (at >= stop) controller.close()
        },
      },
      { highWaterMark: 0 },
    )
  }
}

/** Streams that wrappers read and make: on demand, with the source's own errors, and cancelled through to the source. */
import { StowawayError } from '../../src/errors.ts'
import { type Bytes, joined } from '../bytes.ts'

/** A stream of what a generator yields. `cancel` is told the reason, and must end what the generator waits for. */
export function streamOf(
  steps: AsyncGenerator<Bytes, void>,
  cancel: (reason: unknown) => Promise<void>,
): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const step = await steps.next()
        if (step.done) controller.close()
        else controller.enqueue(step.value)
      },
      async cancel(reason) {
        await cancel(reason)
        steps.return().catch(() => {})
      },
    },
    { highWaterMark: 0 },
  )
}

/** What a stream gives, as far as it is not more than `limit` bytes; with the error `too-large` it is cancelled. */
export async function* chunksOf(
  reader: ReadableStreamDefaultReader<Bytes>,
  limit: number = Infinity,
): AsyncGenerator<Bytes, void> {
  let size = 0
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    size += step.value.length
    if (size > limit) {
      const error = tooLarge(limit)
      reader.cancel(error).catch(() => {})
      throw error
    }
    if (step.value.length > 0) yield step.value
  }
}

/** A store that refuses at once does not cancel the stream it was given, of which the source is locked to everyone else. */
export async function handedOver<T>(body: Bytes | ReadableStream<Bytes>, put: Promise<T>): Promise<T> {
  try {
    return await put
  } catch (error) {
    if (!ArrayBuffer.isView(body) && !body.locked) body.cancel(error).catch(() => {})
    throw error
  }
}

/** What a stream of `guardedBy` fails with. */
export class Outdated extends Error {}

/** The same stream, which fails instead of ending where that does not hold by then: a put of it leaves what is there. */
export function guardedBy(stream: ReadableStream<Bytes>, holds: () => Promise<boolean>): ReadableStream<Bytes> {
  const reader = stream.getReader()
  async function* steps(): AsyncGenerator<Bytes, void> {
    yield* chunksOf(reader)
    if (!(await holds())) throw new Outdated()
  }
  return streamOf(steps(), (reason) => reader.cancel(reason))
}

export const tooLarge = (limit: number): StowawayError =>
  new StowawayError('too-large', `A body may have ${limit} bytes at most`)

/** Pieces of `size` bytes and what remains, of which `last` is the final one: there is always one, if need be an empty one. */
export async function* cut(
  chunks: AsyncIterable<Bytes>,
  size: number,
): AsyncGenerator<{ readonly piece: Bytes; readonly last: boolean }, void> {
  let waiting: Bytes[] = []
  let length = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    length += chunk.length
    // Not at exactly the size: this piece may be the last.
    if (length <= size) continue
    const whole = joined(waiting, length)
    let at = 0
    for (; length - at > size; at += size) yield { piece: whole.subarray(at, at + size), last: false }
    waiting = [whole.subarray(at)]
    length -= at
  }
  yield { piece: joined(waiting, length), last: true }
}

/** The part of a body that is asked for, within what there is. */
export function rangeOf(size: number, start = 0, end: number = size): { readonly from: number; readonly to: number } {
  const from = Math.min(Math.max(start, 0), size)
  return { from, to: Math.min(Math.max(end, from), size) }
}

export const noBody = (): ReadableStream<Bytes> => new ReadableStream({ start: (controller) => controller.close() })

/** A body that is at hand. Copies, since who gets a chunk may write to it. */
export function streamOfBytes(bytes: Bytes, start?: number, end?: number): ReadableStream<Bytes> {
  const { from, to } = rangeOf(bytes.length, start, end)
  if (from === to) return noBody()
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(from, to))
      controller.close()
    },
  })
}

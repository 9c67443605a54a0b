/** A caller's stream of a body that others read too. */
import type { Bytes } from './spool.ts'

export interface Reading {
  /** The next chunk, undefined at the end of what there is for this reader. */
  next(): Promise<Bytes | undefined>
  /** What follows in the store, for who was left behind. */
  rest(): Promise<ReadableStream<Bytes>> | undefined
  /** Whether the reader has left. */
  left(): boolean
  leave(reason: unknown, aborted?: boolean): void
}

/** Ends, fails or is cancelled only once: then `leave` is called. Errors with the signal's reason. */
export function streamOf(reading: Reading, signal?: AbortSignal): ReadableStream<Bytes> {
  let rest: ReadableStreamDefaultReader<Bytes> | undefined
  let stop = (): void => {}

  function leave(reason: unknown, aborted?: boolean): void {
    signal?.removeEventListener('abort', stop)
    reading.leave(reason, aborted)
    rest?.cancel(reason).catch(() => {})
  }

  /** A copy, since others get the same. */
  async function next(): Promise<Bytes | undefined> {
    const chunk = rest ? undefined : await reading.next()
    if (chunk) return chunk.slice()
    const following = rest ? undefined : await reading.rest()
    rest ??= following?.getReader()
    // The reader left while the store opened the body.
    if (reading.left()) await rest?.cancel()
    return (await rest?.read())?.value
  }

  const stream = new ReadableStream<Bytes>(
    {
      start(controller) {
        stop = () => {
          controller.error(signal?.reason)
          leave(signal?.reason, true)
        }
      },
      async pull(controller) {
        try {
          const chunk = await next()
          if (chunk) return controller.enqueue(chunk)
          leave(undefined)
          controller.close()
        } catch (error) {
          leave(error)
          throw error
        }
      },
      cancel: (reason) => leave(reason),
    },
    // Nothing is taken before the caller asks.
    { highWaterMark: 0 },
  )
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop)
  return stream
}

/** A body that does not come with its metadata. */
import { inTime } from '../loaded.ts'
import type { Entry } from '../store.ts'
import type { Reading } from './serve.ts'
import type { Bytes } from './spool.ts'

/** Rejects with `gone` where the stored version can no longer be opened. */
export async function openLarge(entry: Entry, { lost, part, signal }: Reading): Promise<ReadableStream<Bytes>> {
  const opening = entry.open(part.start, part.end)
  try {
    return guarded(await inTime(opening), signal, lost)
  } catch (error) {
    opening.then((body) => body.cancel(error)).catch(() => {})
    throw error
  }
}

/** Fetch: aborting after the headers makes the body fail with the signal's reason. */
function guarded(
  body: ReadableStream<Bytes>,
  signal: AbortSignal | undefined,
  lost: (error: unknown) => void,
): ReadableStream<Bytes> {
  const reader = body.getReader()
  let stop = (): void => {}
  const settled = (): void => signal?.removeEventListener('abort', stop)
  return new ReadableStream<Bytes>(
    {
      start(controller) {
        stop = () => {
          controller.error(signal?.reason)
          reader.cancel(signal?.reason).catch(() => {})
        }
        if (signal?.aborted) stop()
        else signal?.addEventListener('abort', stop, { once: true })
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          settled()
          controller.close()
        } catch (error) {
          settled()
          if (!signal?.aborted) lost(error)
          throw error
        }
      },
      cancel(reason) {
        settled()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

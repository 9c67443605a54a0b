/** A body that does not come with its metadata. */
import { hasCode } from '../errors.ts'
import { inTime } from '../loaded.ts'
import type { Stored } from '../record.ts'
import type { Call } from './call.ts'
import type { Context } from './respond.ts'
import type { Answer } from './serve.ts'
import type { Bytes } from './spool.ts'

/** Rejects with `gone` where the stored version can no longer be opened. */
export async function openLarge(
  stored: Stored,
  part: NonNullable<Answer['part']>,
  call: Call,
  context: Context,
): Promise<ReadableStream<Bytes>> {
  const opening = stored.entry.open(part.start, part.end)
  try {
    return guarded(await inTime(opening), call.out.signal, (error) => void discard(call, stored, error, context))
  } catch (error) {
    opening.then((body) => body.cancel(error)).catch(() => {})
    throw error
  }
}

/** What failed in mid-body would fail each time. */
async function discard({ policy }: Call, stored: Stored, error: unknown, { report, storage }: Context): Promise<void> {
  if (hasCode(error, 'gone')) return
  report(error)
  if (policy.readOnly) return
  // Which the next request for it needs anyway.
  const [open, network] = await Promise.all([storage(), import('./network.ts')])
  if (open) await network.discard(open, stored)
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

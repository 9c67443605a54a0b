/** A stored response as the answer to a request; what is less than the whole is in partial.ts. */
import type { Field } from '../rfc9111/3-storing.ts'
import type { RequestFacts } from '../rfc9111/messages.ts'
import type { Stored } from '../record.ts'
import type { Bytes } from './spool.ts'
import { inTime } from './timers.ts'

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly fields: readonly Field[]
  /** The bytes of the stored body that go with it, or null for none. */
  readonly part: { readonly start: number; readonly end: number } | null
}

/** What asks for less than the whole. */
const LESS = ['range', 'if-none-match', 'if-modified-since']

/** A stored response that may be used, as the answer to a request. */
export function answer(request: RequestFacts, stored: Stored, now: number): Answer | Promise<Answer> {
  const { entry, record } = stored
  const { fields, status, statusText } = record
  const part = record.bodyless || request.method === 'HEAD' ? null : { start: 0, end: entry.size }
  const whole: Answer = { status, statusText, fields, part }
  if (!record.part && status !== 200) return whole
  if (!LESS.some((name) => request.fields.get(name) !== null)) return whole
  return import('./partial.ts').then(({ partial }) => partial(request, stored, now, whole))
}

/** How the body of an answer is read. */
export interface Reading {
  readonly part: NonNullable<Answer['part']>
  readonly signal: AbortSignal | undefined
  /** Called when the store fails in mid-body. */
  readonly lost: (error: unknown) => void
}

/** The body of an answer. Rejects with `gone` where the stored version can no longer be opened. */
export async function openBody(
  { entry }: Stored,
  { lost, part, signal }: Reading,
): Promise<Bytes | ReadableStream<Bytes>> {
  const { start, end } = part
  const { bytes } = entry
  if (bytes) return start === 0 && end === entry.size ? bytes : bytes.subarray(start, end)
  const opening = entry.open(start, end)
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

/** A stored response as the answer to a request; what is less than the whole is in partial.ts. */
import type { Field } from '../rfc9111/3-storing.ts'
import type { RequestFacts } from '../rfc9111/messages.ts'
import type { Stored } from '../record.ts'
import type { Bytes } from './spool.ts'

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
  if (status !== 200 || !LESS.some((name) => request.fields.get(name) !== null)) return whole
  return import('./partial.ts').then(({ partial }) => partial(request, stored, now, whole))
}

/** The body of an answer. Rejects with `gone` where the stored version can no longer be opened. */
export async function openBody({ entry }: Stored, part: NonNullable<Answer['part']>, signal: AbortSignal | undefined): Promise<Bytes | ReadableStream<Bytes>> {
  const { start, end } = part
  const { bytes } = entry
  if (bytes) return start === 0 && end === entry.size ? bytes : bytes.subarray(start, end)
  const body = await entry.open(start, end)
  return signal ? abortable(body, signal) : body
}

/** Fetch: aborting after the headers makes the body fail with the signal's reason. */
export function abortable(body: ReadableStream<Bytes>, signal: AbortSignal): ReadableStream<Bytes> {
  const reader = body.getReader()
  let stop = (): void => {}
  return new ReadableStream<Bytes>(
    {
      start(controller) {
        stop = () => {
          controller.error(signal.reason)
          reader.cancel(signal.reason).catch(() => {})
        }
        if (signal.aborted) stop()
        else signal.addEventListener('abort', stop, { once: true })
      },
      async pull(controller) {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        signal.removeEventListener('abort', stop)
        controller.close()
      },
      cancel(reason) {
        signal.removeEventListener('abort', stop)
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

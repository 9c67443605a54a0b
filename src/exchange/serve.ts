/** A stored response as the answer to a request: whole, a part of it, its head, or that nothing has changed. */
import type { Field } from '../rfc9111/3-storing.ts'
import type { RequestFacts } from '../rfc9111/messages.ts'
import type { Stored } from '../record.ts'
import { evaluate, ifRange } from '../standards/preconditions.ts'
import { formatContentRange, parseRange, unsatisfiedRange } from '../standards/ranges.ts'
import type { Bytes } from './spool.ts'

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly fields: Field[]
  /** The bytes of the stored body that go with it, or null for none. */
  readonly part: { readonly start: number; readonly end: number } | null
}

/** Fields about the body of a 200 that a 304 must not repeat (RFC 9110 §15.4.5), and those that a part has of its own. */
const OF_THE_BODY = new Set(['content-encoding', 'content-language', 'content-length', 'content-range', 'content-type', 'content-md5'])

/** §4.3.2 and RFC 9110 §14.2, for a stored response that may be used. */
export function answer(request: RequestFacts, { entry, facts, record }: Stored, now: number): Answer {
  const { fields, status, statusText } = record
  const whole = record.bodyless || request.method === 'HEAD' ? null : { start: 0, end: entry.size }
  if (status === 200 && evaluate(request.fields, facts, now) === 'unmodified') {
    return { status: 304, statusText: '', fields: fields.filter(([name]) => !OF_THE_BODY.has(name)), part: null }
  }
  // A range is of the coded bytes, which a decoded body no longer is.
  const divisible = whole !== null && status === 200 && request.method === 'GET' && !record.decoded
  const condition = request.fields.get('if-range')
  const range =
    divisible && (condition === null || ifRange(condition, facts, now)) ? parseRange(request.fields.get('range'), entry.size) : undefined
  if (range === undefined) return { status, statusText, fields: [...fields], part: whole }
  const rest = fields.filter(([name]) => name !== 'content-length')
  if (range === 'unsatisfiable') {
    return { status: 416, statusText: '', fields: [...rest, ['content-range', unsatisfiedRange(entry.size)]], part: null }
  }
  const length = String(range.end - range.start)
  const described: Field[] = [...rest, ['content-range', formatContentRange({ ...range, size: entry.size })], ['content-length', length]]
  return { status: 206, statusText: '', fields: described, part: range }
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

/** A stored response as the answer to a request; what is less than the whole is in partial.ts. */
import type { Field } from '../rfc9111/3-storing.ts'
import type { RequestFacts } from '../rfc9111/messages.ts'
import type { Stored } from '../record.ts'
import type { Call } from './call.ts'
import type { Context } from './respond.ts'
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
  if (!record.part && status !== 200) return whole
  if (!LESS.some((name) => request.fields.get(name) !== null)) return whole
  return import('./partial.ts').then(({ partial }) => partial(request, stored, now, whole))
}

type Stream = ReadableStream<Bytes>

/** The body of an answer. Rejects with `gone` where the stored version can no longer be opened. */
export function openBody(
  stored: Stored,
  part: NonNullable<Answer['part']>,
  call: Call,
  context: Context,
): Bytes | Stream | Promise<Stream> {
  const { start, end } = part
  const { bytes } = stored.entry
  if (!bytes) return import('./large.ts').then(({ openLarge }) => openLarge(stored, part, call, context))
  return context.streamed && end > start ? streamOf(bytes.slice(start, end)) : bytes.subarray(start, end)
}

/** A byte stream, as every body is that a platform makes of bytes. */
function streamOf(bytes: Bytes): ReadableStream<Bytes> {
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

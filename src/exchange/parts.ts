/** Storing a part of a representation, together with what is stored of it already (§3.4). */
import { variantName } from '../select.ts'
import type { ResponseRecord, Stored } from '../record.ts'
import { combine } from '../rfc9111/3-4-combining.ts'
import { updateFields } from '../rfc9111/3-2-updating.ts'
import type { ResponseFacts } from '../rfc9111/messages.ts'
import { partOf } from './network.ts'
import type { Bytes } from './spool.ts'

type Body = Bytes | ReadableStream<Bytes>

/** What is stored of a response: itself, or it and the stored part that it continues. */
export interface Storing {
  readonly record: ResponseRecord
  /** Where the body of the response begins in what is stored. */
  readonly offset: number
  readonly body: (received: Body) => Body
  /** The stored part that is used up. */
  readonly replaces?: Stored
}

/** Fields that a part has of its own, each time it is served. */
const OF_THE_PART = new Set(['content-length', 'content-range'])

export function storingOf(record: ResponseRecord, facts: ResponseFacts, known: readonly Stored[]): Storing {
  const received = partOf(facts)
  if (!received) return { record, offset: 0, body: (body) => body }
  const fields = record.fields.filter(([name]) => !OF_THE_PART.has(name))
  const part: ResponseRecord = { ...record, fields, part: received }
  const variant = variantName(part)
  const stored = known.find(({ entry }) => entry.meta.variant === variant)
  const plan = stored?.record.part && combine(stored.record.part, received, stored.facts, facts)
  if (!plan) return { record: part, offset: 0, body: (body) => body }
  const { after, before } = plan
  const { entry } = stored
  return {
    record: whole({ ...part, fields: updateFields(stored.record.fields, fields), part: plan.part }),
    offset: before,
    body: (body) => joined([() => entry.open(0, before), async () => streamOf(body), () => entry.open(after)]),
    replaces: stored,
  }
}

/** A part that has become all of it is a 200. */
function whole(record: ResponseRecord): ResponseRecord {
  const { part, ...rest } = record
  if (!part || part.end - part.start < part.size) return record
  return { ...rest, status: 200, statusText: 'OK', fields: [...record.fields, ['content-length', String(part.size)]] }
}

function streamOf(body: Body): ReadableStream<Bytes> {
  if (!(body instanceof Uint8Array)) return body
  return new ReadableStream<Bytes>({
    start(controller) {
      if (body.byteLength > 0) controller.enqueue(body)
      controller.close()
    },
  })
}

/** One after the other, each opened when it is its turn. */
function joined(sources: readonly (() => Promise<ReadableStream<Bytes>>)[]): ReadableStream<Bytes> {
  const waiting = [...sources]
  let reader: ReadableStreamDefaultReader<Bytes> | undefined
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        for (;;) {
          reader ??= (await waiting.shift()?.())?.getReader()
          if (!reader) return controller.close()
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          reader = undefined
        }
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** The body of a response on its way to the store, and back. */
import type { Bytes } from '../exchange/spool.ts'
import { streamed } from '../streamed.ts'
import { EMPTY } from './context.ts'
import type { Item } from './record.ts'

type Stream = ReadableStream<Bytes>

/** From now on the body is read here and by nobody else. Throws TypeError where somebody has read of it, or may do so. */
export function bodyOf(response: Response): Stream {
  if (response.bodyUsed || response.body?.locked) throw new TypeError('the body was read before, or is locked')
  // No body is read as an empty one, so that several puts at the same time keep their order.
  const reader = (response.body ?? new Response('').body)?.getReader()
  return new ReadableStream({
    async pull(controller) {
      const { done = true, value } = (await reader?.read()) ?? {}
      if (done) return controller.close()
      if (!(value instanceof Uint8Array)) throw new TypeError('a chunk of the body is not a Uint8Array')
      // No platform's fetch gives memory that is shared.
      controller.enqueue(value as Bytes)
    },
    cancel: (reason) => reader?.cancel(reason),
  })
}

/** The body as it is now: later changes of the list do not matter. Rejects with `gone` where it went meanwhile. */
export async function openBody({ entry, response }: Item): Promise<Bytes | Stream> {
  return response.bodyless ? EMPTY : (entry.bytes ?? entry.open())
}

/** Opened when it is read: of many at a time not all can be open. */
export const lateBody = ({ entry }: Item): Stream => streamed(() => entry.open())

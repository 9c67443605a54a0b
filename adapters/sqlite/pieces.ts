import { StowawayError } from '../../src/errors.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Bodies up to this size lie in the row of their entry, and come with the look-up. */
export const INLINE: number = 64 * 1024

/** All rows of a longer body but the last have this size, so that a byte's row is found by division. */
export const CHUNK: number = 256 * 1024

/**
 * Cuts a body into pieces of `CHUNK` bytes and a last shorter one. The next piece takes the place of the one before in memory.
 *
 * @param limit In bytes; throws `too-large` as soon as it is passed, without reading on.
 * @param signal Ends the reading of a stream with its reason.
 */
export async function* pieces(
  body: Bytes | ReadableStream<Bytes>,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<Bytes, void> {
  if (ArrayBuffer.isView(body)) {
    for (let at = 0; at < body.length; at += CHUNK) yield body.subarray(at, at + CHUNK)
    return
  }
  let buffer = new Uint8Array(INLINE)
  let held = 0
  for await (const bytes of limited(body, limit, signal)) {
    for (let at = 0; at < bytes.length; ) {
      if (held === buffer.length) buffer = enlarged(buffer)
      const part = bytes.subarray(at, at + buffer.length - held)
      buffer.set(part, held)
      held += part.length
      at += part.length
      if (held < CHUNK) continue
      yield buffer
      held = 0
    }
  }
  if (held > 0) yield buffer.subarray(0, held)
}

function enlarged(buffer: Bytes): Bytes {
  const larger = new Uint8Array(CHUNK)
  larger.set(buffer)
  return larger
}

async function* limited(
  stream: ReadableStream<Bytes>,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<Bytes, void> {
  const reader = stream.getReader()
  // Not awaited: a source may take its time, or never end. Where the stream has ended, this does nothing.
  const cancel = (reason: unknown): void => void reader.cancel(reason).catch(() => {})
  const abort = (): void => cancel(signal.reason)
  signal.addEventListener('abort', abort)
  let reason: unknown
  try {
    for (let total = 0; ; ) {
      const { value, done } = await reader.read()
      signal.throwIfAborted()
      if (done) return
      total += value.length
      if (total > limit) throw new StowawayError('too-large', `The body is larger than ${limit} bytes`)
      yield value
    }
  } catch (error) {
    reason = error
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
    cancel(reason)
  }
}

/** The portable file, as docs/portable-format.md says: what writer and reader have in common. */
import { StowawayError, hasCode } from '../errors.ts'
import type { Bytes } from '../exchange/spool.ts'
import { crc32 } from './crc32.ts'
import type { WorkOptions } from './types.ts'

export const FORMAT_VERSION = 1
/** Of a body, in bytes, on one line. */
export const PIECE = 65_536
/** Bytes; a longer line is refused: metadata is far from it, and pieces of bodies too. */
export const LONGEST_LINE: number = 8 * 1024 * 1024

export const corrupt = (line: number, why: string): StowawayError =>
  new StowawayError('corrupt', `line ${line}: ${why}`)

const encoder = new TextEncoder()

export const encodeLine = (value: unknown): Bytes => encoder.encode(`${JSON.stringify(value)}\n`)

/** Counts the lines of an entry, with their line feeds. */
export function createSum(): { add(line: Uint8Array): void; text(): string } {
  let crc = 0
  return {
    add: (line) => void (crc = crc32(line, crc)),
    text: () => crc.toString(16).padStart(8, '0'),
  }
}

export const LINE_FEED: Bytes = Uint8Array.of(10)

const SLICE = 8192

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += SLICE) {
    // Anything with a length and items will do, and spreading takes seven times as long.
    const codes = bytes.subarray(at, at + SLICE) as unknown as number[]
    binary += String.fromCharCode.apply(undefined, codes)
  }
  return btoa(binary)
}

/** Throws for what is no base64. */
export function fromBase64(text: string): Bytes {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  // Many times as fast as `Uint8Array.from`.
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// oxlint-disable-next-line no-control-regex -- these would be six characters each, and are no text
const BINARY = /[\0-\x08\x0b\x0e-\x1f\x7f]/

/** Undefined where text would not give the same bytes again, or would not be read as such. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes)
    return BINARY.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** How many of these bytes of UTF-8 are whole characters: all but a last one that is cut off. */
function whole(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** A body in pieces of at most `PIECE` bytes that cut no character of UTF-8 in two. */
export async function* pieces(body: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = body.getReader()
  let rest: Bytes = new Uint8Array()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      rest = joined([rest, next.value])
      while (rest.length > PIECE) {
        const cut = whole(rest.subarray(0, PIECE))
        yield rest.subarray(0, cut)
        rest = rest.subarray(cut)
      }
    }
    if (rest.length > 0) yield rest
  } finally {
    reader.cancel().catch(() => {})
  }
}

export function joined(parts: readonly Bytes[]): Bytes {
  const filled = parts.filter(({ length }) => length > 0)
  const [only] = filled
  if (only && filled.length === 1) return only
  const all = new Uint8Array(filled.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of filled) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** What comes one by one as a stream that asks for it when it is read. */
export function streamFrom(chunks: Pick<AsyncGenerator<Bytes>, 'next' | 'return'>): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      // What it waits for is not waited for.
      cancel: () => void chunks.return(undefined).catch(() => {}),
    },
    { highWaterMark: 0 },
  )
}

/** Undefined where an entry was replaced or removed meanwhile. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (!hasCode(error, 'gone')) throw error
    return undefined
  }
}

/** Small ones together, so that what reads them is not called for each. */
export async function* batched(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  let batch: Bytes[] = []
  let size = 0
  for await (const chunk of chunks) {
    batch.push(chunk)
    size += chunk.length
    if (size < PIECE) continue
    yield joined(batch)
    batch = []
    size = 0
  }
  if (size > 0) yield joined(batch)
}

/** Entries, and bytes, between two calls. */
const [STEP, BYTES] = [500, 16 * 1024 * 1024]

export function createProgress(
  { onProgress }: WorkOptions,
  total?: number,
): { step(bytes: number): void; end(): void } {
  let [done, bytes, told, counted] = [0, 0, -1, 0]
  function tell(): void {
    told = done
    counted = bytes
    onProgress?.({ done, bytes, ...(total !== undefined && { total }) })
  }
  return {
    step(size) {
      done++
      bytes += size
      if (done % STEP === 0 || bytes - counted >= BYTES) tell()
    },
    end: () => void (told === done || tell()),
  }
}

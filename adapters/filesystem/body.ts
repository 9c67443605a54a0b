import { close, closeSync, fstatSync, open, read } from 'node:fs'
import { promisify } from 'node:util'
import { StowawayError } from '../../src/errors.ts'
import { errno, failure } from './files.ts'
import type { Bytes } from './record.ts'

const openFile = promisify(open)
const closeFile = promisify(close)

const CHUNK = 128 * 1024

interface Descriptor {
  /** -1: closed. */
  fd: number
}

// Streams that nobody reads to the end nor cancels. Node's own FileHandle would be closed by the collector too, with an error.
const abandoned = new FinalizationRegistry<Descriptor>(({ fd }) => {
  if (fd >= 0) closeSync(fd)
})

export const gone = (cause?: unknown): StowawayError =>
  new StowawayError('gone', 'The entry was replaced or removed', { cause })

/** The part of a body that is at hand. */
export function streamOfBytes(bytes: Bytes, start?: number, end?: number): ReadableStream<Bytes> {
  const part = bytes.slice(...range(bytes.length, start, end))
  return new ReadableStream({
    start(controller) {
      if (part.length > 0) controller.enqueue(part)
      controller.close()
    },
  })
}

/** Reads on demand from a descriptor that is open from now on, so that a later unlink does not matter. */
export async function streamOfFile(
  path: string,
  size: number,
  start?: number,
  end?: number,
): Promise<ReadableStream<Bytes>> {
  const held: Descriptor = { fd: await openBody(path) }
  if (fstatSync(held.fd).size !== size) {
    await closeFile(held.fd)
    throw gone()
  }
  const [from, to] = range(size, start, end)
  const stream = new ReadableStream<Bytes>(source(held, path, from, to), { highWaterMark: 0 })
  abandoned.register(stream, held, held)
  return stream
}

async function openBody(path: string): Promise<number> {
  try {
    return await openFile(path, 'r')
  } catch (error) {
    throw errno(error) === 'ENOENT' ? gone(error) : failure(error, path)
  }
}

function range(size: number, start = 0, end = size): [number, number] {
  const from = Math.min(Math.max(start, 0), size)
  return [from, Math.min(Math.max(end, from), size)]
}

function source(held: Descriptor, path: string, from: number, to: number): UnderlyingDefaultSource<Bytes> {
  let position = from
  let reading: Promise<unknown> = Promise.resolve()
  const release = async (): Promise<void> => {
    const { fd } = held
    held.fd = -1
    abandoned.unregister(held)
    if (fd >= 0) await closeFile(fd)
  }
  return {
    async pull(controller) {
      if (position < to) {
        const next = readAt(held.fd, position, Math.min(CHUNK, to - position))
        reading = next.catch(() => {})
        const chunk = await next.catch(async (error) => {
          await release()
          throw failure(error, path)
        })
        position += chunk.length
        if (held.fd < 0) return
        if (chunk.length === 0) {
          await release()
          throw gone()
        }
        controller.enqueue(chunk)
      }
      if (position < to) return
      controller.close()
      await release()
    },
    // The number of a descriptor that is closed during a read may by then belong to another file.
    cancel: () => reading.then(release),
  }
}

function readAt(fd: number, position: number, length: number): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const chunk = new Uint8Array(length)
    read(fd, chunk, 0, length, position, (error, count) => {
      if (error) reject(error)
      else resolve(count === length ? chunk : chunk.subarray(0, count))
    })
  })
}

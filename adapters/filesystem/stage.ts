import type { FileHandle } from 'node:fs/promises'
import { promises } from 'node:fs'
import { join } from 'node:path'
import { StowawayError } from '../../src/errors.ts'
import { type Bytes, joined } from '../bytes.ts'
import { guarded, inFolder } from './files.ts'
import { newId } from './layout.ts'

/** Up to this length a body follows its metadata in one file. */
export const INLINE: number = 64 * 1024
const BLOCK = 256 * 1024

/** A body as far as it was looked at. */
export interface Taken {
  readonly head: Bytes
  /** Undefined: the head is all. */
  readonly rest: Pieces | undefined
}

/** A stream that is read as it is written; fails once it exceeds the limit, or the store is closed. */
export interface Pieces {
  next(): Promise<Bytes | undefined>
  cancel(reason: unknown): void
}

export const tooLarge = (limit: number): StowawayError =>
  new StowawayError('too-large', `The body is longer than ${limit} bytes`)

export function piecesOf(stream: ReadableStream<Bytes>, limit: number, aborted: () => Error | undefined): Pieces {
  const reader = stream.getReader()
  let length = 0
  const next = async (): Promise<Bytes | undefined> => {
    const { value, done } = await reader.read()
    const reason = aborted()
    if (reason) throw reason
    if (done) return undefined
    length += value.length
    if (length > limit) throw tooLarge(limit)
    return value
  }
  // What a source does when it is cancelled is not awaited: it may take for ever.
  return { next, cancel: (reason) => void reader.cancel(reason).catch(() => {}) }
}

/** Reads as much as decides where the body goes. */
export async function take(pieces: Pieces): Promise<Taken> {
  const chunks: Bytes[] = []
  let length = 0
  while (length <= INLINE) {
    const chunk = await pieces.next()
    if (!chunk) return { head: joined(chunks, length), rest: undefined }
    chunks.push(chunk)
    length += chunk.length
  }
  return { head: joined(chunks, length), rest: pieces }
}

/** Writes a record under a temporary name in its folder. */
export async function writeRecord(folder: string, content: Uint8Array): Promise<string> {
  const path = join(folder, `${newId()}.tmp`)
  try {
    await promises.writeFile(path, content, { flag: 'wx' })
    return path
  } catch (error) {
    await remove(path)
    throw error
  }
}

/**
 * Writes a body that has a file of its own, and has the system put it on the disk: its length is all that is looked at
 * when it is read.
 *
 * @returns its length.
 */
export async function writeBody(folder: string, name: string, { head, rest }: Taken): Promise<number> {
  const path = join(folder, name)
  const file = await guarded(path, () => inFolder(folder, () => promises.open(path, 'wx')))
  try {
    const length = await copy(file, path, head, rest)
    await guarded(path, () => file.datasync())
    await file.close()
    return length
  } catch (error) {
    await file.close().catch(() => {})
    await remove(path)
    throw error
  }
}

async function copy(file: FileHandle, path: string, head: Bytes, rest: Pieces | undefined): Promise<number> {
  let length = 0
  let waiting: Bytes[] = []
  let size = 0
  const flush = async (): Promise<void> => {
    const [first] = waiting
    const block = waiting.length === 1 && first ? first : joined(waiting, size)
    // Copes with short writes, and goes on where it was.
    await guarded(path, () => file.writeFile(block))
    length += block.length
    waiting = []
    size = 0
  }
  for (let chunk: Bytes | undefined = head; chunk; chunk = await rest?.next()) {
    waiting.push(chunk)
    size += chunk.length
    if (size >= BLOCK) await flush()
  }
  if (size > 0) await flush()
  return length
}

/** Removes what was staged; what can't be is swept later. */
export const remove = (path: string): Promise<void> => promises.unlink(path).catch(() => {})

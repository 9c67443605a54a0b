import { closeSync, fstatSync, openSync, promises, readSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StowawayError } from '../../src/errors.ts'
import type { Memo } from './ledger.ts'
import type { Bytes, Header } from './record.ts'
import { checksum, decode } from './record.ts'

/** A record as found on disk. */
export interface Found {
  readonly header: Header
  /** Length of the record's own file. */
  readonly length: number
  /** When the file says that it was last used, in ms since the epoch. 0 where that was not looked at. */
  readonly usedAt: number
  readonly line: Buffer<ArrayBuffer>
  readonly bytes: Bytes | undefined
}

const NO_ACCESS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'])
const FULL = new Set(['ENOSPC', 'EDQUOT'])
const HELD_OPEN = new Set(['EPERM', 'EBUSY', 'EACCES'])
const LINE_FEED = 10
/** Metadata and small body together. */
export const LONGEST_RECORD: number = 16 * 1024 * 1024
const STALE_LOCK_MS = 5000
const ATTEMPTS = 8

const scratch = Buffer.allocUnsafeSlow(8192)

export function errno(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

export const closed = (): StowawayError => new StowawayError('closed', 'The store was closed')

export const isFull = (error: unknown): boolean =>
  FULL.has(errno(error)) || (error instanceof StowawayError && FULL.has(errno(error.cause)))

/** The stable code for what the system said. */
export function failure(cause: unknown, path: string): StowawayError {
  if (cause instanceof StowawayError) return cause
  const code = errno(cause)
  if (NO_ACCESS.has(code)) return new StowawayError('unusable-path', `${path} can't be used: ${code}`, { cause })
  if (FULL.has(code) || code === 'EFBIG')
    return new StowawayError('too-large', `No room at ${path}: ${code}`, { cause })
  return new StowawayError('store-failure', `${path}: ${code || String(cause)}`, { cause })
}

/** What fails in here fails with one of our codes. */
export async function guarded<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw failure(error, path)
  }
}

/** Undefined where there is no such thing. */
export function ifThere<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined
    throw error
  }
}

/** For what may be left to the next sweep. */
export function quietly(action: () => void): void {
  try {
    action()
  } catch {
    // Not there, not empty, held open elsewhere.
  }
}

/**
 * Reads a record with its small body. The bytes themselves say whether `memo` still holds: times and inode numbers
 * repeat within a tick of the file system's clock.
 *
 * @returns undefined: no such file; `corrupt`: not, or not all, of what `encode` made.
 */
export function readRecord(path: string, memo?: Memo): Found | 'corrupt' | undefined {
  const fd = ifThere(() => openSync(path, 'r'))
  if (fd === undefined) return undefined
  try {
    return (memo && readKnown(fd, memo)) ?? readUnknown(fd)
  } finally {
    closeSync(fd)
  }
}

function readKnown(fd: number, { header, line }: Memo): Found | undefined {
  const length = line.length + (header.body === null ? header.size : 0)
  // One more than expected, so that a longer file shows.
  const content = Buffer.allocUnsafeSlow(length + 1)
  if (readSync(fd, content, 0, length + 1, 0) !== length) return undefined
  if (line.compare(content, 0, line.length) !== 0) return undefined
  return { header, length, usedAt: 0, line, bytes: bodyOf(content, line.length, header) }
}

function readUnknown(fd: number): Found | 'corrupt' {
  const { size, mtimeMs } = fstatSync(fd)
  const content = Buffer.allocUnsafeSlow(Math.min(size, LONGEST_RECORD))
  const length = readSync(fd, content, 0, content.length, 0)
  const end = content.subarray(0, length).indexOf(LINE_FEED) + 1
  const header = end > 0 ? decode(content.toString('utf8', 0, end - 1)) : undefined
  if (!header || length !== size || size !== end + (header.body === null ? header.size : 0)) return 'corrupt'
  const bytes = bodyOf(content, end, header)
  // A file that was renamed before its blocks were written may, after a power failure, have its length but not its content.
  if (bytes && checksum(bytes) !== header.sum) return 'corrupt'
  return { header, length, usedAt: mtimeMs, line: Buffer.from(content.subarray(0, end)), bytes }
}

/** The same without the body, of which nothing is checked but its length. */
export function readHeader(path: string): Found | 'corrupt' | undefined {
  const fd = ifThere(() => openSync(path, 'r'))
  if (fd === undefined) return undefined
  try {
    const count = readSync(fd, scratch, 0, scratch.length, 0)
    const end = scratch.subarray(0, count).indexOf(LINE_FEED) + 1
    const header = end > 0 ? decode(scratch.toString('utf8', 0, end - 1)) : undefined
    if (!header) return readUnknown(fd)
    const { size, mtimeMs } = fstatSync(fd)
    if (size !== end + (header.body === null ? header.size : 0)) return 'corrupt'
    return { header, length: size, usedAt: mtimeMs, line: Buffer.from(scratch.subarray(0, end)), bytes: undefined }
  } finally {
    closeSync(fd)
  }
}

const bodyOf = (content: Buffer<ArrayBuffer>, start: number, { body, size }: Header): Bytes | undefined =>
  body === null ? new Uint8Array(content.buffer, start, size) : undefined

/**
 * Runs one synchronous step as the only one, of all processes, that changes this folder. Readers need no lock: they see
 * what was renamed into place, or what was before. Fails with ENOENT where the folder is gone.
 */
export async function locked<T>(folder: string, step: () => T): Promise<T> {
  const lock = join(folder, 'lock')
  let refused = 0
  for (let wait = 1; ; wait = Math.min(wait + 1, 20)) {
    try {
      if (acquire(lock)) return released(lock, step)
    } catch (error) {
      // A disk without room for the lock must still let entries be removed.
      if (FULL.has(errno(error))) return step()
      if (!isHeldOpen(error) || ++refused >= ATTEMPTS) throw error
    }
    await delay(wait)
  }
}

function released<T>(lock: string, step: () => T): T {
  try {
    return step()
  } finally {
    quietly(() => unlinkSync(lock))
  }
}

function acquire(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'))
    return true
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error
  }
  const held = statSync(lock, { throwIfNoEntry: false })
  // A step takes well below a millisecond; who has held it for this long has died in it.
  if (held && Math.abs(Date.now() - held.mtimeMs) > STALE_LOCK_MS) quietly(() => unlinkSync(lock))
  return false
}

/** Windows refuses to rename or unlink what a virus scanner or another process holds open just now. */
const isHeldOpen = (error: unknown): boolean => process.platform === 'win32' && HELD_OPEN.has(errno(error))

/** Creates the folder if it has to: another process may remove it, empty, at any time. */
export async function inFolder<T>(folder: string, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (errno(error) !== 'ENOENT' || attempt >= ATTEMPTS) throw error
      await promises.mkdir(folder, { recursive: true })
    }
  }
}

import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StowawayError } from '../../src/errors.ts'
import { makeFolder } from '../places.ts'
import { openImmutable, type Opener, type SqliteDatabase } from './driver.ts'
import { failure, problemOf } from './errors.ts'
import { prepareSchema } from './schema.ts'

/** How long SQLite itself waits for a lock, in ms: our transactions are shorter, and it blocks the event loop meanwhile. */
const BLOCK_MS = 20

// auto_vacuum has to come before the first table: with INCREMENTAL, what was freed can be given back to the disk in slices,
// where reuse alone would keep the file at its largest size and VACUUM would block. It takes one page in a thousand.
// A checkpoint every 16 MiB costs less than one every 4, above all in the tail.
// With a rollback journal only FULL is safe.
const pragmas = ({ fastSave, wal }: Journal): string => `
PRAGMA busy_timeout = ${BLOCK_MS};
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = ${wal ? 'WAL' : 'DELETE'};
PRAGMA synchronous = ${fastSave ? 'OFF' : wal ? 'NORMAL' : 'FULL'};
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 67108864;`

/** How changes get to the disk. */
export interface Journal {
  readonly wal: boolean
  readonly fastSave: boolean
}

export interface Opened {
  readonly database: SqliteDatabase
  /** The file's random name. */
  readonly file: string
  /** Identifies the file on disk, so that a file that took its place is told apart. */
  readonly inode: number | undefined
}

/** The database at a path, made with its folders where there is none. Throws SQLite's own errors, of which some mean to try again. */
export function openFile(
  path: string,
  open: Opener,
  codec: string,
  journal: Journal = { wal: true, fastSave: false },
): Opened {
  if (path !== ':memory:') makeFolderOf(path)
  let database: SqliteDatabase | undefined
  try {
    database = open(path, false)
    database.exec(pragmas(journal))
    return { database, file: prepareSchema(database, codec), inode: inodeOf(path) }
  } catch (error) {
    database?.close()
    const problem = problemOf(error)
    if (problem === 'busy' || problem === 'corrupt' || error instanceof StowawayError) throw error
    if (problem === undefined || !existsSync(path)) throw unusable(path, error)
    return openForReading(path, open, codec, error)
  }
}

/**
 * WAL wants to write beside the file even to read it. Where the folder forbids that, and no other process has a log
 * there, the file can't change and is read as it is.
 */
function openForReading(path: string, open: Opener, codec: string, cause: unknown): Opened {
  const readable = (): SqliteDatabase => open(path, true)
  const immutable = (): SqliteDatabase => openImmutable(path)
  for (const attempt of existsSync(`${path}-wal`) ? [readable] : [readable, immutable]) {
    let database: SqliteDatabase | undefined
    try {
      database = attempt()
      return { database, file: prepareSchema(database, codec), inode: inodeOf(path) }
    } catch (error) {
      database?.close()
      if (problemOf(error) === 'corrupt') throw error
    }
  }
  throw unusable(path, cause)
}

/** Undefined where there is no file. */
export const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino

function makeFolderOf(path: string): void {
  const folder = dirname(path)
  try {
    makeFolder(folder)
  } catch (cause) {
    if (cause instanceof StowawayError) throw cause
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new StowawayError('unusable-path', `${folder} is no folder that ${path} can be in: ${why}`, { cause })
  }
}

function unusable(path: string, cause: unknown): StowawayError {
  if (problemOf(cause)) return new StowawayError('unusable-path', failure(cause, path).message, { cause })
  return new StowawayError('unusable-path', `No database can be opened or made at ${path}`, { cause })
}

const HEADER = 'SQLite format 3\0'
const DATABASE = /\.(?:sqlite3?|db3?)$/i

/** What neither begins like a database nor is called like one was never a cache: it is left as it is. Throws `unusable-path`. */
export function refuseForeign(path: string): void {
  if (DATABASE.test(path)) return
  const start = Buffer.alloc(HEADER.length)
  const file = openSync(path, 'r')
  try {
    readSync(file, start)
  } finally {
    closeSync(file)
  }
  if (start.toString('latin1') !== HEADER)
    throw new StowawayError('unusable-path', `${path} is a file that is no database; give the name of another`)
}

const ATTEMPTS = 100

/**
 * Renames a damaged or foreign file, so that nothing of anyone's is lost, and says to what. Undefined where another
 * process has already put a new file in its place.
 *
 * @param inode Of the file that was found damaged, from before it was opened.
 */
export function setAside(path: string, inode: number | undefined): string | undefined {
  if (inode === undefined || inodeOf(path) !== inode) return undefined
  for (let n = 1; n <= ATTEMPTS; n++) {
    const name = `${path}.corrupt${n > 1 ? `-${n}` : ''}`
    if (existsSync(name)) continue
    renameSync(path, name)
    for (const suffix of ['-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, name + suffix)
    return name
  }
  throw new StowawayError('unusable-path', `${path} is damaged, and there are ${ATTEMPTS} such files beside it`)
}

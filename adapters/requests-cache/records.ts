/** The records of a cache that requests-cache keeps, from a SQLite file or a folder, as text. */
import { type Dirent } from 'node:fs'
import { opendir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StowawayError } from '../../src/errors.ts'
import { failure, problemOf } from '../sqlite/errors.ts'
import { loadDriver, prepare, type SqliteDatabase, type Value } from '../sqlite/driver.ts'

export interface Record {
  /** Theirs, or the file's name. */
  readonly key: string
  /** Undefined for one that is not JSON. */
  readonly text: string | undefined
}

export interface Records {
  readonly total: number
  all(): AsyncGenerator<Record>
}

/** Throws `unusable-path`, or `corrupt` for a file that is none of requests-cache. */
export async function recordsAt(path: string): Promise<Records> {
  for (const candidate of [path, `${path}.sqlite`]) {
    const found = await stat(candidate).catch(() => undefined)
    if (found) return found.isDirectory() ? inFolder(candidate) : inDatabase(candidate)
  }
  throw new StowawayError('unusable-path', `${path}: there is no such file or folder`)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** An object, or nothing, as a writer leaves it that is interrupted; what Python pickles does not begin so. */
function textOf(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined
  try {
    const text = value instanceof Uint8Array ? decoder.decode(value) : String(value)
    return /^\s*(?:\{|$)/.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

async function inFolder(path: string): Promise<Records> {
  let total = 0
  for await (const entry of await opendir(path)) if (isRecord(entry)) total++
  return {
    total,
    async *all() {
      for await (const entry of await opendir(path))
        if (isRecord(entry))
          yield { key: entry.name, text: textOf(await readFile(join(path, entry.name)).catch(ifTooLong)) }
    },
  }
}

/** Of what no buffer holds there is no text either. */
function ifTooLong(error: unknown): undefined {
  if (!(error instanceof RangeError)) throw error
}

/** Beside them lies the database of redirects, of which each record tells itself. */
const isRecord = (entry: Dirent): boolean => entry.isFile() && !/^\.|\.sqlite(?:-\w+)?$|\.lock$/.test(entry.name)

const PAGE = 50
/** So many bytes of records at most are in memory at once, unless one alone has more. */
const PAGE_BYTES = 16 * 1024 * 1024

async function inDatabase(path: string): Promise<Records> {
  const open = await loadDriver()
  const within = <T>(read: (database: SqliteDatabase) => T): T => {
    let database: SqliteDatabase | undefined
    try {
      database = open(path, true)
      return read(database)
    } catch (cause) {
      const problem = problemOf(cause)
      if (problem && problem !== 'corrupt') throw failure(cause, path)
      throw new StowawayError('corrupt', `${path} is no SQLite file of requests-cache`, { cause })
    } finally {
      database?.close()
    }
  }
  const total = within((database) => Number(prepare(database, 'SELECT count(*) FROM responses').all()[0]?.[0]))
  // What comes before a row is counted, so that there is always one.
  const lengths = `SELECT rowid AS id, coalesce(length(value), 0) AS size FROM responses WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`
  const sums = `SELECT id, sum(size) OVER (ORDER BY id) - size AS earlier FROM (${lengths})`
  const sql = `SELECT rowid, key, value FROM responses
    WHERE rowid > ? AND rowid <= (SELECT max(id) FROM (${sums}) WHERE earlier <= ${PAGE_BYTES}) ORDER BY rowid`
  return {
    total,
    // Opened for each page, so that nothing is left open with who stops half-way.
    async *all() {
      let last: Value = -1
      for (;;) {
        const rows = within((database) => prepare(database, sql).all(last, last))
        for (const [rowid = null, key = null, value] of rows) {
          last = rowid
          yield { key: String(key), text: textOf(value) }
        }
        if (rows.length === 0) return
      }
    },
  }
}

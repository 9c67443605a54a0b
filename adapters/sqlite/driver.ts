import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { StowawayError } from '../../src/errors.ts'

/** What is bound and what comes back. */
export type Value = string | number | null | Uint8Array
export type Row = readonly Value[]

/** The statement methods that better-sqlite3 and `node:sqlite` share. */
export interface SqliteStatement {
  run(...values: Value[]): { readonly changes: number | bigint }
  all(...values: Value[]): unknown[]
}

/** What is used of an open database: better-sqlite3's `Database` and `node:sqlite`'s `DatabaseSync` both fit. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  close(): unknown
}

export type SqliteDriver = 'better-sqlite3' | 'node:sqlite'

export type Opener = (path: string, readOnly: boolean) => SqliteDatabase

const LOADERS: Record<SqliteDriver, () => Promise<Opener>> = {
  'better-sqlite3': betterSqlite3,
  'node:sqlite': async () => nodeSqlite(),
}

/** The driver asked for, else the first that loads: better-sqlite3 where it is installed, then the runtime's own. */
export async function loadDriver(driver?: SqliteDriver): Promise<Opener> {
  let cause: unknown
  for (const load of driver ? [LOADERS[driver]] : Object.values(LOADERS)) {
    try {
      return await load()
    } catch (error) {
      cause = error
    }
  }
  const wanted = driver ?? 'SQLite'
  throw new StowawayError(
    'missing-package',
    `${wanted} can't be loaded; npm install better-sqlite3, or use Node 22.13 or later`,
    {
      cause,
    },
  )
}

async function betterSqlite3(): Promise<Opener> {
  // Not a literal: an optional peer, which bundlers and the compiler have to leave alone.
  const name: string = 'better-sqlite3'
  const module: unknown = await import(name)
  // The package has no types of its own; its default export is this class.
  const { default: Database } = module as { default: new (path: string, options: object) => SqliteDatabase }
  // The native part loads with the first database: a broken build has to show here, where the next driver can step in.
  new Database(':memory:', {}).close()
  return (path, readOnly) => new Database(path, { readonly: readOnly })
}

/**
 * Reads a file that nobody writes, without the files that WAL has beside it. Always through the runtime's own library:
 * better-sqlite3 takes no URI.
 */
export function openImmutable(path: string): SqliteDatabase {
  return nodeSqlite()(`${pathToFileURL(path).href}?immutable=1`, true)
}

function nodeSqlite(): Opener {
  const { DatabaseSync } = withoutWarning(() => process.getBuiltinModule('node:sqlite'))
  return (path, readOnly) => new DatabaseSync(path, { readOnly })
}

/** Node 22 warns that `node:sqlite` is experimental. Synchronous, so no other warning is lost. */
function withoutWarning<T>(load: () => T): T {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** A prepared statement whose rows are arrays, in every driver. */
export interface Query {
  all(...values: Value[]): Row[]
  /** How many rows were changed. */
  run(...values: Value[]): number
}

/** By which each driver is told to give rows as arrays and integers as numbers; none has all of them. */
interface Modes {
  readonly reader?: boolean
  raw?(on: boolean): unknown
  safeIntegers?(on: boolean): unknown
  setReturnArrays?(on: boolean): unknown
  setReadBigInts?(on: boolean): unknown
}

export function prepare(database: SqliteDatabase, sql: string): Query {
  const statement: SqliteStatement & Modes = database.prepare(sql)
  statement.safeIntegers?.(false)
  statement.setReadBigInts?.(false)
  if (statement.reader) statement.raw?.(true)
  statement.setReturnArrays?.(true)
  const arrays = statement.raw !== undefined || statement.setReturnArrays !== undefined
  // Values are what SQLite has: no driver gives others once integers are numbers.
  const all = statement.all.bind(statement) as (...values: Value[]) => Row[]
  return {
    // Before 22.16, node:sqlite had objects only.
    all: arrays ? all : (...values) => all(...values).map((row) => Object.values(row)),
    run: (...values) => Number(statement.run(...values).changes),
  }
}

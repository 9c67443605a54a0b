import { setTimeout } from 'node:timers/promises'
import { StowawayError } from '../src/errors.ts'
import type { Entry, Key, Store, StoreOptions } from '../src/store.ts'
import { budgetOf, refuse } from './budget.ts'
import { checkCodec, type Codec, type CodecName, loadCodec } from './codec.ts'
import { locate, type PlaceOptions } from './places.ts'
import { loadDriver, type SqliteDatabase, type SqliteDriver } from './sqlite/driver.ts'
import { createEntries, type Entries } from './sqlite/entries.ts'
import { failure, problemOf } from './sqlite/errors.ts'
import { createLister, usageOf } from './sqlite/list.ts'
import { inodeOf, openFile, type Opened, refuseForeign, setAside } from './sqlite/open.ts'
import { putEntry, updateEntry } from './sqlite/put.ts'
import { createRemover, idOf } from './sqlite/remove.ts'
import { prepareSchema } from './sqlite/schema.ts'
import { createSession, failed, read, type Session, type Surroundings, write } from './sqlite/session.ts'
import { flushUses, startUpkeep, type Upkeep } from './sqlite/upkeep.ts'
import { vacuum } from './sqlite/vacuum.ts'
import { createWatchers } from './watchers.ts'

export type { Codec, CodecName } from './codec.ts'
export type { SqliteDatabase, SqliteDriver, SqliteStatement } from './sqlite/driver.ts'

const MAX_BYTES = 2 ** 30
const ORDERS = ['createdAt', 'expiresAt', 'size', 'url', 'usedAt'] as const

const PLACES = ['path', 'useCacheDir', 'useTemp', 'useMemory'] as const
const JOURNAL = ['wal', 'fastSave'] as const

/** Where a SQLite store lives, and through which library. */
export interface SqliteStoreOptions extends StoreOptions, PlaceOptions {
  /**
   * The database's file, as written, as text or a `file:` URL; a `~` that begins it is the home directory. Missing folders are made,
   * for this user alone. Relative to the working directory, or to that of `useCacheDir` or `useTemp`.
   * Default: `http_cache.sqlite`.
   */
  readonly path?: string | URL
  /** In memory: gone when closed. In place of `path`. Default: false. */
  readonly useMemory?: boolean
  /** A database that is already open, in place of `path`: its settings are left alone, and `close` leaves it open. */
  readonly database?: SqliteDatabase
  /** Default: better-sqlite3 where it is installed, else the runtime's own `node:sqlite`. */
  readonly driver?: SqliteDriver
  /**
   * False: with a rollback journal in place of a write-ahead log, so that a write keeps readers waiting, and the reverse. For file
   * systems on which WAL can't work, those of networks above all. Default: true.
   */
  readonly wal?: boolean
  /**
   * Waits for no disk: the system's crash, but not the program's, may damage the file, which then is begun anew.
   * Default: false.
   */
  readonly fastSave?: boolean
  /** How long a write tries again while another process holds the lock, in ms (not in seconds, as for `createCache`). Default: 5000. */
  readonly busyTimeout?: number
  /**
   * What metadata is written with: `msgpack`, `json`, `yaml`, `bson`, or an object of one's own. Its name is stored with the
   * file, which no other can open. Default: `msgpack`; `yaml` and `bson` need the packages of these names.
   */
  readonly codec?: CodecName | Codec
}

interface Open {
  readonly session: Session
  readonly entries: Entries
  readonly upkeep: Upkeep
  readonly remove: ReturnType<typeof createRemover>
  readonly list: ReturnType<typeof createLister>
}

/**
 * Keeps entries in one SQLite file, which several processes may share. Bodies over 64 KiB lie in rows of their own and are
 * read and written in pieces of 256 KiB. `get` answers at once, without a promise, when the store is open.
 * A file that is damaged, or no database, is renamed to `….corrupt` and reported as `corrupt`; a new one takes its place.
 * Budgets count the entries of `http` only.
 *
 * Indexes answer each query and give all orders, also of a million entries, in a few megabytes. Only that by size has no index:
 * all rows are looked at for the first entry, and once more for each 20,000 that are read after it. An entry whose place in the
 * order changes while it is listed comes once, but not always where it belongs. In other namespaces than `http` rows are sorted
 * page by page, and only a put counts as a use.
 *
 * @param options `maxBytes` is 1 GiB by default.
 * @throws {StowawayError} `unknown-option`, `invalid-option`
 */
export function createSqliteStore(options: SqliteStoreOptions = {}): Store {
  const { maxBytes, maxEntries, maxEntryBytes, now } = budgetOf(
    options,
    [...PLACES, ...JOURNAL, 'database', 'driver', 'busyTimeout', 'codec'],
    MAX_BYTES,
  )
  checkOwn(options)
  checkCodec(options.codec)
  const { busyTimeout = 5000, fastSave = false, useMemory, wal = true } = options
  const path = useMemory || options.path === ':memory:' ? ':memory:' : locate(options, 'http_cache.sqlite')
  const { emit, watch } = createWatchers()
  let current: Open | undefined
  let opening: Promise<Open> | undefined
  let closing: Promise<void> | undefined

  const closed = (): StowawayError => new StowawayError('closed', `The store ${path} was closed`)

  async function ready(): Promise<Open> {
    if (closing) throw closed()
    if (current) return current
    opening ??= openStore().finally(() => {
      opening = undefined
    })
    return opening
  }

  async function openStore(): Promise<Open> {
    const codec = await loadCodec(options.codec)
    const surroundings = { path, codec, maxBytes, maxEntries, busyTimeout, now, emit, damaged: abandon }
    const session = options.database ? adopt(options.database, surroundings) : await openPath(surroundings)
    const upkeep = startUpkeep(session)
    const entries = createEntries(session, (id) => upkeep.used(id))
    const [list, remove] = [createLister(session, entries), createRemover(session)]
    current = { session, upkeep, entries, list, remove }
    return current
  }

  async function openPath(surroundings: Surroundings): Promise<Session> {
    const open = await loadDriver(options.driver)
    const deadline = performance.now() + busyTimeout
    for (;;) {
      const inode = inodeOf(path)
      let opened: Opened | undefined
      try {
        opened = openFile(path, open, surroundings.codec.name, { fastSave, wal })
        return createSession(opened, surroundings)
      } catch (error) {
        opened?.database.close()
        const problem = problemOf(error)
        if (problem === 'corrupt') {
          refuseForeign(path)
          replace(inode, error)
        } else if (problem !== 'busy' || performance.now() >= deadline) throw failure(error, path)
      }
      await setTimeout(10)
    }
  }

  /** Makes room for a new file in place of a damaged one. */
  function replace(inode: number | undefined, cause: unknown): void {
    const name = setAside(path, inode)
    const message = `${path} is damaged or no database${name ? `; it was renamed to ${name}` : ''}`
    emit({ type: 'error', error: new StowawayError('corrupt', message, { cause }) })
  }

  /** Ends a session whose database is damaged; the next use opens a new one. */
  function abandon(error: StowawayError): void {
    if (!current || current.session.signal.aborted) return
    const { session, upkeep } = current
    if (options.database) return emit({ type: 'error', error })
    current = undefined
    upkeep.stop()
    session.end(error)
    session.database.close()
    try {
      replace(session.inode, error.cause)
    } catch (cause) {
      emit({ type: 'error', error: new StowawayError('unusable-path', `${path} can't be replaced`, { cause }) })
    }
  }

  function find({ session, entries }: Open, key: Key, touch: boolean): ReturnType<Store['get']> {
    if (session.signal.aborted) return Promise.reject(session.signal.reason)
    try {
      return entries.get(key, touch)
    } catch (error) {
      if (problemOf(error) === 'busy') return read(session, () => entries.get(key, touch))
      const failure = failed(session, error)
      return failure.code === 'corrupt' ? [] : Promise.reject(failure)
    }
  }

  async function put(...[key, meta, body]: Parameters<Store['put']>): Promise<Entry> {
    const { session, entries } = current ?? (await ready())
    const { head, inline } = await putEntry(session, key, meta, body, maxEntryBytes)
    return entries.put(key, head, inline)
  }

  async function shutDown(): Promise<void> {
    const open = current ?? (await opening?.catch(() => undefined))
    if (!open) return
    const { session, upkeep } = open
    current = undefined
    upkeep.stop()
    const { sql, writing, database } = session
    // What can't be written now is lost, and costs no entry.
    await flushUses(session).catch(() => {})
    await write(session, () => writing.forEach((body) => sql.dropBody.run(0, body))).catch(() => {})
    session.end(closed())
    if (!options.database) database.close()
  }

  return {
    limits: { maxEntryBytes, orders: ORDERS },
    async open() {
      await ready()
    },
    get(key, touch = true) {
      return current ? find(current, key, touch) : ready().then((open) => find(open, key, touch))
    },
    async put(key, meta, body) {
      const of = { ...key }
      if (!ArrayBuffer.isView(body)) return put(of, current ? meta : structuredClone(meta), body)
      if (body.length > maxEntryBytes) throw tooLarge()
      // An open store encodes at once; before that, the caller may write to what it gave.
      const given = current ? { meta, body } : { meta: structuredClone(meta), body: body.slice() }
      return put(of, given.meta, given.body).catch((error: unknown) => {
        // There is a new database now.
        if (error instanceof StowawayError && error.code === 'corrupt') return put(of, given.meta, given.body)
        throw error
      })
    },
    async update(entry: Entry, meta) {
      const { session } = current ?? (await ready())
      return updateEntry(session, idOf(session, entry.version), entry.key, meta)
    },
    async delete(targets) {
      const { remove } = current ?? (await ready())
      return remove(targets)
    },
    async *list(query) {
      const { list } = current ?? (await ready())
      yield* list(query)
    },
    async usage(namespace) {
      const { session } = current ?? (await ready())
      return usageOf(session, namespace)
    },
    async vacuum() {
      const { session } = current ?? (await ready())
      return vacuum(session)
    },
    watch,
    close() {
      closing ??= shutDown()
      return closing
    },
  }

  function tooLarge(): StowawayError {
    return new StowawayError('too-large', `A body may have ${maxEntryBytes} bytes at most`)
  }
}

const DRIVERS: readonly unknown[] = ['better-sqlite3', 'node:sqlite'] satisfies SqliteDriver[]

/** As callers without types give them. */
function checkOwn(options: Partial<Record<keyof SqliteStoreOptions, unknown>>): void {
  const { busyTimeout, database, driver, useMemory } = options
  for (const name of ['useMemory', ...JOURNAL] as const)
    if (options[name] !== undefined && typeof options[name] !== 'boolean') refuse(name, options[name], 'true or false')
  for (const name of PLACES)
    if (useMemory && name !== 'useMemory' && options[name]) refuse(name, options[name], 'it without useMemory')
  for (const name of [...PLACES, ...JOURNAL])
    if (database !== undefined && name !== 'path' && options[name] !== undefined)
      refuse(name, options[name], 'it without database')
  if (busyTimeout !== undefined && !(typeof busyTimeout === 'number' && busyTimeout >= 0))
    refuse('busyTimeout', busyTimeout, 'milliseconds, 0 or more')
  if (driver !== undefined && !DRIVERS.includes(driver)) refuse('driver', driver, "'better-sqlite3' or 'node:sqlite'")
  if (database !== undefined && !isDatabase(database))
    refuse('database', database, 'an open database of better-sqlite3 or node:sqlite')
}

const isDatabase = (value: unknown): value is SqliteDatabase =>
  typeof value === 'object' &&
  value !== null &&
  ['prepare', 'exec', 'close'].every((name) => typeof Reflect.get(value, name) === 'function')

/** Uses a database of the application's own. */
function adopt(database: SqliteDatabase, surroundings: Surroundings): Session {
  try {
    const file = prepareSchema(database, surroundings.codec.name)
    return createSession({ database, file, inode: undefined }, surroundings)
  } catch (error) {
    throw failure(error, surroundings.path)
  }
}

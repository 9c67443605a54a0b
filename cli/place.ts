/** Which cache is meant, and its opening. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { NAMESPACE } from '../adapters/filesystem/layout.ts'
import { locate } from '../adapters/places.ts'
import { loadDriver, prepare } from '../adapters/sqlite/driver.ts'
import { problemOf } from '../adapters/sqlite/errors.ts'
import { createCache } from '../src/cache.ts'
import type { Cache } from '../src/cache.ts'
import type { CacheOptions } from '../src/options/types.ts'
import type { Values } from './arguments.ts'
import type { Common } from './command.ts'
import { Failure, messageOf, usage } from './failure.ts'
import { note } from './output.ts'

/**
 * `look`: changes nothing; `change`: has to be there as well; `repair`: may be damaged; `make`: is made where there is none.
 */
export type Manner = 'look' | 'change' | 'repair' | 'make'

export interface Place {
  readonly backend: 'sqlite' | 'filesystem'
  readonly path: string
}

export interface Opened {
  readonly cache: Cache
  /** Undefined for a store that `--config` made itself. */
  readonly place: Place | undefined
  /** Failures that were survived so far. */
  readonly survived: readonly Error[]
  /** What its file took before it was opened; undefined where it is not one file. */
  readonly bytes: number | undefined
}

type Given = Values<Common>

/** Opens the cache for some work, and closes it when that has ended. */
export async function withCache<T>(
  given: Given,
  manner: Manner,
  work: (opened: Opened) => Promise<T>,
  extra: CacheOptions = {},
): Promise<T> {
  const config = await configured(given.config)
  const place = typeof config.backend === 'object' ? undefined : placeOf(given, config)
  const codec = place && (await check(place, manner))
  const bytes = bytesOf(place)
  const survived: Error[] = []
  const cache = createCache({
    // An application may have given it more than is the default, and nothing may go because somebody looks.
    ...(place && (manner !== 'make' || isLarge(place)) && { maxBytes: Infinity }),
    ...(codec !== undefined && { codec }),
    ...config,
    ...(place && { backend: place.backend, path: place.path, useCacheDir: false, useTemp: false }),
    ...(manner === 'look' && { readOnly: true }),
    onError: (error) => void survived.push(error),
    ...extra,
  })
  try {
    await cache.open()
    return await work({ cache, place, survived, bytes })
  } finally {
    await cache.close()
    // The library leaves it to who made it, which nobody else does here.
    if (typeof config.backend === 'object') await config.backend.close()
    for (const error of survived) note(`stowaway: ${messageOf(error)}`)
  }
}

async function configured(file: string | undefined): Promise<CacheOptions> {
  if (file === undefined) return {}
  const path = resolve(file)
  if (!existsSync(path)) throw usage(`--config: there is no file ${path}`)
  const { default: options } = (await import(pathToFileURL(path).href)) as { readonly default?: unknown } // what modules are
  if (typeof options === 'object' && options !== null && !('fetch' in options && 'open' in options)) return options
  throw usage(`--config: the default export of ${path} is not an object of options for createCache`)
}

/** As the library names files: `adapters/runtime/node.ts`. */
const fileOf = (name: string): string => (/\.(?:sqlite3?|db)$/i.test(name) ? name : `${name}.sqlite`)

function placeOf(given: Given, config: CacheOptions): Place {
  if (given.path !== undefined && given.name !== undefined) throw usage('--name: not with --path, which says all')
  const own = given.path !== undefined || given.name !== undefined || given['cache-dir'] === true
  const { name = 'http_cache', path } = own ? { name: given.name, path: given.path } : config
  const folders = own ? { useCacheDir: given['cache-dir'] ?? false } : foldersOf(config)
  const wanted = given.backend ?? (own ? undefined : config.backend) ?? (isTape(config) ? 'filesystem' : undefined)
  if (path !== undefined && wanted === undefined) {
    const there = locate({ path, ...folders }, '')
    const folder = isDirectory(there) || /[/\\]$/.test(String(path))
    return { backend: folder ? 'filesystem' : 'sqlite', path: there }
  }
  const backend = backendOf(wanted ?? 'sqlite')
  return { backend, path: locate({ path: path ?? (backend === 'sqlite' ? fileOf(name) : name), ...folders }, '') }
}

const foldersOf = ({
  useCacheDir = false,
  useTemp = false,
}: CacheOptions): Pick<CacheOptions, 'useCacheDir' | 'useTemp'> => ({
  useCacheDir,
  useTemp,
})

const isTape = ({ mode }: CacheOptions): boolean => mode === 'record' || mode === 'replay'

function backendOf(name: unknown): Place['backend'] {
  const known = String(name).toLowerCase()
  if (known === 'sqlite' || known === 'filesystem') return known
  throw usage(`--backend: ${JSON.stringify(name)} is not sqlite or filesystem`)
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** The library's own limit would cut it. */
const isLarge = ({ backend, path }: Place): boolean =>
  backend === 'filesystem' ? existsSync(path) : (fileBytes(path) ?? 0) > 2 ** 30

/** What a file of sqlite takes on the disk, its log included; undefined where there is none. */
function fileBytes(path: string): number | undefined {
  const sizes = ['', '-wal'].map((suffix) => statSync(path + suffix, { throwIfNoEntry: false }))
  return sizes[0]?.isFile() ? sizes.reduce((sum, stats) => sum + (stats?.size ?? 0), 0) : undefined
}

/** What is said where much of a file is not in use. */
export const LATER = '; what others may still be reading follows by `stowaway vacuum` in a minute'

export const bytesOf = (place: Place | undefined): number | undefined =>
  place?.backend === 'sqlite' ? fileBytes(place.path) : undefined

/**
 * A file or folder of somebody else's must not become a cache, nor be moved out of the way, because of a slip. Gives the codec with
 * which a file was made.
 */
async function check({ backend, path }: Place, manner: Manner): Promise<string | undefined> {
  const { codec, held } = backend === 'sqlite' ? await fileHolds(path, manner) : folderHolds(path)
  if (held === 'cache' || (held === 'nothing' && manner === 'make')) return codec
  if (held === 'nothing') throw new Failure(`there is no cache at ${path}${elsewhere(path, backend)}`)
  throw new Failure(`${path} ${held}${manner === 'make' ? '; another one is named by --name or --path' : ''}`)
}

/** Both backends have a cache of that name by default. */
function elsewhere(path: string, backend: Place['backend']): string {
  const other = backend === 'sqlite' ? path.replace(/\.sqlite$/, '') : `${path}.sqlite`
  return other !== path && existsSync(other) ? `, but ${other} is there: --path ${other}` : ''
}

interface Holding {
  /** What is there; of what is something else, what is wrong with it. */
  readonly held: 'cache' | 'nothing' | `is ${string}`
  readonly codec?: string
}

const CODECS: readonly unknown[] = ['msgpack', 'json', 'yaml', 'bson']

async function fileHolds(path: string, manner: Manner): Promise<Holding> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats || stats.size === 0) return { held: 'nothing' }
  if (stats.isDirectory()) return { held: 'is a directory' }
  const open = await loadDriver()
  let database: ReturnType<typeof open> | undefined
  try {
    database = open(path, true)
    if (prepare(database, "SELECT 1 FROM sqlite_master WHERE name = 'stowaway_about'").all().length === 0)
      return { held: 'is a database of something else, and no cache' }
    const [codec] = prepare(database, "SELECT value FROM stowaway_about WHERE name = 'codec'").all()[0] ?? []
    return { held: 'cache', ...(CODECS.includes(codec) && { codec: String(codec) }) }
  } catch (error) {
    // All else is told by the opening itself.
    if (problemOf(error) !== 'corrupt' || manner === 'repair') return { held: 'cache' }
    return { held: 'is damaged or no database; `stowaway verify --repair` renames it' }
  } finally {
    database?.close()
  }
}

function folderHolds(path: string): Holding {
  if (!existsSync(path)) return { held: 'nothing' }
  if (!isDirectory(path)) return { held: 'is no directory, and no cache' }
  const names = readdirSync(path)
  if (names.some((name) => NAMESPACE.test(name))) return { held: 'cache' }
  return { held: names.length === 0 ? 'nothing' : 'is a directory with something else, and no cache' }
}

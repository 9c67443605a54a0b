/** Where the stores of a machine live. */
import { lstatSync, mkdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join, posix, resolve, sep, win32 } from 'node:path'
import process from 'node:process'
import { StowawayError } from '../src/errors.ts'
import { refuse } from './budget.ts'
import { pathOf } from './path.ts'

export interface PlaceOptions {
  /**
   * Where it lives, as text or a `file:` URL; a `~` that begins it is the home directory. Relative to the working directory, or to
   * that of `useCacheDir` and `useTemp`.
   */
  readonly path?: string | URL
  /**
   * In the folder `stowaway` of the user's cache directory: `$XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`, on
   * Windows `%LOCALAPPDATA%`. Default: false.
   */
  readonly useCacheDir?: boolean
  /** In a folder of this user's own in the system's directory for temporary files. Default: false. */
  readonly useTemp?: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** The directory for what a user's programs keep and can do without, as the platform has it. */
export function cacheDirectory(platform: string, env: Environment, home: string): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = env
  if (platform === 'win32')
    return LOCALAPPDATA && win32.isAbsolute(LOCALAPPDATA) ? LOCALAPPDATA : win32.join(home, 'AppData', 'Local')
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches')
  // A relative one is to be ignored (XDG Base Directory Specification).
  return XDG_CACHE_HOME && posix.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : posix.join(home, '.cache')
}

/** Others may write beside it, so that what is in there has to be this user's. */
const temporaryFolder = (): string => resolve(tmpdir(), `stowaway-${process.getuid?.() ?? 'cache'}`)

/** The absolute path that the options name. Throws `invalid-option`. */
export function locate({ path, useCacheDir = false, useTemp = false }: PlaceOptions, fallback: string): string {
  for (const [name, value] of Object.entries({ useCacheDir, useTemp }))
    if (typeof value !== 'boolean') refuse(name, value, 'true or false')
  if (useCacheDir && useTemp) refuse('useTemp', useTemp, 'it without useCacheDir')
  const given = typeof path === 'string' ? fromHome(path) : path === undefined ? fallback : path
  if (!useCacheDir && !useTemp) return pathOf(given)
  if (typeof given !== 'string' || isAbsolute(given))
    refuse('path', String(path), 'one that is relative beside useCacheDir or useTemp')
  const folder = useTemp
    ? temporaryFolder()
    : join(cacheDirectory(process.platform, process.env, homedir()), 'stowaway')
  const found = pathOf(given === '' ? given : resolve(folder, given))
  if (found !== folder && !found.startsWith(folder + sep))
    refuse('path', given, 'one that stays in the folder beside useCacheDir or useTemp')
  return found
}

/** A shell does so for what is not quoted. */
function fromHome(path: string): string {
  const begins = path === '~' || path.startsWith('~/') || path.startsWith(`~${sep}`)
  return begins ? join(homedir(), path.slice(1)) : path
}

/** For this user alone, where there is none. Throws what the system says, or `unusable-path` for a temporary one that others may have laid. */
export function makeFolder(folder: string): void {
  const own = temporaryFolder()
  // First: nothing is to be made where a link of somebody else's leads to.
  if (folder === own || folder.startsWith(own + sep)) makeOwn(own)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

function makeOwn(own: string): void {
  mkdirSync(own, { recursive: true, mode: 0o700 })
  const stats = lstatSync(own)
  if (!stats.isDirectory() || (process.getuid && stats.uid !== process.getuid()))
    throw new StowawayError('unusable-path', `${own} belongs to somebody else`)
  if (process.getuid && stats.mode & 0o022) throw new StowawayError('unusable-path', `Others may write in ${own}`)
}

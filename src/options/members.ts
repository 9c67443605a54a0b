/** Options as a table from name to parser, so that a name which is not in the table can't pass in silence. */
import { StowawayError } from '../errors.ts'
import { refuse, show } from './refuse.ts'

export type Parser<T> = (value: unknown, where: string) => T
export type Table<T> = { readonly [K in keyof T]-?: Parser<NonNullable<T[K]>> }

/** What these were called elsewhere, in lower case without separators. */
const RENAMED: Readonly<Record<string, string>> = {
  urlsexpireafter: 'rules',
  cachename: 'name',
  olddataonerror: 'staleIfError',
  includegetheaders: 'matchHeaders',
  ttl: 'expireAfter',
  contentrootkey: 'ignoredParameters with a path',
  maxage: 'expireAfter',
  // Said for one request alone.
  refresh: 'init.httpCache.refresh',
  forcerefresh: 'init.httpCache.forceRefresh',
}

/** Undefined counts as absent. `where` names the object in messages; empty for the cache's own options. */
export function parseMembers<T extends object>(table: Table<T>, options: unknown, where: string): T {
  const parsed: Record<string, unknown> = {}
  for (const [name, value] of entriesOf(options, where)) {
    const path = where ? `${where}.${name}` : name
    if (value === undefined) continue
    if (!Object.hasOwn(table, name)) throw unknown(name, path, Object.keys(table))
    // Own, as just checked.
    parsed[name] = table[name as keyof T](value, path)
  }
  // Each member came from the parser that the table's type asks for under that name.
  return parsed as T
}

/** Refuses what has members of its own kind (an array, a Map, …), which would else pass as no options at all. */
export function entriesOf(options: unknown, where: string): [string, unknown][] {
  if (options === undefined) return []
  const plain = typeof options === 'object' && Object.prototype.toString.call(options) === '[object Object]'
  return plain ? Object.entries(options ?? {}) : refuse('invalid-option', where || 'options', options, 'an object')
}

function unknown(name: string, path: string, names: readonly string[]): StowawayError {
  const plain = plainly(name)
  const close = names.filter((known) => isClose(plain, plainly(known)))
  const renamed = Object.hasOwn(RENAMED, plain) ? RENAMED[plain] : undefined
  const instead = renamed ?? (close.length > 0 ? close : names).join(', ')
  return new StowawayError(
    'unknown-option',
    `${path.slice(0, -name.length)}${show(name)} is not an option; use ${instead}`,
  )
}

const plainly = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase()

/** Most slips leave the beginning or the end of a name as it is. */
const isClose = (given: string, known: string): boolean =>
  given.length > 3 && (known.startsWith(given.slice(0, 4)) || known.endsWith(given.slice(-4)))

export const flag: Parser<boolean> = (value, where) =>
  typeof value === 'boolean' ? value : refuse('invalid-option', where, value, 'true or false')

export const text: Parser<string> = (value, where) =>
  typeof value === 'string' && value !== '' ? value : refuse('invalid-option', where, value, 'text')

/** More than zero; Infinity is no limit. */
export const amount: Parser<number> = (value, where) =>
  typeof value === 'number' && value > 0 && (Number.isSafeInteger(value) || value === Infinity)
    ? value
    : refuse('invalid-option', where, value, 'a whole number above 0')

export const func = <T>(value: unknown, where: string): T =>
  // What a function takes and gives can't be checked before it is called.
  typeof value === 'function' ? (value as T) : refuse('invalid-option', where, value, 'a function')

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** An array whose every item holds; in the message, the first that does not. `or`: what else the option takes, for the message. */
export const list =
  <T>(is: (item: unknown) => item is T, accepted: string, or = ''): Parser<readonly T[]> =>
  (value, where) => {
    if (!isArray(value)) return refuse('invalid-option', where, value, `${or}an array of ${accepted}`)
    return [...value].map((item, at) => (is(item) ? item : refuse('invalid-option', `${where}[${at}]`, item, accepted)))
  }

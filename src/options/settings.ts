import type { NoVarySearch } from '../standards/no-vary-search.ts'
import type { Store } from '../store.ts'
import { BACKEND, BACKEND_NAMES } from './backend.ts'
import { parseDuration, parseLifetime } from './duration.ts'
import type { ParsedLifetime } from './duration.ts'
import { amount, flag, func, list, parseMembers, text } from './members.ts'
import type { Parser, Table } from './members.ts'
import { refuse, show } from './refuse.ts'
import type { CacheOptions, FilterFn, NoVarySearchOption, RequestLike, WaitUntil, WorkMode } from './types.ts'

export interface ParsedSettings {
  readonly expireAfter?: ParsedLifetime
  readonly cacheControl?: boolean
  /** ms past freshness; 0: never, Infinity: without limit. */
  readonly staleIfError?: number
  /** ms past freshness; 0: never, Infinity: without limit. */
  readonly staleWhileRevalidate?: number
  readonly onlyIfCached?: boolean
  readonly alwaysRevalidate?: boolean
  /** Lower-case, sorted, each once. */
  readonly matchHeaders?: readonly string[] | true
  /** Lower-case. */
  readonly ignoredParameters?: ReadonlySet<string>
  readonly allowableCodes?: ReadonlySet<number>
  /** Upper-case. */
  readonly allowableMethods?: ReadonlySet<string>
  readonly noVarySearch?: NoVarySearch
  readonly operations?: readonly string[]
  readonly tags?: readonly string[]
  readonly disabled?: boolean
  readonly readOnly?: boolean
  readonly filterFn?: FilterFn
  readonly keyFn?: (request: RequestLike) => string
}

export interface ParsedRequestOptions extends ParsedSettings {
  readonly refresh?: boolean
  readonly forceRefresh?: boolean
  readonly waitUntil?: WaitUntil
}

type CacheMembers = Omit<CacheOptions, keyof ParsedSettings>

export interface ParsedCacheOptions extends CacheMembers {
  /** Lower-case where it is a name. */
  readonly backend?: string | Store
  readonly name: string
  readonly shared: boolean
  /** Lower-case, in the order given. */
  readonly targets: readonly string[]
  readonly settings: ParsedSettings
}

/** RFC 9110 §5.6.2 */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
const isToken = (item: unknown): item is string => typeof item === 'string' && TOKEN.test(item)
const isName = (item: unknown): item is string => typeof item === 'string' && item !== ''
/** 1xx never is a response of its own. */
const isCode = (item: unknown): item is number => Number.isInteger(item) && Number(item) >= 200 && Number(item) <= 999

/** What may stand for a path in JSON is one, or refused: a slip in it would let a secret through. */
const PATH = /^(?:\$|[^.[\]]+)(?:\.[^.[\]]+|\[(?:\d+|\*)\])+$/
const isIgnorable = (item: unknown): item is string =>
  isName(item) && (/\.|^\$\[/.test(item) ? PATH.test(item) : !/^(?:\*+|\$)$/.test(item))
const isOperation = (item: unknown): item is string =>
  typeof item === 'string' && /^(?:query|mutation|subscription|call):/.test(item)
const isTag = (item: unknown): item is string => isName(item) && item.length <= 1024 && !/\p{Cc}/u.test(item)

const names = list(isName, 'names')
const ignorable = list(isIgnorable, "names such as 'utm_*', or paths such as 'user.token', 'items[*].id'")
const operations = list(isOperation, "patterns such as 'query:*', 'mutation:getUser' or 'call:eth_get*'")
const tags = list(isTag, 'texts of at most 1024 characters, without control characters')
const fieldNames = list(isToken, 'header names')
const matched = list(isToken, 'header names', 'true, or ')
const methods = list(isToken, 'methods')
const codes = list(isCode, 'final status codes')

const lower = (items: readonly string[]): string[] => items.map((item) => item.toLowerCase())

const staleness: Parser<number> = (value, where) =>
  typeof value === 'boolean' ? (value ? Infinity : 0) : parseDuration(where, value)

/** What a system's own names can't hold is refused here; the rest is seen when the store is opened. */
const place: Parser<string | URL> = (value, where) => {
  // A copy: a URL can be written to.
  if (value instanceof URL && value.protocol === 'file:' && !value.pathname.includes('%00')) return new URL(value)
  const accepted = 'text without NUL, or a file: URL'
  return isName(value) && !value.includes('\0') ? value : refuse('invalid-option', where, value, accepted)
}

const SEARCH: Table<NoVarySearchOption> = {
  keyOrder: flag,
  params: (value, where) => (typeof value === 'boolean' ? value : names(value, where)),
  except: names,
}

const search: Parser<NoVarySearch> = (value, where) => {
  const { except = [], keyOrder = false, params = false } = parseMembers(SEARCH, value, where)
  if (except.length > 0 && params !== true)
    return refuse('invalid-option', `${where}.except`, except, 'it with params: true only')
  return { except, keyOrder, params }
}

export const SETTINGS: Table<ParsedSettings> = {
  expireAfter: (value, where) => parseLifetime(where, value),
  cacheControl: flag,
  staleIfError: staleness,
  staleWhileRevalidate: staleness,
  onlyIfCached: flag,
  alwaysRevalidate: flag,
  matchHeaders: (value, where) => value === true || [...new Set(lower(matched(value, where)))].sort(),
  ignoredParameters: (value, where) => new Set(lower(ignorable(value, where))),
  allowableCodes: (value, where) => new Set(codes(value, where)),
  allowableMethods: (value, where) => new Set(methods(value, where).map((method) => method.toUpperCase())),
  noVarySearch: search,
  operations,
  tags,
  disabled: flag,
  readOnly: flag,
  filterFn: func,
  keyFn: func,
}

const REQUEST: Table<ParsedRequestOptions> = { ...SETTINGS, refresh: flag, forceRefresh: flag, waitUntil: func }

const WORK_MODES: readonly unknown[] = ['online', 'offline', 'record', 'replay'] satisfies WorkMode[]
const isWorkMode = (value: unknown): value is WorkMode => WORK_MODES.includes(value)

const CACHE: Table<CacheMembers> = {
  backend: (value, where) => {
    if (isStore(value)) return value
    return isName(value) ? value.toLowerCase() : refuse('invalid-option', where, value, "a backend's name or a store")
  },
  name: text,
  path: place,
  // Compiled apart, with the runtime's URLPattern.
  rules: (value) => value as NonNullable<CacheOptions['rules']>,
  shared: flag,
  targets: (value, where) => lower(fieldNames(value, where)),
  partition: (value, where) => (value === '' ? value : text(value, where)),
  maxBytes: amount,
  maxEntries: amount,
  maxEntryBytes: amount,
  ...BACKEND,
  mode: (value, where) => (isWorkMode(value) ? value : refuse('invalid-option', where, value, WORK_MODES.join(', '))),
  fetch: func,
  now: func,
  onError: func,
  waitUntil: func,
}

/** Throws `unknown-option`, `invalid-option` or `invalid-duration`, as do the others here. `where` names the object in messages. */
export function parseSettings(options: unknown, where: string): ParsedSettings {
  return parseMembers(SETTINGS, options, where)
}

const NOTHING: ParsedRequestOptions = Object.freeze({})

/** `init.httpCache`. */
export function parseRequestOptions(options: unknown): ParsedRequestOptions {
  return options === undefined ? NOTHING : parseMembers(REQUEST, options, 'httpCache')
}

export function parseCacheOptions(options: unknown): ParsedCacheOptions {
  const [settings, members] = apart(parseMembers<ParsedSettings & CacheMembers>({ ...SETTINGS, ...CACHE }, options, ''))
  if (isStore(members.backend)) {
    for (const name of ['name', 'path', 'maxBytes', 'maxEntries', 'maxEntryBytes', ...BACKEND_NAMES] as const) {
      if (name in members) refuse('invalid-option', name, members[name], 'it to the store that is passed as backend')
    }
  }
  const { backend, path, targets = [], shared = false } = members
  if (backend === 'memory' && path !== undefined) refuse('invalid-option', 'path', path, 'it with another backend')
  checkMode(members.mode, settings)
  if (targets.length > 0 && !shared) refuse('invalid-option', 'targets', targets, 'it with shared: true only')
  return { name: 'http_cache', ...members, shared, targets, settings }
}

/** What says the opposite of the mode. */
function checkMode(mode: WorkMode = 'online', settings: ParsedSettings): void {
  if (mode === 'online') return
  for (const name of ['disabled', ...(mode === 'record' ? (['readOnly', 'onlyIfCached'] as const) : [])] as const) {
    if (settings[name]) refuse('invalid-option', name, true, `it without mode: ${show(mode)}`)
  }
}

function apart(all: ParsedSettings & CacheMembers): [ParsedSettings, CacheMembers] {
  const [settings, members]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}]
  for (const [name, value] of Object.entries(all)) (Object.hasOwn(SETTINGS, name) ? settings : members)[name] = value
  return [settings, members]
}

const isStore = (value: unknown): value is Store =>
  // Enough to tell a store from other objects; the rest is its type's business.
  typeof value === 'object' && value !== null && typeof (value as Store).get === 'function' && 'put' in value

/** Per member the narrower wins; `ignoredParameters` and `tags` add up. */
export function merge(
  cache: ParsedSettings,
  rule: ParsedSettings | undefined,
  request: ParsedRequestOptions,
): ParsedRequestOptions {
  if (!rule && request === NOTHING) return cache
  const ignored = [cache, rule, request].flatMap((settings) => settings?.ignoredParameters ?? [])
  const tagged = [cache, rule, request].flatMap((settings) => settings?.tags ?? [])
  return {
    ...cache,
    ...rule,
    ...request,
    // What is alone stays the same object, by which more is remembered.
    ...(ignored.length > 1 && { ignoredParameters: new Set(ignored.flatMap((set) => [...set])) }),
    ...(tagged.length > 0 && { tags: tagged }),
  }
}

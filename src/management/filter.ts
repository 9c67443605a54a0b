/** What a filter means: parsed once, narrowed by the store as far as it can, and held against each entry. */
import { withoutFragment } from '../key/url.ts'
import { parseDuration } from '../options/duration.ts'
import { flag, func, list, parseMembers, text } from '../options/members.ts'
import type { Parser, Table } from '../options/members.ts'
import { refuse } from '../options/refuse.ts'
import { compileMatch } from '../options/rules.ts'
import type { Match, RequestLike } from '../options/types.ts'
import type { Query } from '../store.ts'
import type { Context } from './context.ts'
import { requestLike } from './entry.ts'
import type { Seen } from './entry.ts'
import type { CachedEntry, Filter, WorkOptions } from './types.ts'

type State = CachedEntry['state']

const STATES: readonly string[] = ['expired', 'invalid', 'valid'] satisfies State[]

interface ParsedFilter {
  readonly valid?: boolean
  readonly expired?: boolean
  readonly invalid?: boolean
  readonly olderThan?: Moment
  readonly unusedFor?: Moment
  readonly largerThan?: number
  readonly url?: (url: string, request: RequestLike) => boolean
  readonly tag?: readonly string[]
  readonly method?: string
  readonly status?: readonly number[]
}

/** ms before now, or a moment in ms since the epoch. */
type Moment = { readonly ago: number } | { readonly at: number }

const moment: Parser<Moment> = (value, where) => {
  if (!(value instanceof Date)) return { ago: parseDuration(where, value) }
  const at = value.getTime()
  return at === at ? { at } : refuse('invalid-option', where, value, 'a duration or a valid Date')
}

const bytes: Parser<number> = (value, where) =>
  typeof value === 'number' && value >= 0 ? value : refuse('invalid-option', where, value, 'a number of bytes')

const isText = (item: unknown): item is string => typeof item === 'string' && item !== ''
const isStatus = (item: unknown): item is number => Number.isInteger(item)

/** One, or any of several. */
const any =
  <T>(is: (item: unknown) => item is T, one: string, many: string): Parser<readonly T[]> =>
  (value, where) =>
    is(value) ? [value] : list(is, many, `${one}, or `)(value, where)

export function filterTable({ runtime }: Pick<Context, 'runtime'>): Table<ParsedFilter> {
  return {
    valid: flag,
    expired: flag,
    invalid: flag,
    olderThan: moment,
    unusedFor: moment,
    largerThan: bytes,
    // `compileMatch` looks at it as the unknown thing that it is.
    url: (value, where) => compileMatch(value as Match, where, runtime.urlPattern),
    tag: any(isText, 'a tag', 'tags'),
    method: (value, where) => text(value, where).toUpperCase(),
    status: any(isStatus, 'a status', 'statuses'),
  } satisfies Table<ParsedFilter> & Record<keyof Filter, unknown>
}

/** What the store is asked, and what of its answer counts. */
export interface Criteria {
  readonly query: Omit<Query, 'namespace'>
  /** Which states are wanted, where nothing else narrows. */
  readonly states?: ReadonlySet<State>
  passes(seen: Seen): boolean
  /** The same of requests under way; undefined where that depends on what only a stored response has. */
  readonly coming?: Coming | undefined
}

/** By tags alone where there are any. */
interface Coming {
  readonly tag: readonly string[] | undefined
  is(request: Pick<RequestLike, 'method' | 'url'>): boolean
}

function comingOf({ largerThan, method, olderThan, status, tag, unusedFor, url }: ParsedFilter): Coming | undefined {
  if ([largerThan, olderThan, status, unusedFor].some((given) => given !== undefined)) return undefined
  return {
    tag,
    is: (request) =>
      (!method || request.method.toUpperCase() === method) &&
      (!url || url(withoutFragment(request.url), requestLike(request.method, request.url))),
  }
}

/** Throws `unknown-option`, `invalid-option`, `invalid-duration` or `invalid-pattern`. */
export function parseFilter(given: unknown, context: Context): Criteria {
  return criteriaOf(parseMembers(filterTable(context), given, 'filter'), context)
}

export function criteriaOf(filter: ParsedFilter, context: Context): Criteria {
  const { largerThan = -1, method, status, tag, url } = filter
  const now = context.now()
  const states = wanted(filter)
  const narrows = Object.entries(filter).some(([name, value]) => value !== undefined && !STATES.includes(name))
  const [createdBefore, usedBefore] = [before(filter.olderThan, now), before(filter.unusedFor, now)]
  return {
    ...(!narrows && { states }),
    coming: states.has('valid') ? comingOf(filter) : undefined,
    query: {
      ...(tag?.length === 1 && { tag: tag[0] ?? '' }),
      ...(Number.isFinite(createdBefore) && { createdBefore }),
      ...(states.size === 1 && states.has('expired') && { expired: { at: now, basis: basisFor(context) } }),
    },
    passes({ entry: { meta, size, usedAt }, readable, state }) {
      if (!states.has(state) || meta.createdAt >= createdBefore || size <= largerThan) return false
      if ((usedAt ?? meta.createdAt) >= usedBefore) return false
      if (!method && !status && !tag && !url) return true
      const record = readable?.stored.record
      return (
        record !== undefined &&
        (!method || record.method.toUpperCase() === method) &&
        (!status || status.includes(record.status)) &&
        (!tag || tag.some((one) => meta.tags.includes(one))) &&
        (!url || url(record.url, requestLike(record.method, record.url)))
      )
    },
  }
}

function wanted({ expired, invalid, valid }: ParsedFilter): ReadonlySet<State> {
  const given = Object.entries({ expired, invalid, valid })
  const named = given.filter(([, value]) => value === true)
  const usual = given.filter(([name, value]) => value !== false && name !== 'invalid')
  // The names are those of the states.
  return new Set((named.length > 0 ? named : usual).map(([name]) => name as State))
}

function before(moment: Moment | undefined, now: number): number {
  if (!moment) return Infinity
  return 'at' in moment ? moment.at : now - moment.ago
}

/**
 * The basis of the entries whose `expiresAt` the store may go by. A rule's function may answer otherwise than when an
 * entry was written: with such a rule it is a basis that no entry has, so that the store lists all and each is looked at.
 */
export function basisFor({ options: { basis, cache } }: Pick<Context, 'options'>): string {
  const { mode, rules } = cache
  if (Array.isArray(rules) && rules.some(({ match }) => typeof match === 'function')) return crypto.randomUUID()
  // `policyOf` adds the same mark where a mode changes lifetimes.
  return mode === undefined || mode === 'online' || mode === 'offline' ? basis : `${basis}!`
}

export const WORK: Table<WorkOptions> = {
  onProgress: func,
  signal: (value, where) =>
    value instanceof AbortSignal ? value : refuse('invalid-option', where, value, 'an AbortSignal'),
}

export const parseWork = (given: unknown): WorkOptions => parseMembers(WORK, given, 'options')
export const parseVerifying = (given: unknown): WorkOptions & { readonly repair?: boolean } =>
  parseMembers({ ...WORK, repair: flag }, given, 'options')

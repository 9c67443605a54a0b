/** §5.2. Durations are in seconds. */
import { isToken, listMembers } from '../standards/fields.ts'

export interface ResponseDirectives {
  readonly maxAge?: number
  readonly sMaxage?: number
  readonly noStore: boolean
  /** Field names in lower case where only those are meant. */
  readonly noCache: boolean | readonly string[]
  readonly private: boolean | readonly string[]
  readonly public: boolean
  readonly mustRevalidate: boolean
  readonly proxyRevalidate: boolean
  readonly mustUnderstand: boolean
  readonly staleWhileRevalidate?: number
  readonly staleIfError?: number
}

export interface RequestDirectives {
  readonly maxAge?: number
  /** Infinity when given without a value. */
  readonly maxStale?: number
  readonly minFresh?: number
  readonly noCache: boolean
  readonly noStore: boolean
  readonly onlyIfCached: boolean
  readonly staleWhileRevalidate?: number
  readonly staleIfError?: number
}

/** Lower-case name, and the argument without its quotes. */
export type Directive = readonly [name: string, argument: string | undefined]

type Arguments = ReadonlyMap<string, readonly Directive[1][]>

const LIMIT = 2 ** 31

/** A quoted string counts as such only right after the `=` and when it ends; else what follows could hide in it. */
const MEMBER = /([^=,]*)(?:(=)(?:"([^"\\]*(?:\\[^][^"\\]*)*)"(?=[\t ]*(?:,|$)))?([^,]*))?(?:,|$)/gy

/** §1.2.2: clamped at 2^31; undefined for anything but digits. */
export function deltaSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), LIMIT) : undefined
}

/** The members of a Cache-Control field, odd ones included: white space around `=` stays in the argument and spoils it. */
export function* directives(value: string | null): Generator<Directive> {
  for (const [, name = '', equals, quoted, token = ''] of (value ?? '').matchAll(MEMBER)) {
    const trimmed = name.trim().toLowerCase()
    const spoilt = /\s$/.test(name) ? ' ' : ''
    const argument = spoilt + (quoted?.replace(/\\([^])/g, '$1') ?? token.trimEnd())
    if (trimmed !== '') yield [trimmed, equals && argument]
  }
}

/** §5.2.2. Where a value is malformed or members conflict, the most restrictive reading holds (§4.2.1). */
export function parseResponseDirectives(value: string | null): ResponseDirectives {
  return responseDirectives(directives(value))
}

/** The same for members that were parsed elsewhere. */
export function responseDirectives(members: Iterable<Directive>): ResponseDirectives {
  const found = collect(members)
  return {
    noStore: found.has('no-store'),
    noCache: fieldNames(found, 'no-cache'),
    private: fieldNames(found, 'private'),
    public: isBare(found, 'public'),
    mustRevalidate: found.has('must-revalidate'),
    proxyRevalidate: found.has('proxy-revalidate'),
    mustUnderstand: isBare(found, 'must-understand'),
    ...seconds(found, 'maxAge', 'max-age'),
    ...seconds(found, 'sMaxage', 's-maxage'),
    ...seconds(found, 'staleWhileRevalidate', 'stale-while-revalidate'),
    ...seconds(found, 'staleIfError', 'stale-if-error'),
  }
}

/** §5.2.1, read like a response's. */
export function parseRequestDirectives(value: string | null): RequestDirectives {
  return value === null ? NONE : readRequestDirectives(value)
}

function readRequestDirectives(value: string): RequestDirectives {
  const found = collect(directives(value))
  return {
    noCache: found.has('no-cache'),
    noStore: found.has('no-store'),
    onlyIfCached: found.has('only-if-cached'),
    ...seconds(found, 'maxAge', 'max-age'),
    ...seconds(found, 'maxStale', 'max-stale', Infinity),
    ...seconds(found, 'minFresh', 'min-fresh', LIMIT, LIMIT, Math.max),
    ...seconds(found, 'staleWhileRevalidate', 'stale-while-revalidate'),
    ...seconds(found, 'staleIfError', 'stale-if-error'),
  }
}

/** Most requests have no Cache-Control. */
const NONE: RequestDirectives = Object.freeze(readRequestDirectives(''))

function collect(members: Iterable<Directive>): Arguments {
  const found = new Map<string, Directive[1][]>()
  for (const [name, argument] of members) {
    const others = found.get(name)
    if (others) others.push(argument)
    else found.set(name, [argument])
  }
  return found
}

/** `absent` and `invalid` stand for a missing and a malformed argument, `pick` for the stricter of two. */
function seconds<K extends string>(
  found: Arguments,
  key: K,
  name: string,
  absent = 0,
  invalid = 0,
  pick: (a: number, b: number) => number = Math.min,
): { readonly [P in K]?: number } {
  const values = found.get(name)?.map((text) => (text === undefined ? absent : (deltaSeconds(text) ?? invalid)))
  // A computed key loses its literal type; nothing but `key` is set.
  return (values ? { [key]: values.reduce((a, b) => pick(a, b)) } : {}) as { readonly [P in K]?: number }
}

/** What allows more than its absence does counts only as the RFC writes it, without an argument. */
function isBare(found: Arguments, name: string): boolean {
  return found.get(name)?.every((argument) => argument === undefined) ?? false
}

/** §5.2.2.4, §5.2.2.7: a list means less than the whole, so one that is empty or malformed means the whole. */
function fieldNames(found: Arguments, name: string): boolean | readonly string[] {
  const lists = found.get(name)?.map((list) => listMembers(list?.toLowerCase() ?? ''))
  if (!lists) return false
  return lists.every((list) => list.length > 0 && list.every(isToken)) ? lists.flat() : true
}

/**
 * §3, §3.1 and §3.5. Incomplete responses (§3.3) are recognised by their transfer, where they are read, and are not
 * stored; combining partial content (§3.4) is in 3-4-combining.ts.
 */
import { HEURISTICALLY_CACHEABLE } from './4-2-freshness.ts'
import type { RequestFacts, ResponseFacts } from './messages.ts'

/** The section and the word that decided. */
export type Clause = `§${string}`

/** §5.2.2.3: status codes whose caching behaviour this cache implements. */
const UNDERSTOOD = new Set([
  200, 203, 204, 206, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 429, 451, 500, 501, 502, 503,
  504,
])

/** Answers to conditions and ranges, which no Vary names: they would answer those who made none. */
const ABOUT_THE_REQUEST = new Set([304, 412, 416])

export interface StoringOptions {
  readonly shared: boolean
  /** The methods that this cache stores responses to. */
  readonly methods: ReadonlySet<string>
  /** A lifetime was given for this very request, which stands for one in the response. */
  readonly explicit: boolean
}

/** §3. The first clause that forbids storing, or undefined. */
export function notStorable(
  request: RequestFacts,
  response: ResponseFacts,
  { shared, methods, explicit }: StoringOptions,
): Clause | undefined {
  const { cacheControl, status } = response
  const understood = UNDERSTOOD.has(status)
  if (!methods.has(request.method)) return '§3 method'
  if (status < 200 || status > 599 || ABOUT_THE_REQUEST.has(status)) return '§3 status'
  if (cacheControl.mustUnderstand && !understood) return '§5.2.2.3 must-understand'
  if (cacheControl.noStore && !(cacheControl.mustUnderstand && understood)) return '§5.2.2.5 no-store'
  if (request.cacheControl.noStore) return '§5.2.1.5 no-store'
  if (shared && cacheControl.private === true) return '§5.2.2.7 private'
  if (shared && request.fields.get('authorization') !== null && !mayShareAuthenticated(response))
    return '§3.5 authorization'
  if (response.vary.includes('*')) return '§4.1 vary'
  if (!explicit && !hasExplicitExpiration(response, shared) && !isMarkedCacheable(response, shared))
    return '§3 freshness'
  return undefined
}

/** §3, "at least one of" but for what §4.2.1 uses. */
function isMarkedCacheable({ cacheControl, status }: ResponseFacts, shared: boolean): boolean {
  return cacheControl.public || (!shared && cacheControl.private !== false) || HEURISTICALLY_CACHEABLE.has(status)
}

function hasExplicitExpiration({ cacheControl, expires }: ResponseFacts, shared: boolean): boolean {
  return expires !== undefined || cacheControl.maxAge !== undefined || (shared && cacheControl.sMaxage !== undefined)
}

/** §3.5 */
function mayShareAuthenticated({ cacheControl }: ResponseFacts): boolean {
  return cacheControl.mustRevalidate || cacheControl.public || cacheControl.sMaxage !== undefined
}

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** RFC 9110 §7.6.1: never options of a connection. Without them a response would be taken for one that allows more. */
const DECISIVE = new Set(['age', 'cache-control', 'date', 'expires', 'pragma', 'vary'])

export type Field = readonly [name: string, value: string]

/** §3.1: what is kept of a response's fields; names are lower-case, several fields of a name stay several. */
export function storableFields(
  fields: Iterable<Field>,
  { cacheControl, fields: reader }: ResponseFacts,
  shared: boolean,
): Field[] {
  const dropped = new Set([
    ...(reader.get('connection') ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
    ...listed(cacheControl.noCache),
    ...(shared ? listed(cacheControl.private) : []),
  ])
  return [...fields].filter(([name]) => !HOP_BY_HOP.has(name) && (DECISIVE.has(name) || !dropped.has(name)))
}

/** The qualified form of a directive (§5.2.2.4, §5.2.2.7). */
const listed = (fields: boolean | readonly string[]): readonly string[] => (typeof fields === 'object' ? fields : [])

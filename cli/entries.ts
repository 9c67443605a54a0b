/** Stored responses, as rows and as JSON. */
import type { Cache } from '../src/cache.ts'
import { RULE_SELECTOR } from '../src/exchange/storage.ts'
import { parseCacheKey } from '../src/key/parse-key.ts'
import type { CachedEntry } from '../src/management/types.ts'
import { usage } from './failure.ts'
import { fitted, printable, style } from './output.ts'
import { size, span } from './units.ts'

export const EVERYTHING = { valid: true, expired: true, invalid: true } as const

/** What `--json` says of each, dates as ISO 8601. */
export function entryJson(entry: CachedEntry): object {
  const { cacheKey, createdAt, expires, lastUsed, method, size, state, status, tags, url, validatedAt } = entry
  return { cacheKey, method, url, status, state, size, createdAt, validatedAt, expires, lastUsed, tags }
}

/** A column: its title and width; numbers stand to the right. */
type Column = readonly [title: string, width: number, of: (entry: CachedEntry, now: number) => string]

const ago = (date: Date | null, now: number): string => (date ? span(Math.max(0, now - date.getTime())) : '-')

/** Fixed, so that a list begins at once however long it is. */
const SHORT: readonly Column[] = [
  ['AGE', 6, ({ createdAt }, now) => ago(createdAt, now)],
  ['EXPIRES', 7, remaining],
  ['SIZE', 8, ({ size: bytes }) => size(bytes)],
  ['CODE', 4, ({ state, status }) => (state === 'invalid' ? '-' : String(status))],
]
const USED: Column = ['USED', 6, ({ lastUsed }, now) => ago(lastUsed, now)]

function remaining({ expires, state }: CachedEntry, now: number): string {
  if (state !== 'valid') return state
  return expires ? span(expires.getTime() - now) : 'never'
}

const columnsOf = (long: boolean): readonly Column[] => (long ? [...SHORT.slice(0, 2), USED, ...SHORT.slice(2)] : SHORT)

export function heading(long = false): string {
  const titles = columnsOf(long).map(([title, width]) => title.padStart(width))
  return style('dim', [...titles, 'METHOD ', 'URL'].join('  '))
}

/** `long`: with tags and the cacheKey on a line of their own. */
export function row(entry: CachedEntry, now: number, long = false): string {
  const cells = columnsOf(long).map(([, width, of]) => of(entry, now).padStart(width))
  const what = entry.state === 'invalid' ? entry.cacheKey : entry.url
  const text = fitted(printable([...cells, entry.method.padEnd(7), what].join('  ')))
  const shown = entry.state === 'valid' ? text : style('dim', text)
  if (!long) return shown
  const more = [entry.cacheKey, ...(entry.tags.length > 0 ? [`tags: ${entry.tags.join(', ')}`] : [])]
  return [shown, ...more.map((text) => fitted(`        ${printable(text)}`))].join('\n')
}

/** Those under a URL, by whatever method, or under a `cacheKey`, newest first. Throws a usage error. */
export async function named(cache: Cache, name: string): Promise<readonly CachedEntry[]> {
  const key = parseCacheKey(name)
  const url = key === undefined ? await storedUrl(cache, name) : key?.url
  if (url === undefined) return []
  const is = ({ cacheKey }: CachedEntry): boolean =>
    key === undefined ? parseCacheKey(cacheKey)?.url === url : cacheKey === name
  const { count, latest } = await placed(cache, url, key?.selector)
  const found: CachedEntry[] = []
  if (count === 0) return found
  // From the latest back, which is soon there even where millions are stored.
  const before = { ...EVERYTHING, key: 'createdAt', reversed: true, olderThan: new Date(latest + 1) } as const
  for await (const entry of cache.sorted(before)) {
    if (is(entry) && found.push(entry) >= count) break
  }
  return found.toSorted((a, b) => b.validatedAt.getTime() - a.validatedAt.getTime())
}

/** How many responses are under a URL, and when the latest was first stored. */
async function placed(
  cache: Cache,
  url: string,
  selector: string | undefined,
): Promise<{ readonly count: number; readonly latest: number }> {
  let [count, latest] = [0, 0]
  for await (const { key, meta } of (await cache.store()).list({ namespace: 'http', url })) {
    // A store may list more; and rules of No-Vary-Search are no responses.
    if (key.url !== url || key.selector === RULE_SELECTOR) continue
    if (selector !== undefined && key.selector !== selector) continue
    count++
    latest = Math.max(latest, meta.createdAt)
  }
  return { count, latest }
}

/** A URL as it is stored: normalized, without secrets. */
async function storedUrl(cache: Cache, name: string): Promise<string | undefined> {
  const { cacheKey } = await cache.explain(checkUrl(name))
  return (cacheKey === null ? undefined : parseCacheKey(cacheKey)?.url) ?? name
}

/** Throws a usage error. */
export function checkUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  const full = `https://${text}`
  const hint = /^[\w-]+[.:]/.test(text) && URL.canParse(full) ? `; did you mean ${printable(full)}?` : ''
  throw usage(`${JSON.stringify(text)} is not a URL of http or https${hint}`)
}

/** The standard's "Request Matches Cached Item", and what follows from it for the order of a list. */
import type { Exchange, Field } from './record.ts'
import type { CacheQueryOptions } from './types.ts'

/** What of a request is compared. */
export interface Query {
  readonly url: string
  readonly headers: { get(name: string): string | null }
}

/** Under this a request is stored. */
export const withoutFragment = (url: string): string => url.replace(/#.*/s, '')
const withoutSearch = (url: string): string => url.replace(/[?#].*/s, '')

export function matches(query: Query, { request, response }: Exchange, options: CacheQueryOptions = {}): boolean {
  const { ignoreSearch, ignoreVary } = options
  const compared = ignoreSearch ? withoutSearch : withoutFragment
  if (compared(query.url) !== compared(request.url)) return false
  return (
    ignoreVary || varyOf(response.headers).every((name) => query.headers.get(name) === valueOf(request.headers, name))
  )
}

/** The names in Vary, in lower case; `*` is one of them. */
export function varyOf(headers: readonly Field[]): string[] {
  const names = valueOf(headers, 'vary')?.split(',') ?? []
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '')
}

/** `Headers` gives each name once, in lower case. */
const valueOf = (headers: readonly Field[], name: string): string | null =>
  headers.find(([other]) => other === name)?.[1] ?? null

const queryOf = ({ request }: Exchange): Query => ({
  url: request.url,
  headers: { get: (name) => valueOf(request.headers, name) },
})

/** Whether a response that was put later would have taken the place of an earlier one. */
export const supersedes = (later: Exchange, earlier: Exchange): boolean => matches(queryOf(later), earlier)

/**
 * What is in a list, of all that was put, in order. What takes another's place is committed first and removes it then; until
 * then, and where the process died between, the one that was put later counts.
 */
export function live<T extends Exchange>(all: readonly T[]): T[] {
  const later = new Map<string, T[]>()
  const found: T[] = []
  for (const item of all.toReversed()) {
    const url = withoutFragment(item.request.url)
    const others = later.get(url) ?? []
    if (!others.some((other) => supersedes(other, item))) found.push(item)
    others.push(item)
    later.set(url, others)
  }
  return found.reverse()
}

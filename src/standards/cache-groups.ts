/** RFC 9875 */
import { parseList } from './structured-fields.ts'

/** How many groups of one field count, and how long their names may be: §2 asks for 32 of each at least. */
const MOST = 128
const LONGEST = 1024

/**
 * How a group is told apart from other tags, and from the groups of other origins (§2.1): no field value, and so no
 * Cache-Tag, can hold a line feed.
 */
export const groupTag = (origin: string, name: string): string => `group\n${origin}\n${name}`

/** The tags of Cache-Groups (§2) and Cache-Group-Invalidation (§3), each once. None where a field is no list of strings. */
export function groupTags(field: string, url: string): readonly string[] {
  const names = new Set<string>()
  for (const { type, value } of parseList(field) ?? []) {
    if (type !== 'string') return []
    if (value.length <= LONGEST) names.add(value)
  }
  // Not every fetch says which URL answered.
  if (!URL.canParse(url)) return []
  const { origin } = new URL(url)
  return [...names].slice(0, MOST).map((name) => groupTag(origin, name))
}

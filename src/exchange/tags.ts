/** By what a stored response can be found: what settings call it, what its fields do, and its groups (RFC 9875). */
import { groupTags } from '../standards/cache-groups.ts'
import type { ResponseRecord, Stored } from '../record.ts'

const MOST = 128
const LONGEST = 1024

/** After an update (§3.2) of `before`, what settings called that stays, and the fields are read anew. */
export function tagsOf(record: ResponseRecord, given: readonly string[], before?: Stored): readonly string[] {
  const replaced = new Set(before && inFields(before.record))
  const kept = before?.entry.meta.tags.filter((tag) => !replaced.has(tag)) ?? []
  return [...new Set([...given, ...kept, ...inFields(record)])].slice(0, MOST)
}

function inFields({ fields, followedTo, url }: ResponseRecord): readonly string[] {
  const valueOf = (wanted: string): string =>
    fields.flatMap(([name, value]) => (name === wanted ? value : [])).join(', ')
  const tags = [...valueOf('cache-tag').split(','), ...valueOf('surrogate-key').split(/,?[\t ]/)]
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && tag.length <= LONGEST)
  // A group is of the origin that named it.
  return [...groupTags(valueOf('cache-groups'), followedTo ?? url), ...tags]
}

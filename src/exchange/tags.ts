/** By what a stored response can be found: what settings call it, what its fields do, and its groups (RFC 9875). */
import type { ResponseRecord, Stored } from '../record.ts'

const MOST = 128
const LONGEST = 1024

type Tags = readonly string[]

export function tagsOf(record: ResponseRecord, given: Tags): Tags | Promise<Tags> {
  const found = inFields(record)
  const all = (own: Tags): Tags => [...new Set([...given, ...own])].slice(0, MOST)
  return found instanceof Promise ? found.then(all) : all(found)
}

/** After an update (§3.2): what settings called it stays, and its fields are read anew. */
export async function retagged(
  { entry: { meta }, record }: Stored,
  updated: ResponseRecord,
  given: Tags,
): Promise<Tags> {
  const before = new Set(await inFields(record))
  return tagsOf(updated, [...given, ...meta.tags.filter((tag) => !before.has(tag))])
}

function inFields({ fields, followedTo, url }: ResponseRecord): Tags | Promise<Tags> {
  const valueOf = (wanted: string): string =>
    fields.flatMap(([name, value]) => (name === wanted ? value : [])).join(', ')
  const tags = [...valueOf('cache-tag').split(','), ...valueOf('surrogate-key').split(/,?[\t ]/)]
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && tag.length <= LONGEST)
  const groups = valueOf('cache-groups')
  if (groups === '') return tags
  // A group is of the origin that named it.
  return import('../standards/cache-groups.ts').then(({ groupTags }) => [
    ...groupTags(groups, followedTo ?? url),
    ...tags,
  ])
}

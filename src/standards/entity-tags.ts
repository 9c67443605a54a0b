/** RFC 9110 §8.8.3, §13.1. A tag is kept as it was written; one without its quotes is a tag too, but never a strong one. */

const TAG = /[^\s",]*"[^"]*"|[^\s",]+/g

/** The value of an ETag field, or undefined where it is missing, or not exactly one tag. */
export function entityTag(value: string | null): string | undefined {
  const text = value?.trim() ?? ''
  const tags = entityTags(text)
  return tags.length === 1 && tags[0] === text ? text : undefined
}

/** The tags of a list. */
export function entityTags(list: string): readonly string[] {
  return list.match(TAG) ?? []
}

/** RFC 9110 §8.8.3.2 */
export function weakMatch(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '')
}

/** RFC 9110 §8.8.3.2 */
export function strongMatch(a: string, b: string): boolean {
  return a === b && /^"[^"]*"$/.test(a)
}

/** Whether an If-None-Match field names the tag of a stored response; `*` names any, even one without a tag. */
export function listMatches(list: string, etag: string | undefined): boolean {
  if (list.trim() === '*') return true
  return etag !== undefined && entityTags(list).some((tag) => weakMatch(tag, etag))
}

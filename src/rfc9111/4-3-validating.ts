/** §4.3.1. Evaluating a request's own conditions (§4.3.2) is in ../standards/preconditions.ts, what an answer says in 4-3-4-freshening.ts. */
import type { Field } from './3-storing.ts'
import type { ResponseFacts } from './messages.ts'

/** §4.3.1: whether there is anything to ask by. */
export function hasValidator({ etag, fields }: ResponseFacts): boolean {
  return etag !== undefined || fields.get('last-modified') !== null
}

/** §4.3.1: the fields that make a request conditional on the stored response; none where it has no validator. */
export function conditionalFields({ etag, fields }: ResponseFacts): Field[] {
  const lastModified = fields.get('last-modified')
  const conditions: Field[] = []
  if (etag !== undefined) conditions.push(['if-none-match', etag])
  if (lastModified !== null) conditions.push(['if-modified-since', lastModified])
  return conditions
}

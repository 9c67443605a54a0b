/** §4.3. Evaluating a request's own conditions (§4.3.2) is in ../standards/preconditions.ts. */
import { weakMatch } from '../standards/entity-tags.ts'
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

/**
 * §4.3.4: whether a 304 may freshen the stored response that the request named. It named one only, so a 304 that carries
 * no validator, or a weak one for a strong one, is about that one.
 */
export function freshens(stored: ResponseFacts, update: ResponseFacts): boolean {
  if (update.etag === undefined || stored.etag === undefined) return true
  return weakMatch(stored.etag, update.etag)
}

/** §4.3.5: whether a 200 to HEAD still describes the stored GET response; if not, that one is to be validated. */
export function headAgrees(stored: ResponseFacts, head: ResponseFacts): boolean {
  return ['etag', 'last-modified', 'content-length'].every((name) => {
    const value = head.fields.get(name)
    return value === null || value === stored.fields.get(name)
  })
}

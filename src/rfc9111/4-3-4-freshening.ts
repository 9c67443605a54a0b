/** §4.3.4 and §4.3.5: what a response says of a stored one. */
import { weakMatch } from '../standards/entity-tags.ts'
import type { ResponseFacts } from './messages.ts'

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

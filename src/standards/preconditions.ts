/** RFC 9110 §13, as far as a cache evaluates it (RFC 9111 §4.3.2). Instants are in ms. */
import { listMatches, strongMatch } from './entity-tags.ts'
import type { FieldReader } from './fields.ts'
import { parseHttpDate } from './http-date.ts'

/** The validators of a stored response. */
export interface Validators {
  readonly etag?: string | undefined
  readonly lastModified?: number | undefined
  /** Its Date, or when it was received. */
  readonly date?: number | undefined
}

/** RFC 9110 §13.2.2, for GET and HEAD: `unmodified` is a 304, `modified` the stored response, `none` no condition at all. */
export function evaluate(request: FieldReader, stored: Validators, now: number): 'unmodified' | 'modified' | 'none' {
  const tags = request.get('if-none-match')
  if (tags !== null) return listMatches(tags, stored.etag) ? 'unmodified' : 'modified'
  const since = parseHttpDate(request.get('if-modified-since') ?? '', now)
  const modified = stored.lastModified ?? stored.date
  if (since === undefined || modified === undefined) return 'none'
  return modified <= since ? 'unmodified' : 'modified'
}

/** RFC 9110 §13.1.5: whether If-Range allows a part of the stored response; false gives the whole. */
export function ifRange(value: string, { etag, lastModified, date }: Validators, now: number): boolean {
  if (etag !== undefined && strongMatch(value, etag)) return true
  const isStrong = lastModified !== undefined && date !== undefined && date - lastModified >= 1000 // §8.8.2.2
  return isStrong && parseHttpDate(value, now) === lastModified
}

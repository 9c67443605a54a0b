import { entityTag } from '../standards/entity-tags.ts'
import { isToken, listMembers } from '../standards/fields.ts'
import type { FieldReader } from '../standards/fields.ts'
import { parseHttpDate } from '../standards/http-date.ts'
export type { RequestDirectives, ResponseDirectives }
import { deltaSeconds, parseRequestDirectives, parseResponseDirectives } from './5-2-cache-control.ts'
import type { RequestDirectives, ResponseDirectives } from './5-2-cache-control.ts'

/** What this folder reads of a request. Fields are parsed here, once; all instants are ms since the epoch. */
export interface RequestFacts {
  readonly method: string
  readonly url: string
  readonly fields: FieldReader
  readonly cacheControl: RequestDirectives
}

/** What this folder reads of a response, new or stored. */
export interface ResponseFacts {
  readonly status: number
  readonly fields: FieldReader
  readonly cacheControl: ResponseDirectives
  /** §4.2.3; where the response has no usable Date, when it was received (RFC 9110 §6.6.1). */
  readonly date: number
  /** §5.1, in seconds. */
  readonly age: number
  /** §5.3; -Infinity where the field is there but no date: already expired. */
  readonly expires: number | undefined
  readonly lastModified: number | undefined
  readonly etag: string | undefined
  /** Lower-case names; `*` stands alone. */
  readonly vary: readonly string[]
  /** When the request was sent that this response answers, and when its head arrived. */
  readonly requestTime: number
  readonly responseTime: number
}

export interface Times {
  readonly requestTime: number
  readonly responseTime: number
}

/** §5.4: Pragma counts only where Cache-Control is absent. */
export function requestFacts(method: string, url: string, fields: FieldReader): RequestFacts {
  const value = fields.get('cache-control')
  const cacheControl = parseRequestDirectives(
    value ?? (/\bno-cache\b/i.test(fields.get('pragma') ?? '') ? 'no-cache' : null),
  )
  return { method, url, fields, cacheControl }
}

/** Reads the targeted field that replaces Cache-Control and Expires, if there is a valid one (RFC 9213 §2.1). */
export type TargetedReader = (fields: FieldReader) => ResponseDirectives | undefined

export function responseFacts(
  status: number,
  fields: FieldReader,
  { requestTime, responseTime }: Times,
  readTargeted?: TargetedReader,
): ResponseFacts {
  const targeted = readTargeted?.(fields)
  const expires = targeted ? null : fields.get('expires')
  const instant = (name: string): number | undefined => parseHttpDate(fields.get(name) ?? '', responseTime)
  return {
    status,
    fields,
    cacheControl: targeted ?? parseResponseDirectives(fields.get('cache-control')),
    date: instant('date') ?? responseTime,
    age: ageValue(fields.get('age')),
    expires: expires === null ? undefined : (parseHttpDate(expires, responseTime) ?? -Infinity),
    lastModified: instant('last-modified'),
    etag: entityTag(fields.get('etag')),
    vary: varyNames(fields.get('vary')),
    requestTime,
    responseTime,
  }
}

/** §5.1: the first of several members counts, without parameters, and what is no delta-seconds is ignored. */
export function ageValue(value: string | null): number {
  return deltaSeconds((value ?? '').split(/[,;]/, 1)[0]?.trim() ?? '') ?? 0
}

/** RFC 9110 §12.5.5. A `*` anywhere is the whole field; a member that is no name can't be matched, so it counts as `*`. */
function varyNames(value: string | null): readonly string[] {
  const names = listMembers((value ?? '').toLowerCase())
  if (names.some((name) => name.includes('*') || !isToken(name))) return ['*']
  return [...new Set(names)].sort()
}

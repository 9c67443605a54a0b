/** The record of a stored response and its one encoding: the envelope that stores keep unread. */
import { responseFacts } from './rfc9111/messages.ts'
import type { ResponseFacts, TargetedReader } from './rfc9111/messages.ts'
import type { Field } from './rfc9111/3-storing.ts'
import type { Part } from './rfc9111/3-3-incomplete.ts'
import type { Selecting } from './rfc9111/4-1-vary.ts'
import type { Entry, Envelope, Meta } from './store.ts'

/** Another number means another layout; a record with a number that is not known here counts as absent. */
export const RECORD_VERSION = 1

/** What was stored of a response. Redacted: no field holds a credential. Instants are ms since the epoch. */
export interface ResponseRecord {
  /** Of the request: method, and URL as asked, redacted. */
  readonly method: string
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly fields: readonly Field[]
  readonly requestTime: number
  readonly responseTime: number
  /** §4.1: the selecting fields of the request. */
  readonly selecting: Selecting
  /** Digest of the request's credentials, empty where it had none; null where anyone may have the response (`public`). */
  readonly identity: string | null
  /** Freshness lifetime given with the request that stored or last validated it: ms, `null` never expires, or absolute. */
  readonly lifetime?: { readonly for: number | null } | { readonly until: number }
  /** The body has fewer codings than Content-Encoding says: it was decoded as it arrived. */
  readonly decoded: boolean
  /** The response had no body at all (RFC 9110 §6.4.1), which an empty one is not. */
  readonly bodyless: boolean
  /** Fetch's, where it is not `default`. */
  readonly type?: Response['type']
  /** To be validated whatever its age: a HEAD told that it has changed (§4.3.5). */
  readonly invalid: boolean
  /** Where the transport followed redirects unseen: the URL that answered, redacted. Answers only requests that follow. */
  readonly followedTo?: string
  /** The part of the representation that the body holds (§3.3). */
  readonly part?: Part
}

export function encodeRecord(record: ResponseRecord): Envelope {
  const { fields, selecting, lifetime, followedTo, part, ...rest } = record
  return {
    v: RECORD_VERSION,
    ...rest,
    fields: fields.map(([name, value]) => `${name}:${value}`).join('\n'),
    selecting: { ...selecting },
    ...(lifetime && { lifetime: { ...lifetime } }),
    ...(followedTo !== undefined && { followedTo }),
    ...(part && { part: { ...part } }),
  }
}

/** Undefined for what this version can't have written. */
export function decodeRecord(envelope: Envelope): ResponseRecord | undefined {
  if (envelope === null || typeof envelope !== 'object' || envelope['v'] !== RECORD_VERSION) return undefined
  const { status, fields, requestTime, responseTime, selecting, url } = envelope
  const whole =
    Number.isInteger(status) &&
    Number(status) >= 200 &&
    Number(status) <= 999 &&
    typeof fields === 'string' &&
    Number.isFinite(requestTime) &&
    Number.isFinite(responseTime) &&
    typeof url === 'string' &&
    typeof selecting === 'object' &&
    selecting !== null
  if (!whole) return undefined
  // Written by encodeRecord under this very version; what the core computes with was checked above.
  return { ...(envelope as unknown as ResponseRecord), fields: parseFields(fields) }
}

/** A field value holds no line feed, a name no colon (RFC 9110 §5.1, §5.5). */
function parseFields(text: string): readonly Field[] {
  if (text === '') return []
  return text.split('\n').map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1)]
  })
}

/** A stored response with what the core derives from it, derived once per stored version. */
export interface Stored {
  readonly entry: Entry
  readonly record: ResponseRecord
  readonly facts: ResponseFacts
}

/** Per reader of targeted fields, since two caches on one store may differ in it. */
type Facts = Map<TargetedReader | undefined, ResponseFacts>

const derived = new WeakMap<Meta, { readonly record: ResponseRecord; readonly facts: Facts } | null>()

/** Undefined where the envelope can't be read. */
export function readEntry(entry: Entry, targeted: TargetedReader | undefined): Stored | undefined {
  let known = derived.get(entry.meta)
  if (known === undefined) {
    const record = decodeRecord(entry.meta.envelope)
    known = record ? { record, facts: new Map() } : null
    derived.set(entry.meta, known)
  }
  if (!known) return undefined
  const { record, facts } = known
  let found = facts.get(targeted)
  if (!found) {
    found = responseFacts(record.status, fieldReader(record.fields), record, targeted)
    facts.set(targeted, found)
  }
  return { entry, record, facts: found }
}

/** Not `Headers`, which refuses the forbidden names of some platforms and costs more. */
export function fieldReader(fields: readonly Field[]): { get(name: string): string | null } {
  const joined = new Map<string, string>()
  for (const [name, value] of fields) {
    const before = joined.get(name)
    joined.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return { get: (name) => joined.get(name) ?? null }
}

/** What is kept of a response: the record, and until when. */
import { redactHeaders, redactsLocation } from '../key/redact-fields.ts'
import { redactUrl } from '../key/redact.ts'
import { withoutFragment } from '../key/url.ts'
import { lifeOf } from '../policy.ts'
import type { Policy } from '../policy.ts'
import type { ResponseRecord, Stored } from '../record.ts'
import { fieldReader } from '../record.ts'
import type { Meta } from '../store.ts'
import { storableFields } from '../rfc9111/3-storing.ts'
import type { Field } from '../rfc9111/3-storing.ts'
import { responseFacts } from '../rfc9111/messages.ts'
import type { ResponseFacts } from '../rfc9111/messages.ts'
import { formatHttpDate } from '../standards/http-date.ts'
import { partOf } from '../rfc9111/3-3-incomplete.ts'
import type { Call } from './call.ts'
import type { Outgoing } from './upstream.ts'

/** How long what can be validated is kept past its freshness, at least. */
const GRACE = 30 * 86_400_000

/** Why a response must not be stored although HTTP allows it, or undefined. */
export function unstorable(response: Response, facts: ResponseFacts, call: Call): string | undefined {
  if (response.type === 'opaque' || response.type === 'opaqueredirect') return 'opaque'
  if (response.status === 206 && !isSinglePart(facts, call.out)) return '§3.3 partial'
  if (!isReadable(response)) return 'a body that is no stream, or that somebody reads already'
  return secretIn(response.headers, call)
}

/** A field that leads on by a secret: redacted, it would lead elsewhere. */
export function secretIn(headers: Headers, { ignored, out }: Call): string | undefined {
  const [location, link] = [headers.get('location'), headers.get('link')]
  if (location !== null && redactsLocation(location, out.url, ignored)) return 'a secret in Location'
  if (link !== null && redactUrl(link, ignored).url !== link) return 'a secret in Link'
  return undefined
}

/** A part that was asked for, says which it is, and is not coded: ranges are of the coded bytes, and fetch decodes them. */
function isSinglePart(facts: ResponseFacts, { headers, method }: Outgoing): boolean {
  return (
    method === 'GET' &&
    headers.has('range') &&
    partOf(facts) !== undefined &&
    facts.fields.get('content-encoding') === null
  )
}

/** Not every implementation of fetch has streams. */
function isReadable({ body, bodyUsed }: Response): boolean {
  return body === null || (typeof body?.getReader === 'function' && !body.locked && !bodyUsed)
}

export function fieldsOf({ headers }: Response, facts: ResponseFacts, { ignored, policy }: Call): Field[] {
  const fields = redactHeaders(storableFields(headers, facts, policy.shared), ignored)
  // RFC 9110 §6.6.1
  if (headers.get('date') === null) fields.push(['date', formatHttpDate(facts.responseTime)])
  return fields
}

export function recordOf(response: Response, facts: ResponseFacts, call: Call): ResponseRecord {
  const { ignored, key, out, policy, presented } = call
  const names = [...facts.vary, ...(policy.matchHeaders === true ? ['*'] : policy.matchHeaders)]
  return {
    method: out.method,
    url: redactUrl(withoutFragment(out.url), ignored).url,
    status: response.status,
    statusText: response.statusText,
    fields: fieldsOf(response, facts, call),
    requestTime: facts.requestTime,
    responseTime: facts.responseTime,
    selecting: presented.selecting(names),
    identity: isForAll(facts) ? null : key.identity,
    ...lifetimeOf(policy),
    // Fetch hands out the body without its codings.
    decoded: facts.fields.get('content-encoding') !== null,
    bodyless: response.body === null,
    ...(response.type !== 'default' && { type: response.type }),
    invalid: false,
    ...(response.redirected && { followedTo: redactUrl(response.url, ignored).url }),
  }
}

/** `private`, even of some fields only, takes back what `public` gives. */
export const isForAll = ({ cacheControl }: ResponseFacts): boolean =>
  cacheControl.public && cacheControl.private === false

export function lifetimeOf({ requestLifetime: given }: Policy): Pick<ResponseRecord, 'lifetime'> {
  if (!given) return {}
  return { lifetime: 'for' in given ? { for: Number.isFinite(given.for) ? given.for : null } : given }
}

/** The facts of a record that is not stored yet. */
export function factsOf(record: ResponseRecord, { policy }: Call): ResponseFacts {
  return responseFacts(record.status, fieldReader(record.fields), record, policy.targeted)
}

/** What a store is told of a record, to find and to drop it by. */
export type Label = Pick<Meta, 'basis' | 'expiresAt' | 'reclaimAt' | 'tags'>

const TAGGED = /^(?:cache-(?:tag|groups)|surrogate-key)$/

/** By what a record can be found. `before`: the stored response of which it is an update; few have any. */
export function tagsOf(
  record: ResponseRecord,
  { policy: { tags } }: Pick<Call, 'policy'>,
  before?: Stored,
): readonly string[] | Promise<readonly string[]> {
  const known = tags.length > 0 || (before?.entry.meta.tags.length ?? 0) > 0
  return known || record.fields.some(([name]) => TAGGED.test(name))
    ? import('./tags.ts').then((it) => it.tagsOf(record, tags, before))
    : []
}

/** It may be dropped once it is past its freshness, the longest staleness allowed, and use for validation. */
export function labelOf(
  subject: Pick<Stored, 'record' | 'facts'>,
  { policy }: Pick<Call, 'policy'>,
  now: number,
  tags: readonly string[],
): Label {
  const { expires } = lifeOf(subject, policy, now)
  const { staleIfError, staleWhileRevalidate } = subject.facts.cacheControl
  const windows = [
    policy.staleIfError ?? (staleIfError ?? 0) * 1000,
    policy.staleWhileRevalidate ?? (staleWhileRevalidate ?? 0) * 1000,
  ]
  const reclaimAt = instant(expires + Math.max(GRACE, ...windows))
  return { basis: policy.basis, expiresAt: instant(expires), reclaimAt, tags }
}

const instant = (at: number): number | null => (Number.isFinite(at) ? Math.ceil(at) : null)

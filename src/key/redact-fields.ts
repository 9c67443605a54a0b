/** Redaction of header fields, for what is stored and shown. */
import { REDACTED, isCredentialHeader, redactUrl } from './redact.ts'
import type { Ignored } from './redact.ts'

/** Whether redaction would change where a `Location` leads. True, too, for one that does not parse. */
export function redactsLocation(location: string, base: string, ignored: Ignored): boolean {
  try {
    const { href } = new URL(location, base)
    return redactUrl(href, ignored).url !== href
  } catch {
    return true
  }
}

type Pair = readonly [name: string, value: string]

const WITH_URL = /^(?:(?:content-)?location|referer)$/i
// Who ignores the parameter `date` does not mean the field by which freshness is counted, nor `*key*` that of tags.
const NEEDED =
  /^(?:age|cache-(?:control|groups|tag)|content-(?:encoding|length|range|type)|date|etag|expires|last-modified|no-vary-search|pragma|surrogate-key|vary)$/i

/** A list of request or response headers as it may be stored or shown; URLs in fields that hold one are redacted as such. */
export function redactHeaders(pairs: Iterable<Pair>, ignored: Ignored): Pair[] {
  return Array.from(pairs, ([name, value]) => {
    if (WITH_URL.test(name)) return [name, redactUrl(value, ignored).url]
    const hidden = isCredentialHeader(name, ignored) || (ignored.isIgnored(name) && !NEEDED.test(name))
    return [name, hidden ? REDACTED : value]
  })
}

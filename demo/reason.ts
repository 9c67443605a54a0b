/** Why a response came from where it came, in words: from `cache.explain` before the request and Cache-Status after it. */
import type { CachedResponse, Explanation, StoredExplanation } from 'stowaway'
import { span } from './units.ts'
import type { Visit } from './visit.ts'

/** What the lifetime of a stored response comes from. */
const SOURCES: Readonly<Record<StoredExplanation['lifetimeFrom'], string>> = {
  request: 'as this request asked',
  rule: 'by the rule',
  response: 'as the response says',
  cache: "by the cache's default",
  none: 'of no lifetime',
  heuristic: 'a guess from its Last-Modified',
}

export function reason(
  outcome: Visit['outcome'],
  before: Explanation,
  { headers, redirected }: CachedResponse,
): string {
  const status = parse(headers.get('cache-status') ?? '')
  const { stored, why } = before
  if (outcome === 'origin') return `${why}; ${kept(status)}`
  if (outcome === 'confirmed') return `${why}; a 304 without a body confirms it`
  if (outcome === 'stale') return `old, but allowed: ${before.action === 'reuse' ? why : status.detail}`
  const source = stored ? SOURCES[stored.lifetimeFrom] : 'stored a moment ago'
  return `${redirected ? 'redirected; ' : ''}fresh for ${span(status.ttl)}, ${source}`
}

interface Status {
  readonly stored: boolean
  /** Seconds. */
  readonly ttl: number
  readonly detail: string
}

/** RFC 9211, as far as it is told here: our own member is the last one. */
function parse(field: string): Status {
  const own = field.slice(field.lastIndexOf('stowaway'))
  return {
    stored: /; ?stored(?:;|$)/.test(own),
    ttl: Number(/; ?ttl=(-?\d+)/.exec(own)?.[1] ?? Number.POSITIVE_INFINITY),
    detail: /; ?detail="?([^";]*)/.exec(own)?.[1] ?? '',
  }
}

function kept({ detail, stored, ttl }: Status): string {
  if (!stored) return `not kept${detail && `: ${detail}`}`
  return ttl > 0 ? `kept, fresh for ${span(ttl)}` : 'kept, but not fresh'
}

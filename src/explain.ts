/** What the cache would do with a request, and why. */
import type { Bypass, Call } from './exchange/call.ts'
import type { Look } from './exchange/exchange.ts'
import type { LifetimeSource } from './policy.ts'

export interface Explanation {
  /** `reuse`: serve what is stored; `validate`: ask whether it still holds; `forward`: ask for a response; `refuse`: 504; `bypass`: no part in it. */
  readonly action: 'reuse' | 'validate' | 'forward' | 'refuse' | 'bypass'
  /** The clause, mode or option that decided. */
  readonly why: string
  /** Printable, see `response.cacheKey`; `null` for a bypass. */
  readonly cacheKey: string | null
  /** The first rule that matches, and where it stands. */
  readonly rule: { readonly index: number; readonly pattern: string } | null
  /** How many responses are stored under the key. */
  readonly variants: number
  /** The stored response that matches, if any. */
  readonly stored: StoredExplanation | null
}

export interface StoredExplanation {
  readonly status: number
  readonly createdAt: Date
  /** Bytes of its body. */
  readonly size: number
  readonly fresh: boolean
  /** Seconds (RFC 9111 §4.2.3). */
  readonly age: number
  /** Seconds; Infinity: never expires (RFC 9111 §4.2.1). */
  readonly lifetime: number
  /** What the lifetime comes from. */
  readonly lifetimeFrom: LifetimeSource
  /** Whether it will be refreshed behind the answer (RFC 5861 §3). */
  readonly refreshes: boolean
}

export const NO_PART = 'not a request that a cache has a part in'

export function explanation({ key, rule }: Call, { action, candidates }: Look): Explanation {
  return {
    action: action.do,
    why: action.why,
    cacheKey: key.cacheKey,
    rule: shown(rule),
    variants: candidates.length,
    stored: storedExplanation(action),
  }
}

export function bypassed({ bypass, onlyIfCached, rule }: Pick<Bypass, 'bypass'> & Partial<Bypass>): Explanation {
  const action = onlyIfCached ? 'refuse' : 'bypass'
  return { action, why: bypass, cacheKey: null, rule: shown(rule), variants: 0, stored: null }
}

const shown = (rule: Call['rule']): Explanation['rule'] => (rule ? { index: rule.index, pattern: rule.pattern } : null)

function storedExplanation(action: Look['action']): StoredExplanation | null {
  if (action.do === 'refuse' || !action.stored || !action.life) return null
  const { entry, record } = action.stored
  const { age, lifetime, source } = action.life
  return {
    status: record.status,
    createdAt: new Date(entry.meta.createdAt),
    size: entry.size,
    fresh: lifetime > age,
    age: age / 1000,
    lifetime: lifetime / 1000,
    lifetimeFrom: source,
    refreshes: action.do === 'reuse' && action.refresh,
  }
}

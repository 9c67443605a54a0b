/** One request through the cache, and what there is to tell about it. */
import type { Cache, CachedResponse } from 'stowaway'
import { reason } from './reason.ts'

export interface Visit {
  readonly label: string
  readonly outcome: 'origin' | 'confirmed' | 'cache' | 'stale' | 'failed'
  /** Absent where there was no response. */
  readonly status?: number
  /** How many asked at once, and how many of them the origin did not have to answer with a body. */
  readonly times: number
  readonly spared: number
  /** Until the body was read. */
  readonly ms: number
  /** Of one body. */
  readonly bytes: number
  /** Bytes that did not have to be sent, and time that did not have to pass. */
  readonly saved: { readonly bytes: number; readonly ms: number }
  readonly why: string
}

export interface Manner {
  readonly label: string
  readonly init?: RequestInit
  readonly times?: number
}

export function createVisitor(cache: Cache): (url: string, manner: Manner) => Promise<Visit> {
  /** What asking the origin took, in ms, by URL. */
  const costs = new Map<string, number>()

  async function visit(url: string, { init, label, times = 1 }: Manner): Promise<Visit> {
    const before = await cache.explain(url, init)
    const started = performance.now()
    const answers = await Promise.all(Array.from({ length: times }, () => ask(url, init)))
    const ms = performance.now() - started
    const [first] = answers
    if (!first) throw new RangeError('times: at least 1')
    const { bytes, response } = first
    const outcome = outcomeOf(response)
    if (outcome === 'origin') costs.set(url, ms)
    const spared = answers.filter(({ response }) => response.fromCache || isCollapsed(response)).length
    const cost = costs.get(url) ?? serverTiming(response)
    const saved = { bytes: spared * bytes, ms: Math.max(0, cost - ms) }
    return {
      label,
      outcome,
      status: response.status,
      times,
      spared,
      ms,
      bytes,
      saved,
      why: reason(outcome, before, response),
    }
  }

  async function ask(url: string, init?: RequestInit): Promise<{ response: CachedResponse; bytes: number }> {
    const response = await cache.fetch(url, init)
    return { response, bytes: (await response.arrayBuffer()).byteLength }
  }

  return async (url, manner) => {
    const started = performance.now()
    try {
      return await visit(url, manner)
    } catch (error) {
      const { label, times = 1 } = manner
      const nothing = { spared: 0, bytes: 0, saved: { bytes: 0, ms: 0 } }
      return { label, outcome: 'failed', times, ...nothing, ms: performance.now() - started, why: failure(error) }
    }
  }
}

function outcomeOf({ fromCache, isExpired, revalidated }: CachedResponse): Visit['outcome'] {
  if (!fromCache) return 'origin'
  if (revalidated) return 'confirmed'
  return isExpired ? 'stale' : 'cache'
}

/** Whether it waited for the answer to another's request (RFC 9211 §2.6). */
function isCollapsed({ headers }: Response): boolean {
  return /; ?collapsed\b/.test(headers.get('cache-status') ?? '')
}

/** What the origin said that making it took, in ms: it is kept with the response, and known in later runs too. */
function serverTiming({ headers }: Response): number {
  return Number(/;dur=([\d.]+)/.exec(headers.get('server-timing') ?? '')?.[1] ?? 0)
}

/** `fetch` says why it failed in the cause of its error. */
function failure(error: unknown): string {
  const { cause, message } = error instanceof Error ? error : new Error(String(error))
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

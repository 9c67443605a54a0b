/** What a cache tells those who listen. URLs are redacted. */
import { func } from './options/members.ts'
import { refuse, show } from './options/refuse.ts'

interface Subject {
  readonly url: string
  /** Printable, see `response.cacheKey`. */
  readonly cacheKey: string
}

export interface CacheEvents {
  /** A stored response was served without asking the origin. */
  hit: Subject & { readonly stale: boolean }
  /** The origin was asked for a response; `why` as in `explain`. */
  miss: Subject & { readonly why: string }
  /** A stored response was served past its freshness; `why` says what allowed it. */
  stale: Subject & { readonly why: string }
  /** The origin confirmed a stored response (304). */
  revalidated: Subject
  /** A response is stored, whole. `size`: its body in bytes. */
  stored: Subject & { readonly size: number }
  /** The store dropped an entry to make room, or because it can be of no more use. */
  evicted: { readonly url: string; readonly reason: 'size' | 'expired' }
  /** Something failed that a fetch survived; `onError` hears the same. */
  error: { readonly error: Error }
}

/** Tells `error` and `onError`, as a failure of the store unless it is `foreign`: of the fetch underneath, or of what a user passed. */
export type Report = (error: unknown, foreign?: boolean) => void

export type EventName = keyof CacheEvents
export type Listener<Name extends EventName> = (event: CacheEvents[Name]) => void

export interface Emitter {
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void
  emit<Name extends EventName>(name: Name, event: CacheEvents[Name]): void
  /** How often each happened. */
  readonly counts: Readonly<Partial<Record<EventName, number>>>
}

const EVENTS: readonly string[] = [
  'hit',
  'miss',
  'stale',
  'revalidated',
  'stored',
  'evicted',
  'error',
] satisfies EventName[]

export function createEmitter(): Emitter {
  const listeners = new Map<EventName, Set<(event: never) => void>>()
  const counts: Partial<Record<EventName, number>> = {}
  return {
    counts,
    on(name, listener) {
      if (!EVENTS.includes(name)) refuse('invalid-option', 'on', name, EVENTS.join(', '))
      func(listener, `on(${show(name)})`)
      const known = listeners.get(name) ?? new Set()
      listeners.set(name, known.add(listener))
      return () => void known.delete(listener)
    },
    emit(name, event) {
      counts[name] = (counts[name] ?? 0) + 1
      for (const listener of listeners.get(name) ?? []) {
        // A listener's own fault must not reach the fetch that it watches; it surfaces as an unhandled error.
        try {
          // `on` put it under this name with this type.
          ;(listener as (event: unknown) => void)(event)
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}

/** A cache over an origin that answers at once, and a clock. */
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import type { Cache, CacheEvents, CacheOptions, EventName } from '../../../src/index.ts'
import type { Entry, Store } from '../../../src/store.ts'

export const START = Date.UTC(2026, 0, 1)
export const URL_A = 'https://example.org/a'
export const cc = (value: string): Record<string, string> => ({ 'cache-control': value })

/** An HTTP date so many seconds after the start. */
export const dated = (seconds: number): string => new Date(START + seconds * 1000).toUTCString()

/** One request that reached the origin. */
export interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly init: RequestInit
}

export interface Told {
  readonly name: EventName
  readonly event: CacheEvents[EventName]
}

export interface World extends AsyncDisposable {
  readonly cache: Cache
  readonly fetch: Cache['fetch']
  readonly store: Store
  readonly sent: readonly Sent[]
  readonly errors: readonly Error[]
  /** All events, in order. */
  readonly told: readonly Told[]
  /** Moves the clock. */
  pass(seconds: number): void
  entries(): Promise<Entry[]>
}

/** How the origin answers; `count` is how often it was asked before. */
export type Answer = (sent: Sent, count: number) => Response | Promise<Response>

const NAMES: readonly EventName[] = ['hit', 'miss', 'stale', 'revalidated', 'stored', 'evicted', 'error']

/** The body of the answer says how many came before it, unless the test says something else. */
export const numbered =
  (headers: HeadersInit = cc('max-age=60'), status = 200): Answer =>
  (_, count) =>
    new Response(`${count}`, { status, headers })

export function world(answer: Answer = numbered(), options: CacheOptions = {}, given?: Store): World {
  let time = START
  const now = (): number => time
  const store = given ?? createMemoryStore({ now })
  const [sent, errors, told]: [Sent[], Error[], Told[]] = [[], [], []]
  const cache = createCache({
    backend: store,
    now,
    onError: (error) => void errors.push(error),
    async fetch(input, init = {}) {
      const request = input instanceof Request ? input : undefined
      const one = {
        url: request?.url ?? String(input),
        method: init.method ?? request?.method ?? 'GET',
        headers: new Headers(init.headers ?? request?.headers),
        init,
      }
      return answer(one, sent.push(one) - 1)
    },
    ...options,
  })
  for (const name of NAMES) cache.on(name, (event) => void told.push({ name, event }))
  return {
    cache,
    fetch: cache.fetch,
    store,
    sent,
    errors,
    told,
    pass: (seconds) => void (time += seconds * 1000),
    async entries() {
      const found: Entry[] = []
      for await (const entry of store.list({ namespace: 'http' })) found.push(entry)
      return found
    },
    [Symbol.asyncDispose]: () => cache.close(),
  }
}

/** The body, read to its end, so that what is to be stored is. */
export async function text(response: Promise<Response>): Promise<string> {
  return (await response).text()
}

/** Lets everything go on that waits for nothing from outside. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

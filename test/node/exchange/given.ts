/** What the tests of the exchange share: a clock, a fetch that the test answers, bodies that it sends piece by piece. */
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/cache.ts'
import type { Cache } from '../../../src/cache.ts'
import type { CacheOptions } from '../../../src/options/types.ts'
import type { Bytes } from '../../../src/exchange/spool.ts'
import type { Entry, Store } from '../../../src/store.ts'

export const START = Date.UTC(2026, 0, 1)
export const URL_A = 'https://example.org/a'
export const MIB = 1_048_576

/** The same bytes for the same length, different at each position. */
export function bytes(length: number, seed = 1): Bytes {
  const made = new Uint8Array(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    made[at] = state >>> 16
  }
  return made
}

export interface Script {
  readonly stream: ReadableStream<Bytes>
  push(chunk: Bytes | string): void
  end(): void
  fail(error: unknown): void
  /** With the reason, once the reader has cancelled. */
  readonly cancelled: Promise<unknown>
  isCancelled(): boolean
}

/** A body that comes when the test says so. */
export function scriptedBody(): Script {
  const { promise: cancelled, resolve } = Promise.withResolvers<unknown>()
  let done = false
  let controller: ReadableStreamDefaultController<Bytes> | undefined
  const stream = new ReadableStream<Bytes>({
    start: (given) => void (controller = given),
    cancel(reason) {
      done = true
      resolve(reason)
    },
  })
  return {
    stream,
    cancelled,
    isCancelled: () => done,
    push: (chunk) => controller?.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk),
    end: () => controller?.close(),
    fail: (error) => controller?.error(error),
  }
}

export interface Source {
  readonly stream: ReadableStream<Bytes>
  /** Bytes that were asked for so far. */
  pulled(): number
  readonly cancelled: Promise<unknown>
}

/** A body that gives as fast as it is asked. */
export function eagerBody(whole: Bytes, chunk = 65_536): Source {
  const { promise: cancelled, resolve } = Promise.withResolvers<unknown>()
  let at = 0
  const stream = new ReadableStream<Bytes>(
    {
      pull(controller) {
        if (at >= whole.byteLength) return controller.close()
        controller.enqueue(whole.slice(at, at + chunk))
        at += chunk
      },
      cancel: resolve,
    },
    { highWaterMark: 0 },
  )
  return { stream, cancelled, pulled: () => Math.min(at, whole.byteLength) }
}

/** One request that reached the fetch underneath. */
export interface Sent {
  readonly input: Parameters<typeof fetch>[0]
  readonly init: RequestInit
  readonly url: string
  readonly headers: Headers
  readonly signal: AbortSignal | undefined
  answer(response: Response): void
  fail(error: unknown): void
}

export interface ScriptedFetch {
  readonly fetch: typeof globalThis.fetch
  readonly sent: readonly Sent[]
  /** The request with that number, once it has come. */
  request(index: number): Promise<Sent>
}

/** A fetch that rejects on abort as the platform's does; `answer` answers at once, else the test does. */
export function scriptedFetch(answer?: (sent: Sent, index: number) => Response | undefined): ScriptedFetch {
  const sent: Sent[] = []
  const waiting = new Map<number, (sent: Sent) => void>()
  return {
    sent,
    request(index) {
      const come = sent[index]
      return come ? Promise.resolve(come) : new Promise((resolve) => waiting.set(index, resolve))
    },
    async fetch(input, init = {}) {
      const { promise, reject, resolve } = Promise.withResolvers<Response>()
      const request = input instanceof Request ? input : undefined
      const signal = init.signal ?? undefined
      signal?.addEventListener('abort', () => reject(signal.reason))
      if (signal?.aborted) reject(signal.reason)
      const one: Sent = {
        input,
        init,
        url: request?.url ?? String(input),
        headers: new Headers(init.headers ?? request?.headers),
        signal,
        answer: resolve,
        fail: reject,
      }
      const index = sent.push(one) - 1
      waiting.get(index)?.(one)
      const response = answer?.(one, index)
      if (response) resolve(response)
      return promise
    },
  }
}

export function respond(body: BodyInit | null, headers: HeadersInit = {}, init: ResponseInit = {}): Response {
  return new Response(body, {
    ...init,
    headers: { 'cache-control': 'max-age=60', ...Object.fromEntries(new Headers(headers)) },
  })
}

export interface Given {
  readonly cache: Cache
  readonly store: Store
  readonly errors: Error[]
  /** Moves the clock. */
  pass(seconds: number): void
}

export function given(
  { fetch }: Pick<ScriptedFetch, 'fetch'>,
  options: CacheOptions = {},
  store: Store = createMemoryStore({ now: () => START }),
): Given {
  let time = START
  const errors: Error[] = []
  const cache = createCache({
    backend: store,
    fetch,
    now: () => time,
    onError: (error) => void errors.push(error),
    ...options,
  })
  return { cache, store, errors, pass: (seconds) => void (time += seconds * 1000) }
}

/** The store with some members replaced. */
export function storeWith(
  change: (inner: Store) => Partial<Store>,
  inner: Store = createMemoryStore({ now: () => START }),
): Store {
  return { ...inner, ...change(inner) }
}

/** Entries as a store gives them that keeps no body inline. */
export function lazily(
  inner: Store,
  open: (entry: Entry, start?: number, end?: number) => ReturnType<Entry['open']>,
): Partial<Store> {
  return {
    get: async (key) =>
      (await inner.get(key)).map((entry) => {
        const { bytes: _, ...rest } = entry
        return { ...rest, open: (start?: number, end?: number) => open(entry, start, end) }
      }),
  }
}

export async function bodyOf(response: Response): Promise<Bytes> {
  return new Uint8Array(await response.arrayBuffer())
}

/** Lets everything go on that waits for nothing from outside. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export async function pathsStored(store: Store): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of store.list({ namespace: 'http' })) found.push(key.url)
  return found
}

/** Whether a promise has not settled when all has gone on that can. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true
  const settle = (): void => void (pending = false)
  promise.then(settle, settle)
  await settled()
  return pending
}

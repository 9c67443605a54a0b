/** Named caches over each kind of store, which can be closed and opened again. */
import { createFilesystemStore } from '../../../adapters/filesystem.ts'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createSqliteStore } from '../../../adapters/sqlite.ts'
import { createCache } from '../../../src/index.ts'
import type { Cache, CacheLike, CacheOptions, CacheStorageLike } from '../../../src/index.ts'
import type { Entry, Store, StoreOptions } from '../../../src/store.ts'
import { temporary } from '../../support/temporary.ts'

export const START = Date.UTC(2026, 0, 1)
export const A = 'https://example.org/a'
export const B = 'https://example.org/b'

export const KINDS = ['memory', 'sqlite', 'filesystem'] as const
export type Kind = (typeof KINDS)[number]
/** Those that outlive a process. */
export const LASTING = ['sqlite', 'filesystem'] as const

type Reply = (request: Request) => Response | Promise<Response>

export interface World extends AsyncDisposable {
  readonly cache: Cache
  readonly caches: CacheStorageLike
  readonly store: Store
  readonly errors: readonly Error[]
  readonly sent: readonly string[]
  /** Another cache on the same store, as another process would have it. */
  other(options?: CacheOptions, store?: Store): Cache
  /** Closes all and opens the same place again; only for what lasts. */
  again(): Promise<World>
  /** Moves the clock. */
  pass(ms: number): void
  /** All in a namespace, whether it counts or not. */
  raw(namespace: string): Promise<Entry[]>
  /** The namespace of the data of a cache. */
  data(name: string): Promise<string>
}

export async function world(
  kind: Kind,
  reply: Reply = () => new Response('from the origin'),
  options: StoreOptions = {},
): Promise<World> {
  return opened(kind, await temporary(), reply, options, START)
}

async function opened(
  kind: Kind,
  place: Awaited<ReturnType<typeof temporary>>,
  reply: Reply,
  options: StoreOptions,
  start: number,
): Promise<World> {
  let time = start
  const now = (): number => time
  const make = {
    memory: () => createMemoryStore({ now, ...options }),
    sqlite: () => createSqliteStore({ path: place.join('cache.sqlite'), now, ...options }),
    filesystem: () => createFilesystemStore({ path: place.join('cache'), now, ...options }),
  }
  const store = make[kind]()
  const [errors, sent]: [Error[], string[]] = [[], []]
  const other = (more: CacheOptions = {}, backend = store): Cache =>
    createCache({
      backend,
      now,
      onError: (error) => void errors.push(error),
      async fetch(input, init) {
        const request = new Request(input, init)
        sent.push(request.url)
        request.signal.throwIfAborted()
        return reply(request)
      },
      ...more,
    })
  const cache = other()
  const raw = async (namespace: string): Promise<Entry[]> => {
    const found: Entry[] = []
    for await (const entry of store.list({ namespace })) found.push(entry)
    return found
  }
  const close = async (): Promise<void> => {
    await cache.close()
    await store.close()
  }
  return {
    cache,
    caches: cache.caches,
    store,
    errors,
    sent,
    other,
    async again() {
      await close()
      return opened(kind, place, reply, options, time)
    },
    pass: (ms) => void (time += ms),
    raw,
    data: async (name) =>
      `cache ${(await raw('caches')).find(({ key }) => key.url === name)?.meta.variant ?? 'of no such name'}`,
    async [Symbol.asyncDispose]() {
      await close()
      await place[Symbol.asyncDispose]()
    },
  }
}

export const text = async (response: Response | undefined): Promise<string | undefined> => response?.text()
export const urls = async (cache: CacheLike): Promise<string[]> => (await cache.keys()).map(({ url }) => url)
export const varied = (url: string, shape: string): Request => new Request(url, { headers: { 'x-shape': shape } })
/** One that never ends until it is told to. */
export function endless(): { readonly body: ReadableStream<Uint8Array>; end(): void; fail(error: Error): void } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  writer.write(new TextEncoder().encode('beginning')).catch(() => {})
  return {
    body: readable,
    end: () => void writer.close().catch(() => {}),
    fail: (error) => void writer.abort(error).catch(() => {}),
  }
}

/** A cache on each kind of store, over an origin that answers what it is asked. */
import { createFilesystemStore } from '../../../adapters/filesystem.ts'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createSqliteStore } from '../../../adapters/sqlite.ts'
import { createCache } from '../../../src/index.ts'
import type { Cache, CacheOptions } from '../../../src/index.ts'
import type { Entry, Store } from '../../../src/store.ts'
import { temporary } from '../../support/temporary.ts'

export const START = Date.UTC(2026, 0, 1)
export const A = 'https://example.org/a'
export const B = 'https://example.org/b'

export const KINDS = ['memory', 'sqlite', 'filesystem'] as const
export type Kind = (typeof KINDS)[number]

export interface World extends AsyncDisposable {
  readonly cache: Cache
  readonly store: Store
  readonly sent: readonly Request[]
  readonly errors: readonly Error[]
  /** Fetches, and reads the body to its end. */
  get(url: string, init?: Parameters<Cache['fetch']>[1]): Promise<string>
  /** Another cache on the same store. */
  other(options: CacheOptions): Cache
  /** Moves the clock. */
  pass(seconds: number): void
  raw(): Promise<Entry[]>
}

/** What the origin answers: by default what the query says of the header fields, with the path as its body. */
export const answer = (request: Request): Response => {
  const { pathname, searchParams } = new URL(request.url)
  const headers = new Headers({ 'cache-control': 'max-age=60' })
  for (const [name, value] of searchParams) if (name.startsWith('h-')) headers.set(name.slice(2), value)
  const status = Number(searchParams.get('status') ?? 200)
  return new Response(request.method === 'HEAD' ? null : pathname.repeat(Number(searchParams.get('times') ?? 1)), {
    status,
    headers,
  })
}

export async function world(kind: Kind, options: CacheOptions = {}, reply = answer): Promise<World> {
  let time = START
  const now = (): number => time
  const place = await temporary()
  const make = {
    memory: () => createMemoryStore({ now }),
    sqlite: () => createSqliteStore({ path: place.join('cache.sqlite'), now }),
    filesystem: () => createFilesystemStore({ path: place.join('cache'), now }),
  }
  const store = make[kind]()
  const [sent, errors]: [Request[], Error[]] = [[], []]
  const other = (more: CacheOptions): Cache =>
    createCache({
      backend: store,
      now,
      onError: (error) => void errors.push(error),
      async fetch(input, init) {
        const request = new Request(input, init)
        sent.push(request)
        return reply(request)
      },
      ...more,
    })
  const cache = other(options)
  return {
    cache,
    store,
    sent,
    errors,
    other,
    async get(url, init) {
      const text = await (await cache.fetch(url, init)).text()
      // Waits for what is on its way to the store.
      await cache.store()
      return text
    },
    pass: (seconds) => void (time += seconds * 1000),
    raw: () => all(store.list({ namespace: 'http' })),
    async [Symbol.asyncDispose]() {
      await cache.close()
      await store.close()
      await place[Symbol.asyncDispose]()
    },
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

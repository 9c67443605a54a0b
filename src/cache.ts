/// <reference lib="esnext.disposable" preserve="true" />
/** `createCache` and `cachedFetch`: what is checked at the call, and the way to the engine. */
import { runtime } from '#runtime'
import { storeMaker } from './choice.ts'
import { delegateCaches } from './caches/delegate.ts'
import type { CacheStorageLike } from './caches/types.ts'
import type { Engine } from './engine.ts'
import { StowawayError } from './errors.ts'
import { createEmitter } from './events.ts'
import type { EventName, Listener, Report } from './events.ts'
import type { Explanation } from './explain.ts'
import { delegate } from './management/delegate.ts'
import type { Management } from './management/types.ts'
import { func } from './options/members.ts'
import { compileRules } from './options/rules.ts'
import { parseCacheOptions } from './options/settings.ts'
import type { CacheOptions, RequestOptions } from './options/types.ts'
import type { CachedResponse } from './response.ts'
import type { Scope } from './scope.ts'
import { snapshot } from './snapshot.ts'

export { runtime }

/** What `fetch` takes first. */
export type FetchInput = Parameters<typeof globalThis.fetch>[0]

/** What `cache.fetch` takes beside everything that `fetch` takes. */
export interface CachedRequestInit extends RequestInit {
  readonly httpCache?: RequestOptions
}

export interface Cache extends Management {
  /** What was set for this cache, as it was given, and nothing else; can't be changed. For another: `createCache` over the same store. */
  readonly settings: Readonly<CacheOptions>
  /**
   * `fetch`, through the cache; assignable wherever a `fetch` is asked for. Throws `StowawayError` for bad `init.httpCache`;
   * otherwise fails as the fetch underneath does.
   */
  readonly fetch: (input: FetchInput, init?: CachedRequestInit) => Promise<CachedResponse>
  /**
   * Calls `fn` with the cache disabled for what it calls, and gives what it gives. The `fetch` that it is handed passes by the
   * cache wherever it is called. Where the runtime can tell what belongs to one asynchronous call (Node, Deno, Bun, Workers with
   * `nodejs_compat`), so does this cache's own `fetch` in all that `fn` awaits or starts, and nowhere else; nested, until the
   * outermost has ended. No narrower `disabled: false` counts.
   */
  disabled<R>(fn: (fetch: Cache['fetch']) => R): R
  /** What `fetch` would do with a request now, and why; asks no origin and changes nothing. */
  explain(input: FetchInput, init?: CachedRequestInit): Promise<Explanation>
  /**
   * Named caches in the same store, beside the HTTP cache, as the Service Worker standard's `CacheStorage` has them; assignable to
   * the platform's own type. What is put there stays until it is deleted, exactly as it is: nothing expires, is evicted, or is
   * redacted.
   */
  readonly caches: CacheStorageLike
  /** Calls back at each event of a kind, until the returned function is called. Throws `invalid-option` for what is no event. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void
  /** Opens the store now, and rejects with what is wrong with it (`unusable-path`, `missing-package`, …). */
  open(): Promise<void>
  /**
   * Closes the store once what has wholly arrived is stored; later requests go to the origin uncached, and bodies that are not
   * read to their end may fail. Closing twice is no error.
   */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A cache of its own. Synchronous: the store is opened when first used. Throws `StowawayError` naming the option that is not
 * accepted, what was given and what is.
 */
export function createCache(options: CacheOptions = {}): Cache {
  const cache = parseCacheOptions(options)
  const match = compileRules(cache.rules ?? {}, runtime.urlPattern)
  const makeStore = storeMaker(cache, runtime)
  const { counts, emit, on } = createEmitter()
  const reported = new WeakSet<object>()
  let loading: Promise<Engine> | undefined
  let engine: Engine | undefined
  let managing: Promise<Management> | undefined

  /** Each error once, however many saw it. */
  const report: Report = (error, foreign = false) => {
    const thrown = error instanceof Error ? error : undefined
    if (thrown && reported.has(thrown)) return
    if (thrown) reported.add(thrown)
    const isKnown = thrown && (foreign || thrown instanceof StowawayError)
    const message = thrown ? thrown.message : String(error)
    const known = isKnown ? thrown : new StowawayError('store-failure', message, { cause: error })
    emit('error', { error: known })
    try {
      cache.onError?.(known)
    } catch (fault) {
      // Its own fault must not reach the fetch; it surfaces as an unhandled error.
      queueMicrotask(() => {
        throw fault
      })
    }
  }

  const load = (): Promise<Engine> =>
    (loading ??= import('./loaded.ts').then(
      async (it) => (engine = await it.createEngine({ cache, counts, emit, makeStore, match, report, runtime })),
    ))

  let scope: Scope<true> | undefined
  const passing = (init?: CachedRequestInit): CachedRequestInit => ({
    ...init,
    httpCache: { ...init?.httpCache, disabled: true },
  })
  const given = (input: FetchInput, init?: CachedRequestInit): ReturnType<typeof snapshot> =>
    snapshot(input, scope?.get() ? passing(init) : init)

  const close = async (): Promise<void> => (engine ?? (await load())).close()

  const fetch: Cache['fetch'] = async (input, init) => {
    const args = given(input, init)
    return (engine ?? (await load())).fetch(...args)
  }

  return {
    settings: Object.freeze({ ...options }),
    fetch,
    disabled(fn) {
      func(fn, 'fn')
      scope ??= runtime.asyncScope?.()
      const call = (): ReturnType<typeof fn> => fn((input, init) => fetch(input, passing(init)))
      return scope ? scope.run(true, call) : call()
    },
    async explain(input, init) {
      const args = given(input, init)
      return (engine ?? (await load())).explain(...args)
    },
    ...delegate(async () => (managing ??= (engine ?? (await load())).manage())),
    caches: delegateCaches(async () => (await (engine ?? (await load())).caches()).storage),
    on,
    open: async () => (engine ?? (await load())).open(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

let shared: Cache | undefined

/** `fetch` through one cache with the runtime's default store and options; it is made at the first call. */
export function cachedFetch(input: FetchInput, init?: CachedRequestInit): Promise<CachedResponse> {
  shared ??= createCache()
  return shared.fetch(input, init)
}

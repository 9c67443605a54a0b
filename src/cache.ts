/** `createCache` and `cachedFetch`: the options, the store's opening, and the way into the exchange. */
import { runtime } from '#runtime'
import { StowawayError } from './errors.ts'
import { createEmitter } from './events.ts'
import type { EventName, Listener } from './events.ts'
import type { Explanation } from './explain.ts'
import { prepare } from './exchange/call.ts'
import type { Bypass, Call, CallOptions } from './exchange/call.ts'
import { createExchange } from './exchange/exchange.ts'
import { describe } from './exchange/upstream.ts'
import type { Fetch, FetchInput, Outgoing } from './exchange/upstream.ts'
import type { Digest } from './key/digest.ts'
import { compileRules } from './options/rules.ts'
import { parseCacheOptions, parseRequestOptions } from './options/settings.ts'
import type { CacheOptions, RequestOptions } from './options/types.ts'
import { untouched } from './exchange/respond.ts'
import type { CachedResponse } from './response.ts'
import type { TargetedReader } from './rfc9111/messages.ts'
import { openBackend } from './backend.ts'

/** What `cache.fetch` takes beside everything that `fetch` takes. */
export interface CachedRequestInit extends RequestInit {
  readonly httpCache?: RequestOptions
}

export interface Cache {
  /**
   * `fetch`, through the cache; assignable wherever a `fetch` is asked for. Throws `StowawayError` for bad `init.httpCache`;
   * otherwise fails as the fetch underneath does.
   */
  readonly fetch: (input: FetchInput, init?: CachedRequestInit) => Promise<CachedResponse>
  /** What `fetch` would do with a request now, and why; asks no origin and changes nothing. */
  explain(input: FetchInput, init?: CachedRequestInit): Promise<Explanation>
  /** Calls back at each event of a kind, until the returned function is called. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void
  /** Opens the store now, and rejects with what is wrong with it (`unusable-path`, `missing-package`, …). */
  open(): Promise<void>
  /** Closes the store; later requests go to the origin uncached. Closing twice is no error. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A cache of its own. Synchronous: the store is opened when first used. Throws `StowawayError` naming the option that is not
 * accepted, what was given and what is.
 */
export function createCache(options: CacheOptions = {}): Cache {
  const parsed = parseCacheOptions(options)
  const { now = Date.now, onError } = parsed
  const match = compileRules(parsed.rules ?? {}, runtime.urlPattern)
  const emitter = createEmitter()
  const reported = new WeakSet<object>()

  function report(error: unknown): void {
    const known = error instanceof Error ? error : new StowawayError('store-failure', String(error), { cause: error })
    if (reported.has(known)) return
    reported.add(known)
    emitter.emit('error', { error: known })
    onError?.(known)
  }

  let reader: Promise<TargetedReader | undefined> | undefined
  /** Loaded only where there are targets; the same function each time, by which derived facts are told apart. */
  const targeted = (): Promise<TargetedReader | undefined> => (reader ??= readerOf(parsed.targets))
  const backend = openBackend(parsed, runtime, { report, now, emit: emitter.emit, targeted })
  const underneath = (): Fetch => parsed.fetch ?? globalThis.fetch
  const exchange = createExchange({
    storage: backend.storage,
    fetch: underneath,
    now,
    emit: emitter.emit,
    report,
    hopMode: runtime.hopMode,
    conditionalMode: runtime.conditionalMode,
  })
  let secret: Promise<() => Promise<Digest>> | undefined
  const digest = async (): Promise<Digest> =>
    (await (secret ??= import('./exchange/secret.ts').then(({ createSecret }) => createSecret(backend.storage, now, report))))()
  const callOptions: CallOptions = { cache: parsed, match, digest, targeted, ambientCredentials: runtime.ambientCredentials }

  /** The caller's members, without ours. */
  function read(input: FetchInput, { httpCache, ...init }: CachedRequestInit = {}): { out: Outgoing | undefined; asked: ReturnType<typeof parseRequestOptions>; init: RequestInit } {
    return { asked: parseRequestOptions(httpCache), out: describe(input, init), init }
  }

  async function cachedFetch(input: FetchInput, given?: CachedRequestInit): Promise<CachedResponse> {
    const { asked, init, out } = read(input, given)
    if (!out) return untouched(await underneath()(input, init), { fwd: 'bypass' }, null, { now })
    const hop = async (out: Outgoing): Promise<CachedResponse> => {
      const call = await prepare(out, asked, callOptions)
      return 'bypass' in call ? exchange.pass(out, call, keyed(out)) : exchange.fetch(call)
    }
    const first = await prepare(out, asked, callOptions)
    if ('bypass' in first) return exchange.pass(out, first, keyed(out))
    const response = await exchange.fetch(first)
    const redirects = runtime.hopMode && out.redirect !== 'manual' && response.status >= 300 && response.headers.has('location')
    return redirects ? (await import('./exchange/redirects.ts')).following(out, response, hop) : response
  }

  /** What a GET for another URL would be stored under (§4.4). */
  const keyed = (out: Outgoing) => (url: string): Promise<Call | Bypass> =>
    prepare({ ...out, url: new URL(url).href, method: 'GET', hasBody: false, mode: 'default' }, {}, callOptions)

  return {
    fetch: cachedFetch,
    async explain(input, given) {
      const { asked, out } = read(input, given)
      const { explanation } = await import('./explain.ts')
      const call = out ? await prepare(out, asked, callOptions) : { bypass: 'not a request that a cache has a part in' }
      return 'bypass' in call ? explanation(call) : explanation(call, await exchange.look(call))
    },
    on: emitter.on,
    open: backend.open,
    close: backend.close,
    [Symbol.asyncDispose]: backend.close,
  }
}

async function readerOf(targets: readonly string[]): Promise<TargetedReader | undefined> {
  if (targets.length === 0) return undefined
  const { targetedDirectives } = await import('./standards/targeted-fields.ts')
  return (fields) => targetedDirectives(fields, targets)
}

let shared: Cache | undefined

/** `fetch` through one cache with the runtime's default store and options; it is made at the first call. */
export function cachedFetch(input: FetchInput, init?: CachedRequestInit): Promise<CachedResponse> {
  shared ??= createCache()
  return shared.fetch(input, init)
}

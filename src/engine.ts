/** All that a cache does, from its checked options on. It is loaded with the store's adapter, without which nothing can be answered. */
import { beneath } from './ambient.ts'
import type { Caches } from './caches/caches.ts'
import type { StoreMaker } from './choice.ts'
import type { Configured } from './configured.ts'
import { openStore } from './opening.ts'
import type { Emitter, Report } from './events.ts'
import type { Explanation } from './explain.ts'
import type { CachedRequestInit, FetchInput } from './cache.ts'
import { prepare } from './exchange/call.ts'
import type { CallOptions } from './exchange/call.ts'
import { createExchange } from './exchange/exchange.ts'
import { describe } from './exchange/upstream.ts'
import type { Fetch, Outgoing } from './exchange/upstream.ts'
import type { Digest } from './key/digest.ts'
import type { Management } from './management/types.ts'
import type { Matcher } from './options/rules.ts'
import { parseRequestOptions } from './options/settings.ts'
import type { ParsedCacheOptions, ParsedRequestOptions } from './options/settings.ts'
import { RECORD_VERSION } from './record.ts'
import type { CachedResponse } from './response.ts'
import type { Runtime } from './runtime.ts'
import { effectiveMethod } from './standards/method-override.ts'
import { isSafe } from './standards/safe-methods.ts'

export interface Engine {
  fetch(input: FetchInput, init?: CachedRequestInit): Promise<CachedResponse>
  explain(input: FetchInput, init?: CachedRequestInit): Promise<Explanation>
  open(): Promise<void>
  close(): Promise<void>
  manage(): Promise<Management>
  caches(): Promise<Caches>
}

export interface EngineOptions {
  readonly cache: ParsedCacheOptions
  readonly match: Matcher
  readonly runtime: Runtime
  readonly makeStore: StoreMaker
  readonly emit: Emitter['emit']
  readonly counts: Emitter['counts']
  readonly report: Report
}

export async function createEngine(given: EngineOptions): Promise<Engine> {
  const { cache, counts, emit, makeStore, match, report, runtime } = given
  const { now = Date.now } = cache
  const { ambientCredentials, conditionalMode, hopMode, streamed } = runtime
  const configured = await configuredBy(cache)
  const backend = openStore({ cache, configured, emit, makeStore, report, runtime })
  const fetch = (): Fetch => beneath(cache.fetch ?? globalThis.fetch)
  const exchange = createExchange({
    mode: cache.mode,
    storage: backend.storage,
    fetch,
    now,
    emit,
    report,
    hopMode,
    conditionalMode,
    streamed,
    prepare: (out) => prepare(out, {}, options),
  })
  let secret: Promise<(readOnly: boolean) => Promise<Digest>> | undefined
  const loadSecret = async (): Promise<(readOnly: boolean) => Promise<Digest>> =>
    (await import('./exchange/secret.ts')).createSecret(backend.storage, now, report)
  const digest = async (readOnly: boolean): Promise<Digest> => (await (secret ??= loadSecret()))(readOnly)
  const options: CallOptions = { cache, ...configured, match, digest, ambientCredentials }

  async function cachedFetch(input: FetchInput, given?: CachedRequestInit): Promise<CachedResponse> {
    const { asked, init, out } = readArguments(input, given)
    if (!out) return (await import('./exchange/outside.ts')).outside(input, init, cache.mode, { fetch, now })
    const response = await hop(out, asked)
    // What the cache has no part in was followed by the fetch underneath, as it likes.
    const redirects =
      hopMode &&
      out.redirect !== 'manual' &&
      response.status >= 300 &&
      response.cacheKey !== null &&
      response.headers.has('location')
    if (!redirects) return response
    const { following } = await import('./exchange/redirects.ts')
    return following(out, response, (next) => hop(next, asked))
  }

  async function hop(out: Outgoing, asked: ParsedRequestOptions): Promise<CachedResponse> {
    const call = await prepare(out, asked, options)
    if ('bypass' in call) return exchange.pass(out, call)
    const response = await exchange.fetch(call)
    const { readOnly, taped } = call.policy
    if (!response.fromCache && !readOnly && !taped && !isSafe(effectiveMethod(out)))
      await exchange.invalidated(out, response)
    return response
  }

  let named: Promise<Caches> | undefined
  const loadCaches = async (): Promise<Caches> =>
    (await import('./caches/caches.ts')).createCaches({ ...backend, cache, fetch, now, report })

  return {
    fetch: cachedFetch,
    async explain(input, given) {
      const { asked, out } = readArguments(input, given)
      const { NO_PART, bypassed, explanation } = await import('./explain.ts')
      const call = out ? await prepare(out, asked, { ...options, digest: () => digest(true) }) : { bypass: NO_PART }
      return 'bypass' in call ? bypassed(call) : explanation(call, await exchange.look(call))
    },
    open: backend.open,
    async close() {
      // What a caller has read to its end, they find again.
      await (await exchange.loaded())?.flights.landed()
      await (await named)?.release()
      await backend.close()
    },
    caches: () => (named ??= loadCaches()),
    async manage() {
      const { createManagement } = await import('./management/management.ts')
      return createManagement({ ...backend, counts, exchange, now, options, report, runtime })
    },
  }
}

interface Reading {
  readonly asked: ParsedRequestOptions
  /** Undefined for what is passed on as it is. */
  readonly out: Outgoing | undefined
  readonly init: RequestInit
}

/** The caller's members, and ours apart. */
export function readArguments(input: FetchInput, { httpCache, ...init }: CachedRequestInit = {}): Reading {
  return { asked: parseRequestOptions(httpCache), out: describe(input, init), init }
}

/** Most caches have no option that asks for more. */
async function configuredBy(cache: ParsedCacheOptions): Promise<Configured> {
  const { mode, rules, settings, shared } = cache
  if (!mode && !rules && !shared && settings.cacheControl === undefined && settings.expireAfter === undefined)
    return { basis: `${RECORD_VERSION}` }
  return (await import('./configured.ts')).configured(cache)
}

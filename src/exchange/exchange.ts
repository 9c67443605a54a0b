/** What answers from the store: look up, decide, serve. All else is the network's half, loaded when it is first needed. */
import { before, isOnlyCached } from '../decide/before.ts'
import type { Before } from '../decide/before.ts'
import type { Ignored } from '../key/redact.ts'
import type { WorkMode } from '../options/types.ts'
import type { CacheMode } from '../policy.ts'
import type { Stored } from '../record.ts'
import type { CachedResponse } from '../response.ts'
import { unlessAborted } from './abort.ts'
import type { Bypass, Call } from './call.ts'
import type { Network, NetworkOptions } from './network.ts'
import { GONE, fromStore, gatewayTimeout } from './respond.ts'
import type { Storage } from './storage.ts'
import type { Outgoing } from './upstream.ts'

/** What was found stored, when it was decided what to do. */
export interface Found {
  readonly candidates: readonly Stored[]
  /** Undefined where no store can be had. */
  readonly storage: Storage | undefined
}

export interface Look extends Found {
  readonly action: Before
}

export interface ExchangeOptions extends NetworkOptions {
  readonly mode: WorkMode | undefined
}

/** Why the origin may not be asked for what is not stored. */
export interface Refusal {
  readonly ignored: Ignored
  readonly cacheKey: string | null
  readonly mode: CacheMode
  readonly why: string
}

export interface Exchange {
  /** One request, not following redirects where the runtime shows them. */
  fetch(call: Call): Promise<CachedResponse>
  /** A request that the cache has no part in, but for what it invalidates (§4.4). */
  pass(out: Outgoing, why: Bypass): Promise<CachedResponse>
  /** What a new response to another method than GET and HEAD, for which the cache is used too, invalidates. */
  invalidated(out: Outgoing, response: Response): Promise<void>
  /** What `fetch` would do now. */
  look(call: Call): Promise<Look>
  /** What asks the origin. */
  network(): Promise<Network>
  /** The same, where something has loaded it already. */
  loaded(): Promise<Network> | undefined
}

export function createExchange(options: ExchangeOptions): Exchange {
  const { emit, now } = options
  let loading: Promise<Network> | undefined
  let network: Network | undefined

  const load = (): Promise<Network> =>
    (loading ??= import('./network.ts').then(
      ({ createNetwork }) => (network = createNetwork(options, { again: fetch })),
    ))

  const decide = ({ policy, presented, request }: Call, candidates: Found['candidates']): Before =>
    before(request, presented, candidates, policy, now())

  async function look(call: Call, touch = !call.policy.readOnly): Promise<Look> {
    const opening = options.storage()
    const storage = opening instanceof Promise ? await opening : opening
    const finding = storage ? storage.find(call.key.key, touch) : []
    const candidates = finding instanceof Promise ? await finding : finding
    return { action: decide(call, candidates), candidates, storage }
  }

  async function fetch(call: Call, retried = false): Promise<CachedResponse> {
    call.out.signal?.throwIfAborted()
    const landed = network?.flights.landed(call)
    if (landed) await unlessAborted(landed, call.out.signal)
    const found = await unlessAborted(sifted(call, look(call)), call.out.signal)
    const { action } = found
    const refused = (why: string): Promise<CachedResponse> =>
      refuse(call.out, { ignored: call.ignored, cacheKey: call.key.cacheKey, mode: call.policy.mode, why })
    if (action.do === 'refuse') return refused(action.why)
    if (action.do !== 'reuse') return (network ?? (await load())).answer(call, action, found, retried)
    const served = await reuse(call, action)
    if (!served && isOnlyCached(call.request, call.policy)) return refused(GONE.why)
    if (!served) return (await load()).answer(call, GONE, found, retried)
    if (action.refresh) await (await load()).refresh(call, action, found)
    return served
  }

  async function reuse(
    call: Call,
    { life, stale, stored, why }: Extract<Before, { do: 'reuse' }>,
  ): Promise<CachedResponse | undefined> {
    const served = await fromStore(
      call,
      stored,
      { life, status: { hit: true, ...(stale && { detail: why }) }, why },
      options,
    )
    if (served) {
      const subject = { url: call.key.key.url, cacheKey: call.key.cacheKey }
      emit('hit', { ...subject, stale })
      if (stale) emit('stale', { ...subject, why })
    }
    return served
  }

  async function refuse(out: Outgoing, refusal: Refusal): Promise<CachedResponse> {
    const { mode } = options
    if (mode === 'offline' || mode === 'replay') return (await import('./modes.ts')).refuse(out, refusal, mode, options)
    // Fetch, "HTTP-network-or-cache fetch": a network error.
    if (refusal.mode === 'only-if-cached') throw new TypeError(`fetch failed: ${refusal.why}`)
    return gatewayTimeout(out, refusal.cacheKey, refusal.why, options)
  }

  /** Without another turn where no filter is given. */
  const sifted = (call: Call, look: Promise<Look>): Promise<Look> =>
    call.policy.filter
      ? import('./filter.ts').then(async ({ sieve }) => sieve(call, await look, (rest) => decide(call, rest), options))
      : look

  return {
    fetch: (call) => fetch(call),
    network: load,
    loaded: () => loading,
    async look(call) {
      await network?.flights.landed(call)
      return look(call, false)
    },
    async invalidated(out, response) {
      await (await load()).invalidated(out, response, true)
    },
    async pass(out, why) {
      const { bypass, ignored, missed, onlyIfCached } = why
      if (onlyIfCached) return refuse(out, { ignored, cacheKey: null, mode: out.mode, why: bypass })
      if (missed) options.report((await import('./modes.ts')).unrecorded(out, ignored, bypass))
      return (await load()).pass(out, why)
    },
  }
}

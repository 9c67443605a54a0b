/** A stored response as those see it who look through the cache. */
import { StowawayError } from '../errors.ts'
import { policyOf } from '../exchange/call.ts'
import { fromStore } from '../exchange/respond.ts'
import type { Storage } from '../exchange/storage.ts'
import { describe } from '../exchange/upstream.ts'
import type { Outgoing } from '../exchange/upstream.ts'
import { cacheKeyOf } from '../key/key.ts'
import { ignoredNames } from '../key/redact.ts'
import type { MatchedRule } from '../options/rules.ts'
import type { RequestLike } from '../options/types.ts'
import { presetOf } from '../options/modes.ts'
import { merge } from '../options/settings.ts'
import type { ParsedRequestOptions } from '../options/settings.ts'
import { isFresh, lifeOf } from '../policy.ts'
import type { Life, Policy } from '../policy.ts'
import { readEntry } from '../record.ts'
import type { Stored } from '../record.ts'
import type { CachedResponse } from '../response.ts'
import { requestFacts } from '../rfc9111/messages.ts'
import type { TargetedReader } from '../rfc9111/messages.ts'
import { isOverriding } from '../standards/method-override.ts'
import type { Entry } from '../store.ts'
import type { Context } from './context.ts'
import type { CachedEntry } from './types.ts'

/** An entry under the present settings. */
export interface Seen {
  readonly entry: Entry
  readonly state: CachedEntry['state']
  /** Undefined where the record can't be read. */
  readonly readable: Readable | undefined
  /** When it stops being fresh: ms since the epoch, or Infinity. */
  readonly expires: number
}

export interface Readable {
  readonly stored: Stored
  readonly life: Life
  readonly policy: Policy
}

/** A rule's function is told what is known of the request. */
export const requestLike = (method: string, url: string): Pick<Outgoing, 'method' | 'url'> & { headers: Headers } => ({
  method,
  url,
  headers: new Headers(),
})

/** The same, which tells whether a header field was asked for: what depends on one can't be worked out again. */
export function watchedRequest(method: string, url: string): ReturnType<typeof requestLike> & { asked(): boolean } {
  const headers = new Headers()
  let asked = false
  const watch = (name: string): void => void (asked ||= !isOverriding(name.toLowerCase()))
  headers.get = (name) => (watch(name), null)
  headers.has = (name) => (watch(name), false)
  return { method, url, headers, asked: () => asked }
}

const NO_METHODS: ReadonlySet<string> = new Set()

/** What holds for a URL when nothing is said with the request. */
export function standing(
  { options }: Context,
  request: RequestLike,
): { readonly rule: MatchedRule | undefined; readonly settings: ParsedRequestOptions } {
  const rule = options.match(request)
  return { rule, settings: merge(options.cache.settings, rule?.settings, presetOf(options.cache.mode)?.settings ?? {}) }
}

/** Looks at entries; policies are the same for all that a rule is for. */
export function createView(context: Context, targeted: TargetedReader | undefined): (entry: Entry) => Seen {
  const policies = new Map<MatchedRule | undefined, Policy>()

  function policyFor(method: string, url: string): Policy {
    const { rule, settings } = standing(context, requestLike(method, url))
    const said = presetOf(context.options.cache.mode)?.settings ?? {}
    const policy =
      policies.get(rule) ?? policyOf({ mode: 'default' }, said, rule, settings, NO_METHODS, context.options, targeted)
    policies.set(rule, policy)
    return policy
  }

  return (entry) => {
    const stored = readEntry(entry, targeted)
    if (!stored) return { entry, state: 'invalid', readable: undefined, expires: 0 }
    const policy = policyFor(stored.record.method, stored.record.url)
    const life = lifeOf(stored, policy, context.now())
    const state = isFresh(life) ? 'valid' : 'expired'
    return { entry, state, readable: { stored, life, policy }, expires: life.expires }
  }
}

/** As `CachedEntry` says. */
export function entryOf(seen: Seen, context: Context, storage: Storage): CachedEntry {
  const { entry, expires, readable, state } = seen
  const { key, meta, size, usedAt } = entry
  const record = readable?.stored.record
  return {
    cacheKey: cacheKeyOf(key),
    method: record?.method ?? '',
    url: record?.url ?? '',
    status: record?.status ?? 0,
    statusText: record?.statusText ?? '',
    headers: new Headers(record?.fields.map(([name, value]): [string, string] => [name, value])),
    createdAt: new Date(meta.createdAt),
    validatedAt: new Date(record?.responseTime ?? meta.createdAt),
    expires: Number.isFinite(expires) && record ? new Date(expires) : null,
    isExpired: state !== 'valid',
    lastUsed: usedAt === undefined ? null : new Date(usedAt),
    size,
    tags: record ? meta.tags : [],
    state,
    response: () => responseOf(seen, context, storage),
  }
}

export const gone = (entry: Entry): StowawayError =>
  new StowawayError('gone', `${cacheKeyOf(entry.key)} was replaced or removed meanwhile, or can't be read`)

/** Rejects with `gone`. */
export async function responseOf(
  { entry, readable }: Seen,
  context: Context,
  storage: Storage,
): Promise<CachedResponse> {
  const out = readable && describe(readable.stored.record.url, { method: readable.stored.record.method })
  if (!out) throw gone(entry)
  const { life, policy, stored } = readable
  const call = {
    out,
    policy,
    request: requestFacts(out.method, out.url, out.headers),
    rule: undefined,
    ignored: ignoredNames(),
    key: { key: entry.key, identity: '', cacheKey: cacheKeyOf(entry.key) },
    presented: { method: out.method, identity: '', follows: true, range: null, selecting: () => ({}) },
    waitUntil: undefined,
  }
  const serving = { life, status: { hit: true }, why: 'asked for by name' } as const
  const { now, report } = context
  const response = await fromStore(call, stored, serving, { now, report, storage: () => storage })
  if (!response) throw gone(entry)
  return response
}

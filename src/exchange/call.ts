/** One request, prepared: what holds for it, what it is stored under, and how it presents itself to what is stored. */
import type { Configured } from '../configured.ts'
import { keyOf } from '../key/key.ts'
import type { RequestKey } from '../key/key.ts'
import type { Digest } from '../key/digest.ts'
import { REDACTED, ignoredOf, isCredentialHeader, redactUrl } from '../key/redact.ts'
import type { Ignored } from '../key/redact.ts'
import type { MatchedRule, Matcher } from '../options/rules.ts'
import { merge } from '../options/settings.ts'
import type { ParsedCacheOptions, ParsedRequestOptions } from '../options/settings.ts'
import type { WaitUntil } from '../options/types.ts'
import type { GivenLifetime, Policy } from '../policy.ts'
import { selectingFields } from '../rfc9111/4-1-vary.ts'
import { requestFacts } from '../rfc9111/messages.ts'
import type { RequestFacts, TargetedReader } from '../rfc9111/messages.ts'
import type { Presented } from '../select.ts'
import { isOverriding, overriding } from '../standards/method-override.ts'
import type { Outgoing } from './upstream.ts'

export interface Call {
  readonly out: Outgoing
  readonly request: RequestFacts
  readonly policy: Policy
  readonly rule: MatchedRule | undefined
  readonly ignored: Ignored
  readonly key: RequestKey
  readonly presented: Presented
  readonly waitUntil: WaitUntil | undefined
}

/** Why the cache has no part in a request. */
export interface Bypass {
  readonly bypass: string
  /** RFC 9211 §2.2 */
  readonly fwd: 'bypass' | 'method'
  readonly rule: MatchedRule | undefined
  /** Nothing becomes invalid by it (§4.4): DO_NOT_CACHE deletes nothing either. */
  readonly inert: boolean
  /** Of other methods than GET and HEAD nothing becomes invalid by it. */
  readonly spares?: boolean
  /** It may not go to the origin. */
  readonly onlyIfCached: boolean
  readonly ignored: Ignored
  /** It should have been recorded. */
  readonly missed: boolean
}

const DEFAULT_METHODS = new Set(['GET', 'HEAD', 'QUERY'])
const DEFAULT_CODES = new Set([200])
/** With `matchHeaders: true`: all but those that steer the cache and the transfer. */
const STEERING = /^(?:cache-control|pragma|range|if-.+|connection)$/

export interface CallOptions extends Configured {
  readonly cache: ParsedCacheOptions
  readonly match: Matcher
  /** The keyed digest of the store. */
  readonly digest: (readOnly: boolean) => Promise<Digest>
  /** Whether the platform adds cookies of its own, so that the credentials mode tells requests apart. */
  readonly ambientCredentials: boolean
}

export async function prepare(
  out: Outgoing,
  asked: ParsedRequestOptions,
  options: CallOptions,
): Promise<Call | Bypass> {
  const { cache, preset } = options
  const rule = options.match(out)
  const said = preset ? { ...asked, ...preset.settings } : asked
  const settings = merge(cache.settings, rule?.settings, said)
  const lifetime = asked.expireAfter ?? rule?.settings.expireAfter ?? cache.settings.expireAfter
  const request = requestFacts(out.method, out.url, out.headers)
  const off = settings.disabled ? 'disabled' : lifetime === 'do-not-cache' ? 'DO_NOT_CACHE' : undefined
  const inert = off !== undefined || settings.readOnly === true || preset?.taped === true
  const onlyIfCached = settings.onlyIfCached || request.cacheControl.onlyIfCached || out.mode === 'only-if-cached'
  const found = ignoredOf(settings.ignoredParameters)
  const ignored = found instanceof Promise ? await found : found
  const bypass = (why: string, fwd: Bypass['fwd'] = 'bypass'): Bypass => ({
    bypass: why,
    fwd,
    rule,
    inert,
    onlyIfCached,
    ignored,
    missed: preset?.taped === true && off === undefined,
  })
  if (off !== undefined) return bypass(off)
  const methods = settings.allowableMethods ?? DEFAULT_METHODS
  const names = [...out.headers.keys()]
  const overrides = names.some(isOverriding) ? overriding(out.headers) : []
  const unused = [out.method, ...overrides].find((method) => !methods.has(method))
  if (!preset?.taped && unused !== undefined) return bypass(`method ${unused}`, 'method')
  const policy = policyOf(out, said, rule, settings, methods, options, options.targeted)
  if (policy.mode === 'no-store') return bypass('no-store')
  const body = out.hasBody ? await bodyOf(out) : undefined
  const refused = preset?.taped ? undefined : refusedOperation(out, body, settings.operations)
  const operation = refused && (await refused)
  if (operation !== undefined) return { ...bypass(`operation ${operation}`), spares: true }
  const key = await requestKey(
    overrides.length > 0 ? overridden(out, overrides) : out,
    body,
    ignored,
    policy,
    settings.keyFn,
    options,
  )
  if (!key) return bypass('a body that can be read only once')
  const { matchHeaders, taped } = policy
  const hidden =
    matchHeaders === true ||
    names.some((name) => isCredentialHeader(name, ignored) && (!taped || matchHeaders.includes(name)))
  const presented = present(out, key.identity, ignored, hidden ? await options.digest(policy.readOnly) : undefined)
  // It may have to be asked twice, and a Request is used up by the first.
  const again = body instanceof Uint8Array ? { ...out, init: { ...out.init, body } } : out
  return {
    out: again,
    request,
    policy,
    rule,
    ignored,
    key,
    presented,
    waitUntil: settings.waitUntil ?? cache.waitUntil,
  }
}

export function policyOf(
  { mode }: Pick<Outgoing, 'mode'>,
  asked: ParsedRequestOptions,
  rule: MatchedRule | undefined,
  settings: ParsedRequestOptions,
  methods: ReadonlySet<string>,
  { basis, cache, preset }: CallOptions,
  targeted: TargetedReader | undefined,
): Policy {
  // Fetch has it reject where nothing is stored.
  const forced = preset?.mode === 'force-cache' && mode === 'only-if-cached' ? mode : preset?.mode
  return {
    mode: forced ?? (settings.forceRefresh ? 'reload' : settings.refresh ? 'no-cache' : mode),
    shared: cache.shared,
    targeted,
    cacheControl: settings.cacheControl ?? true,
    methods,
    codes: settings.allowableCodes ?? DEFAULT_CODES,
    requestLifetime: given(asked.expireAfter),
    ruleLifetime: given(rule?.settings.expireAfter),
    cacheLifetime: given(cache.settings.expireAfter),
    staleWhileRevalidate: settings.staleWhileRevalidate,
    staleIfError: settings.staleIfError,
    onlyIfCached: settings.onlyIfCached ?? false,
    alwaysRevalidate: settings.alwaysRevalidate ?? false,
    matchHeaders: settings.matchHeaders ?? [],
    noVarySearch: settings.noVarySearch,
    tags: settings.tags ?? [],
    readOnly: settings.readOnly ?? false,
    filter: settings.filterFn,
    taped: preset?.taped ?? false,
    // Others, who were told nothing of it, would work it out otherwise.
    basis: asked.cacheControl === undefined ? basis : `${basis}${asked.cacheControl ? '+' : '!'}`,
  }
}

/** A wider DO_NOT_CACHE gives way to a narrower lifetime, as checked before. */
function given(lifetime: ParsedRequestOptions['expireAfter']): GivenLifetime | undefined {
  return lifetime === 'do-not-cache' ? undefined : lifetime
}

async function requestKey(
  out: Outgoing,
  body: RequestInit['body'],
  ignored: Ignored,
  { noVarySearch, readOnly, taped }: Policy,
  keyFn: ParsedRequestOptions['keyFn'],
  { ambientCredentials, cache, digest }: CallOptions,
): Promise<RequestKey | undefined> {
  return keyOf(
    {
      method: out.method,
      url: noVarySearch
        ? (await import('../standards/no-vary-search.ts')).simplifySearch(out.url, noVarySearch)
        : out.url,
      headers: out.headers,
      body,
      credentials: ambientCredentials ? out.credentials : undefined,
    },
    { ignored, keyFn, anonymous: taped, partition: cache.partition, digest: () => digest(readOnly) },
  )
}

/** What `init` gives stays unread; a Request's body, always a stream, is read from a copy. */
async function bodyOf({ init, input }: Outgoing): Promise<RequestInit['body']> {
  if (init.body || !(input instanceof Request)) return init.body
  const { readCopy } = await import('../key/body.ts')
  return readCopy(input)
}

/** Undefined, without a promise, for what can be neither GraphQL nor JSON-RPC, as most requests. */
function refusedOperation(
  { headers, url }: Outgoing,
  body: RequestInit['body'],
  patterns: readonly string[] | undefined,
): Promise<string | undefined> | undefined {
  if (!body && !/[?&]query=/.test(url)) return undefined
  return import('../key/operation.ts').then((it) => it.refusedOperation({ url, headers, body }, patterns))
}

/** No method has a `>` in it, so neither can be taken for one. */
function overridden(out: Outgoing, overrides: readonly string[]): Outgoing {
  return { ...out, method: [out.method, ...overrides.map(encodeURIComponent)].join('>') }
}

function present(
  { headers, method, redirect }: Outgoing,
  identity: string,
  ignored: Ignored,
  digest: Digest | undefined,
): Presented {
  const shown = ([name, value]: readonly [string, string]): readonly [string, string] => [
    name,
    ignored.isIgnored(name) && !isCredentialHeader(name, ignored) ? REDACTED : value,
  ]
  const everything = (): string => JSON.stringify([...headers].filter(([name]) => !STEERING.test(name)).map(shown))
  const all = { get: (name: string): string | null => (name === '*' ? everything() : headers.get(name)) }
  // The digest was loaded where any header has something to hide, but for recordings, which are for whoever has them.
  const protect = (name: string, value: string): string => {
    if (name === '*' || isCredentialHeader(name, ignored)) return digest ? digest([name, value]) : REDACTED
    if (name === 'referer') return redactUrl(value, ignored).url
    return ignored.isIgnored(name) ? REDACTED : value
  }
  const range = headers.has('if-range') ? null : headers.get('range')
  return {
    method,
    identity,
    follows: redirect === 'follow',
    range,
    selecting: (names) => selectingFields(names, all, protect),
  }
}

/** Stands where a secret or ignored value stood. */
export const REDACTED = 'REDACTED'

/** Names whose values are secrets in query, headers, form and JSON bodies. Compared case-insensitively. */
export const DEFAULT_IGNORED_PARAMETERS: readonly string[] = [
  'Authorization',
  'Proxy-Authorization',
  'X-API-Key',
  'X-Auth-Token',
  'X-API-Token',
  'X-Access-Token',
  'access_token',
  'api_key',
  'apikey',
]

/** Which names are redacted, and how they match. Both compare case-insensitively. */
export interface Ignored {
  /** On the default list: the value takes part in matching as a digest. */
  isSecret(name: string): boolean
  /** On the default list or added by the developer; what was only added has no value in matching. */
  isIgnored(name: string): boolean
  /** Values in JSON bodies that are ignored by where they stand. */
  readonly paths?: readonly Path[]
}

/** From the root down. */
export type Path = readonly Step[]
/** Whether a step leads to this member, or to the item with this index. */
export type Step = (key: string | number) => boolean

const SECRET = new Set(DEFAULT_IGNORED_PARAMETERS.map((name) => name.toLowerCase()))
const isSecret = (name: string): boolean => SECRET.has(name.toLowerCase())
const DEFAULTS: Ignored = { isSecret, isIgnored: isSecret }

/** A name that is on the default list stays a secret when the developer adds it too. */
export function ignoredNames(added?: ReadonlySet<string>): Ignored {
  if (!added || added.size === 0) return DEFAULTS
  const names = new Set([...added].map((name) => name.toLowerCase()))
  return { isSecret, isIgnored: (name) => isSecret(name) || names.has(name.toLowerCase()) }
}

const known = new WeakMap<ReadonlySet<string>, Ignored>()

/** The same, where some of what was added may be patterns or paths: these are loaded when there are any. */
export function ignoredOf(added: ReadonlySet<string> | undefined): Ignored | Promise<Ignored> {
  if (!added) return DEFAULTS
  const ignored = known.get(added)
  if (ignored) return ignored
  const remember = (found: Ignored): Ignored => (known.set(added, found), found)
  return [...added].some((name) => /[*.[]/.test(name))
    ? import('./patterns.ts').then(({ ignoredPatterns }) => remember(ignoredPatterns(added)))
    : remember(ignoredNames(added))
}

/** Text without its secrets, and for each of them name and value in turn, for the digest. */
export interface Redacted {
  readonly text: string
  readonly secrets: readonly string[]
}

export interface RedactedUrl {
  readonly url: string
  readonly secrets: readonly string[]
}

// The form decoder never throws; the `&` keeps it from taking a leading `?` off the name.
const decodeName = (name: string): string =>
  /[%+]/.test(name) ? ([...new URLSearchParams(`&${name}=`).keys()][0] ?? '') : name

/** Redacts an `application/x-www-form-urlencoded` list; a name without `=` has no value to hide. */
export function redactPairs(list: string, ignored: Ignored): Redacted {
  const secrets: string[] = []
  const pairs = list.split('&').map((pair) => {
    const equals = pair.indexOf('=')
    const name = decodeName(pair.slice(0, Math.max(equals, 0)))
    if (equals < 0 || !ignored.isIgnored(name)) return pair
    if (ignored.isSecret(name)) secrets.push(name, pair.slice(equals + 1))
    return `${pair.slice(0, equals + 1)}${REDACTED}`
  })
  return { text: pairs.join('&'), secrets }
}

/** URLs in which there was nothing to redact. Of others none is remembered. */
const clean = new WeakMap<Ignored, Set<string>>()

function remember(url: string, ignored: Ignored): void {
  if (url.length > 1000) return
  const known = clean.get(ignored)
  if (known && known.size < 1000) known.add(url)
  else clean.set(ignored, new Set([url]))
}

/**
 * Redacts query, fragment (which carries tokens in OAuth's implicit flow) and user information of an URL; everything
 * else stays byte by byte. `secrets` holds name and value of each secret in turn.
 */
export function redactUrl(url: string, ignored: Ignored): RedactedUrl {
  const secrets: string[] = []
  if (!/[?#@]/.test(url) || clean.get(ignored)?.has(url)) return { url, secrets }
  const withoutUser = url.replace(/^([^/?#]*\/\/)([^/?#]*)@/, (_, before: string, userinfo: string) => {
    secrets.push('userinfo', userinfo)
    return `${before}${REDACTED}@`
  })
  const redacted = withoutUser.replace(/([?#])([^#]*)/g, (_, mark: string, list: string) => {
    const pairs = redactPairs(list, ignored)
    secrets.push(...pairs.secrets)
    return mark + pairs.text
  })
  if (redacted === url && secrets.length === 0) remember(url, ignored)
  return { url: redacted, secrets }
}

/** `Cookie` is a credential in headers only: elsewhere the name means nothing. */
export const isCredentialHeader = (name: string, ignored: Ignored): boolean =>
  ignored.isSecret(name) || name.toLowerCase() === 'cookie'

export const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  a < b ? -1 : a > b ? 1 : 0

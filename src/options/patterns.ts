/** A rule's pattern as text, made into what URLPattern takes. */

/** The standard's class, native or not: one in which what a pattern does not name is free (`new URLPattern('https://a').search` is `*`). */
export type URLPatternConstructor = new (pattern: string) => {
  readonly username: string
  readonly password: string
  readonly hostname: string
  readonly pathname: string
  readonly hash: string
  test(url: string): boolean
}

/** `://` before any path or query; a `?` belongs to the scheme only as a modifier, as in `http{s}?`. */
const SCHEME = /^(?:[^/?#]|[*+)}]\?)*:\/\//
/** With `http{s}?` neither would count as the default port that URLs leave out. */
const DEFAULT_PORT = /^[^/?#]*:(80|443)(?![^/?#])/
/** An IPv6 address in its brackets, where a colon would begin a named group. */
const BRACKETS = /^([^/[]*(?:\/\/)?[^/[]*)\[([\da-f:.]+)\]/i
/** After `*` a question mark makes it optional, which a wildcard is anyway; before `name=` a query is meant. */
const QUERY_AFTER_WILDCARD = /\*\?(?=[^/?*{(:]*=)/

/** Throws whatever the class throws, and for what could never match. */
export function compilePattern(pattern: string, URLPattern: URLPatternConstructor): InstanceType<URLPatternConstructor> {
  const compiled = new URLPattern(toAbsolute(pattern))
  if (!compiled.hostname && !SCHEME.test(pattern)) throw new TypeError('no host')
  if (compiled.username !== '*' || compiled.password !== '*') throw new TypeError('a URL that is fetched has no credentials')
  if (compiled.hash !== '*') throw new TypeError('the fragment never counts')
  return compiled
}

function toAbsolute(pattern: string): string {
  if (pattern.startsWith('//')) throw new TypeError('a pathname begins with one slash')
  const escaped = pattern.replace(BRACKETS, escapeAddress).replace(QUERY_AFTER_WILDCARD, '*\\?')
  if (pattern.startsWith('/')) return `*://*:*${escaped}`
  if (SCHEME.test(pattern)) return escaped
  const [, port] = DEFAULT_PORT.exec(pattern) ?? []
  return `${port === '80' ? 'http' : port === '443' ? 'https' : 'http{s}?'}://${escaped}`
}

function escapeAddress(_: string, before: string, address: string): string {
  return before + new URL(`http://[${address}]`).hostname.replaceAll(':', '\\:')
}

/** A rule's pattern as text, made into what URLPattern takes. */

/** The standard's class, native or not: one in which what a pattern does not name is free (`new URLPattern('https://a').search` is `*`). */
export type URLPatternConstructor = new (
  pattern: string,
) => {
  readonly username: string
  readonly password: string
  readonly hostname: string
  readonly hash: string
  test(url: string | object): boolean
}

/** `://` before any path or query; a `?` belongs to the scheme only as a modifier, as in `http{s}?`. */
const SCHEME = /^(?:[^/?#]|[*+)}]\?)*:\/\//
/** With `http{s}?` neither would count as the default port that URLs leave out. */
const DEFAULT_PORT = /^[^/?#]*:(80|443)(?![^/?#])/
/** An IPv6 address in its brackets, where a colon would begin a named group. */
const BRACKETS = /^([^/[]*(?:\/\/)?[^/[]*)\[([\da-f:.]+)\]/i
/** After `*` a question mark makes it optional, which a wildcard is anyway; before `name=` a query is meant. */
const QUERY_AFTER_WILDCARD = /\*\?(?=[^/?*{(:]*=)/

/** A URL whose pathname begins with two slashes, which `urlpattern-polyfill` takes for a host. */
const TWO_SLASHES = /^https?:\/\/[^/]*\/\//

/** Whether a URL matches. Throws whatever the class throws, and for what could never match. */
export function compilePattern(text: string, URLPattern: URLPatternConstructor): (url: string) => boolean {
  const pattern = new URLPattern(toAbsolute(text))
  if (!pattern.hostname) throw new TypeError('no host')
  if (pattern.username !== '*' || pattern.password !== '*') throw new TypeError('URLs are fetched without credentials')
  if (pattern.hash !== '*') throw new TypeError('the fragment never counts')
  return (url) => pattern.test(TWO_SLASHES.test(url) ? inParts(url) : url)
}

/** The dot goes when the pathname is parsed, and keeps its slashes from being the first. */
function inParts(url: string): object {
  const { protocol, hostname, port, pathname, search } = new URL(url)
  return { protocol, hostname, port, pathname: `/.${pathname}`, search }
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

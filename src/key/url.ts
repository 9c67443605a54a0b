/**
 * Decodes percent-escapes of unreserved characters (RFC 3986 §2.3, §6.2.2.2) and upper-cases the hex digits of all others.
 * Text with a malformed escape stays as it is: decoding beside a stray `%` could form an escape that was not there.
 */
export function normalizeEscapes(text: string): string {
  if (!text.includes('%') || /%(?![\da-f]{2})/i.test(text)) return text
  return text.replace(/%../g, (escape) => {
    const char = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return /[\w.~-]/.test(char) ? char : escape.toUpperCase()
  })
}

/**
 * The form in which an URL counts for matching. `href` has been through the WHATWG parser, which settles case, default
 * port and dot segments; what remains is the fragment and RFC 3986 §6.2.2. Order, `//`, `%2F`, `%2B`, `?a=` are kept.
 */
export function normalizeUrl(href: string): string {
  return normalizeEscapes(withoutFragment(href))
}

export function withoutFragment(url: string): string {
  const fragment = url.indexOf('#')
  return fragment < 0 ? url : url.slice(0, fragment)
}

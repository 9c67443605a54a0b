/**
 * Any JavaScript string as text that every driver gives back unchanged: Node 22 ends a text at its first NUL, and lone
 * surrogates have no UTF-8. Such strings become JSON behind a mark.
 */
export function toText(value: string): string {
  const odd = value.includes('\0') || value.includes(MARK) || /\p{Surrogate}/u.test(value)
  return odd ? MARK + JSON.stringify(value) : value
}

const MARK = '\u0001'

/** Throws on what `toText` never gives. */
export function fromText(text: string): string {
  return text.startsWith(MARK) ? String(JSON.parse(text.slice(1))) : text
}

/**
 * Any JavaScript string as text that every driver gives back unchanged: Node 22 ends a text at its first NUL, and lone
 * surrogates have no UTF-8. Such strings become JSON behind a mark.
 */
export function toText(value: string): string {
  return ODD.test(value) ? `\u0001${JSON.stringify(value)}` : value
}

const ODD = /[\0\u0001]|\p{Surrogate}/u

/** Throws on what `toText` never gives. */
export function fromText(text: string): string {
  return text.startsWith('\u0001') ? String(JSON.parse(text.slice(1))) : text
}

/**
 * Any JavaScript string as text that every driver gives back unchanged, and that SQLite, which compares UTF-8, has in the
 * order of code units: Node 22 ends a text at its first NUL, lone surrogates have no UTF-8, and pairs of them come last there.
 */
export const toText = (value: string): string => value.replace(ODD, escaped)

// With each mark goes what begins with it: a mark is followed by what keeps the order of all that it stands for.
const [LOW, HIGH, FIRST] = ['\u0001', '\uE000', 0x4e00]
// oxlint-disable-next-line no-control-regex -- these are what it is about
const ODD = /[\0\u0001\uD800-\uE000]/g
// oxlint-disable-next-line no-control-regex -- as above
const ESCAPED = /[\u0001\uE000][^]?/g

function escaped(unit: string): string {
  const code = unit.charCodeAt(0)
  return code <= 1 ? LOW + String.fromCharCode(code + 1) : HIGH + String.fromCharCode(code - 0xd800 + FIRST)
}

/** Throws on what `toText` never gives. */
export const fromText = (text: string): string => text.replace(ESCAPED, unescaped)

/** The same, but what `toText` never gives as it is: to be told of, where an error would keep it for ever. */
export function legible(text: string): string {
  try {
    return fromText(text)
  } catch {
    return text
  }
}

function unescaped(pair: string): string {
  const code = pair.charCodeAt(1)
  const unit = String.fromCharCode(pair.startsWith(LOW) ? code - 1 : code - FIRST + 0xd800)
  if (escaped(unit) !== pair) throw new RangeError('No text of a store')
  return unit
}

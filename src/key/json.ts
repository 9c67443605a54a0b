import { REDACTED, byName } from './redact.ts'

/**
 * JSON text with the members of objects sorted at every depth (repeated names keep their order), without white space,
 * and with the value of each member that `redact` names replaced. Arrays keep their order. Numbers keep their source
 * text, for a round trip through doubles would make `1.0` and `1`, or two long integers, the same.
 *
 * Throws where `text` is not JSON, or nests deeper than the stack.
 */
export function canonicalJson(text: string, redact: (name: string) => boolean): string {
  JSON.parse(text) // From here on the scanner may take the grammar for granted.
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g
  const next = (): string => tokens.exec(text)?.[0] ?? ''

  function value(token: string): string {
    if (token === '[') return `[${items(value, ']').join()}]`
    if (token === '{') return `{${items(member, '}').sort(byName).map(print).join()}}`
    return token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token
  }
  function items<T>(item: (token: string) => T, end: string): T[] {
    const list: T[] = []
    for (let token = next(); token !== end && token !== ''; token = next()) if (token !== ',') list.push(item(token))
    return list
  }
  function member(token: string): readonly [string, string] {
    next() // the colon
    return [String(JSON.parse(token)), value(next())]
  }
  const print = ([name, of]: readonly [string, string]): string =>
    `${JSON.stringify(name)}:${redact(name) ? `"${REDACTED}"` : of}`

  return value(next())
}

import { REDACTED, byName } from './redact.ts'
import type { Path } from './redact.ts'

/**
 * JSON text with the members of objects sorted at every depth (repeated names keep their order), without white space,
 * and with the value of each member that `redact` names, and of all that `paths` lead to, replaced. Arrays keep their
 * order. Numbers keep their source text, for a round trip through doubles would make `1.0` and `1`, or two long integers, the same.
 *
 * Throws where `text` is not JSON, or nests deeper than the stack.
 */
export function canonicalJson(text: string, redact: (name: string) => boolean, paths: readonly Path[] = []): string {
  JSON.parse(text) // From here on the scanner may take the grammar for granted.
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g
  const next = (): string => tokens.exec(text)?.[0] ?? ''

  function value(token: string, at: readonly Path[]): string {
    if (token === '[') return `[${items((first, index) => shown(first, under(at, index)), ']').join()}]`
    if (token === '{')
      return `{${items((name) => member(name, at), '}')
        .sort(byName)
        .map(print)
        .join()}}`
    return token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token
  }
  function items<T>(item: (token: string, index: number) => T, end: string): T[] {
    const list: T[] = []
    for (let token = next(); token !== end && token !== ''; token = next())
      if (token !== ',') list.push(item(token, list.length))
    return list
  }
  function member(token: string, at: readonly Path[]): readonly [string, string] {
    next() // the colon
    const name = String(JSON.parse(token))
    return [name, shown(next(), under(at, name))]
  }
  function shown(token: string, at: readonly Path[]): string {
    const of = value(token, at)
    return at.some((path) => path.length === 0) ? `"${REDACTED}"` : of
  }
  const print = ([name, of]: readonly [string, string]): string =>
    `${JSON.stringify(name)}:${redact(name) ? `"${REDACTED}"` : of}`

  return value(next(), paths)
}

/** What is left of the paths one step further down. */
function under(paths: readonly Path[], key: string | number): readonly Path[] {
  return paths.length === 0 ? paths : paths.filter(([step]) => step?.(key)).map((path) => path.slice(1))
}

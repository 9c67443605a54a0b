/** The operations of a GraphQL document, by its outermost definitions (GraphQL §2.2 to §2.4); what is in them is only skipped. */

export interface Definition {
  readonly kind: 'query' | 'mutation' | 'subscription'
  /** Empty where it has none. */
  readonly name: string
}

/** §2.1, but for strings, whose quote alone it takes: these may be too long for a pattern. */
const TOKEN = /[\s,\uFEFF]+|#[^\n\r]*|[A-Za-z_]\w*|-?\d[\w.+-]*|\.{3}|[!$&:=@|()[\]{}"]/y
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Undefined for what is no executable document. Takes time in proportion to the length, and throws nothing. */
export function operationsIn(document: string): readonly Definition[] | undefined {
  const found: Definition[] = []
  const open: string[] = []
  let head: string[] = []
  for (let at = 0; at < document.length; ) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(document)?.[0]
    if (token === undefined) return undefined
    at = token === '"' ? endOfString(document, at) : at + token.length
    if (at < 0) return undefined
    if (/^[\s,#\uFEFF]/.test(token)) continue
    const closing = CLOSING[token]
    if (open.length === 0) {
      // A description stands before its definition.
      if (token === '"' ? head.length > 0 : /^[)\]}]$/.test(token)) return undefined
      if (token !== '"' && token !== '{' && head.length < 2) head.push(token)
    }
    if (closing) open.push(closing)
    else if (/^[)\]}]$/.test(token)) {
      if (open.pop() !== token) return undefined
      if (open.length > 0 || token !== '}') continue
      const definition = definitionOf(head)
      if (definition === undefined) return undefined
      if (definition) found.push(definition)
      head = []
    }
  }
  return open.length === 0 && head.length === 0 ? found : undefined
}

/** Null for a fragment, undefined for what can't be executed. */
function definitionOf([kind = 'query', name = '']: readonly string[]): Definition | null | undefined {
  if (kind === 'fragment') return null
  if (kind !== 'query' && kind !== 'mutation' && kind !== 'subscription') return undefined
  return { kind, name: /^\w/.test(name) ? name : '' }
}

/** §2.9.4: the index behind the string that begins at `start`, or -1 where it has no end. */
function endOfString(text: string, start: number): number {
  if (text.startsWith('"""', start)) {
    let end = text.indexOf('"""', start + 3)
    while (end > 0 && text[end - 1] === '\\') end = text.indexOf('"""', end + 3)
    return end < 0 ? -1 : end + 3
  }
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]
    if (char === '"') return at + 1
    if (char === '\n' || char === '\r') return -1
    if (char === '\\') at++
  }
  return -1
}

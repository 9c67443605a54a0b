/** Bodies that requests-cache wrote to be read: JSON as members of the record, text as text (`decode_content`). */
import type { Bytes } from '../bytes.ts'

export interface Content {
  /** Undefined where the body is not of this kind. */
  readonly bytes?: Bytes
  /** The type, where its charset is no longer right. */
  readonly relabel?: string
}

const NAME = '_decoded_content'
const JSON_TYPE = /^[^;]*\bjson\b/i
const LATIN1 = /^(?:iso-8859-1|latin-?1|windows-1252|cp1252)$/i
const UTF8 = /^(?:utf-?8(?:-sig)?|us-ascii|ascii)$/i
const CHARSET = /(;\s*charset=)"?([^";\s]+)"?/i

export function contentOf(text: string, record: Readonly<Record<string, unknown>>): Content {
  const content = record[NAME]
  if (content === undefined || content === null) return {}
  const type = typeOf(record['headers'])
  const bytes = (of: string): Bytes => new TextEncoder().encode(of)
  // As it stands in the record: numbers that JavaScript does not have stay what they are.
  if (typeof content !== 'string' || JSON_TYPE.test(type)) return { bytes: bytes(sourceOf(text)) }
  const said = CHARSET.exec(type)?.[2]
  const charset = said ?? (typeof record['encoding'] === 'string' ? record['encoding'] : 'utf-8')
  if (LATIN1.test(charset) && /^[\0-\xff]*$/.test(content))
    return { bytes: new Uint8Array(Buffer.from(content, 'latin1')) }
  if (said === undefined || UTF8.test(said)) return { bytes: bytes(content) }
  return { bytes: bytes(content), relabel: type.replace(CHARSET, '$1utf-8') }
}

function typeOf(headers: unknown): string {
  const found = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')
  return String(found?.[1] ?? '')
}

/** A text as far as its next quotation mark or backslash. */
const PLAIN = /["\\]/g
const TOKEN = /[[\]{},:]|[^\s[\]{},:"]+|"/g

/** Where a text ends that begins before `from`. Not by one expression: each escape would take room on its stack. */
function endOf(text: string, from: number): number {
  PLAIN.lastIndex = from
  for (let next = PLAIN.exec(text); next; next = PLAIN.exec(text)) {
    if (next[0] === '"') return PLAIN.lastIndex
    PLAIN.lastIndex++
  }
  return text.length
}

/** The text of that member of an object, which is known to be JSON and to have it. */
function sourceOf(text: string): string {
  let [depth, found, start, name] = [0, '', -1, '']
  TOKEN.lastIndex = 0
  for (let next = TOKEN.exec(text); next; next = TOKEN.exec(text)) {
    const [{ index }, token] = [next, next[0]]
    if (token === '"') TOKEN.lastIndex = endOf(text, index + 1)
    if (depth === 1 && start >= 0 && (token === ',' || token === '}')) {
      found = text.slice(start, index).trim()
      start = -1
    }
    if (depth === 1 && token === '"') name = text.slice(index, TOKEN.lastIndex)
    // Before a colon there is a name, which may have escapes.
    if (depth === 1 && token === ':' && start < 0 && JSON.parse(name) === NAME) start = index + 1
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
  }
  return found
}

/** What a request asks a GraphQL or JSON-RPC server to do, and whether the cache may have a part in it. */
import { operationsIn } from '../standards/graphql.ts'
import { readBody } from './body.ts'
import { wildcard } from './wildcard.ts'

interface Operation {
  readonly kind: 'query' | 'mutation' | 'subscription' | 'call'
  readonly name: string
  /** `named`: its text is not known, so that only its own name allows it; `never`: it has no answer to store. */
  readonly only?: 'named' | 'never'
}

/** What can't be told is taken for what does most. */
const UNTOLD: Operation = { kind: 'mutation', name: '' }
const DEFAULT = ['query:*']

export interface OperationRequest {
  readonly url: string
  readonly headers: { get(name: string): string | null }
  /** As given to `fetch`, or buffered. A stream tells nothing, and has no key either. */
  readonly body: unknown
}

/** The first operation that no pattern allows, as text; undefined where all are allowed, or there is none. */
export async function refusedOperation(
  request: OperationRequest,
  patterns: readonly string[] = DEFAULT,
): Promise<string | undefined> {
  const { searchParams } = new URL(request.url)
  const operations = [...inParams(searchParams), ...(await inBody(request, searchParams))]
  const refused = operations.find((operation) => !isAllowed(operation, patterns))
  return refused && `${refused.kind}:${refused.name}`
}

function isAllowed({ kind, name, only }: Operation, patterns: readonly string[]): boolean {
  const text = `${kind}:${name}`
  if (only === 'never') return false
  return only === 'named' ? name !== '' && patterns.includes(text) : patterns.some((pattern) => wildcard(pattern)(text))
}

/** How an executable document begins; other things are called `query`, too. */
const BEGINNING = /^(?:[\s,\uFEFF]|#[^\n\r]*[\n\r])*(?:[{"]|(?:query|mutation|subscription|fragment)\b)/

function inParams(params: URLSearchParams): readonly Operation[] {
  return params
    .getAll('query')
    .filter((text) => BEGINNING.test(text))
    .flatMap((text) => inText(text, params.get('operationName')))
}

async function inBody({ body, headers }: OperationRequest, params: URLSearchParams): Promise<readonly Operation[]> {
  const copy = body === null || body === undefined ? undefined : await readBody(body)
  if (!copy) return []
  const type = headers.get('content-type') ?? copy.generated
  if (/^\s*multipart\//i.test(type)) return inForm(copy.bytes, body instanceof FormData ? copy.generated : type)
  const [, essence = ''] = /^\s*([^\s;]*)/.exec(type.toLowerCase()) ?? []
  const declared = /^application\/graphql$|[/+]json$/.test(essence)
  if (declared && !/^(?:identity)?$/i.test((headers.get('content-encoding') ?? '').trim())) return [UNTOLD]
  const text = new TextDecoder().decode(copy.bytes)
  if (essence === 'application/graphql') return inText(text, params.get('operationName'))
  if (essence === 'application/x-www-form-urlencoded') return inParams(new URLSearchParams(text))
  // Servers take JSON by other names, too.
  return inJson(text)
}

/** The GraphQL multipart request specification. */
async function inForm(bytes: BodyInit, type: string): Promise<readonly Operation[]> {
  try {
    const form = await new Response(bytes, { headers: { 'content-type': type } }).formData()
    const found = await Promise.all(
      form.getAll('operations').map(async (part) => inJson(typeof part === 'string' ? part : await part.text())),
    )
    return found.flat()
  } catch {
    return []
  }
}

function inJson(text: string): readonly Operation[] {
  if (!/^\s*[[{]/.test(text)) return []
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  // Which of two members of one name counts is for each server to say.
  if (namesIn(text) > membersOf(value)) return [UNTOLD]
  if (!Array.isArray(value)) return inMessage(value)
  const found = value.map(inMessage)
  // One of a batch that is none may be one that is not understood here.
  return found.some((of) => of.length > 0) ? found.flatMap((of) => (of.length > 0 ? of : [UNTOLD])) : []
}

/** Outside of strings, each has a colon. By character: of a million escapes a pattern makes no more than an error. */
function namesIn(json: string): number {
  let [count, inString] = [0, false]
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '\\') at++
    else if (char === '"') inString = !inString
    else if (char === ':' && !inString) count++
  }
  return count
}

function membersOf(value: unknown): number {
  let count = 0
  const rest = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next !== 'object' || next === null) continue
    const values: unknown[] = Object.values(next)
    if (!Array.isArray(next)) count += values.length
    for (const one of values) rest.push(one)
  }
  return count
}

function inMessage(message: unknown): readonly Operation[] {
  if (typeof message !== 'object' || message === null) return []
  const found: Operation[] = []
  // Members are only read, and checked before they count.
  const { documentId, extensions, jsonrpc, method, operationName, query } = message as Record<string, unknown>
  if (jsonrpc === '2.0') {
    const call = { kind: 'call', name: typeof method === 'string' ? method : '' } as const
    found.push('id' in message ? call : { ...call, only: 'never' })
  }
  const stored = typeof documentId === 'string' || persistedQuery(extensions)
  if (typeof query === 'string' && query !== '') found.push(...inText(query, operationName))
  else if (stored)
    found.push({ kind: 'query', name: typeof operationName === 'string' ? operationName : '', only: 'named' })
  return found
}

function persistedQuery(extensions: unknown): boolean {
  return typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions
}

/** Without a brace no text is a document: other servers ask for words by the name of `query`. */
function inText(text: string, operationName: unknown): readonly Operation[] {
  if (!text.includes('{')) return []
  const definitions = operationsIn(text) ?? []
  const unnamed = operationName === undefined || operationName === null || operationName === ''
  const meant = unnamed ? definitions : definitions.filter(({ name }) => name === operationName)
  return meant.length === 1 ? meant : [UNTOLD]
}

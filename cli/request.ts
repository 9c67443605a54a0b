/** A request as options describe it. */
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import process from 'node:process'
import type { Values } from './arguments.ts'
import { Failure, usage } from './failure.ts'

export const REQUEST = {
  request: { type: 'string', short: 'X', value: 'METHOD', help: 'ask by this method' },
  header: { type: 'string', short: 'H', multiple: true, value: "'NAME: VALUE'", help: 'send this header' },
} as const

export interface Asked {
  readonly init: RequestInit & { readonly method: string; readonly headers: Headers }
  readonly body: Uint8Array<ArrayBuffer> | undefined
}

/** Throws usage errors. */
export async function initOf(given: Values<typeof REQUEST>, data?: readonly string[], head = false): Promise<Asked> {
  const body = data && (await bodyOf(data))
  if (head && body) throw usage('--head: a HEAD has no --data')
  const method = (given.request ?? (head ? 'HEAD' : body ? 'POST' : 'GET')).toUpperCase()
  if (body && (method === 'GET' || method === 'HEAD'))
    throw usage(`--data: a ${method} has no body; -X QUERY is a GET that has one`)
  const headers = headersOf(given.header ?? [])
  if (body && !headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded')
  const init = { method, headers, ...(body && { body }) }
  check(init)
  return { init, body }
}

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const text of lines) {
    const [, name, value = ''] = /^([^:]+):(.*)$/s.exec(text) ?? []
    try {
      headers.append(name ?? '', value.trim())
    } catch {
      throw usage(`--header: ${JSON.stringify(text)} is not 'Name: value'`)
    }
  }
  return headers
}

/** What `fetch` would refuse is a mistake, and no failure of the network. */
function check(init: RequestInit): void {
  try {
    void new Request('http://localhost/', init)
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

/** Several are joined as the fields of a form are. */
async function bodyOf(data: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for (const text of data) {
    if (parts.length > 0) parts.push(Buffer.from('&'))
    parts.push(text.startsWith('@') ? await contentOf(text.slice(1)) : Buffer.from(text))
  }
  return Uint8Array.from(Buffer.concat(parts))
}

async function contentOf(file: string): Promise<Uint8Array> {
  if (file === '-') return buffer(process.stdin)
  try {
    return readFileSync(file)
  } catch (error) {
    throw new Failure(`--data: ${error instanceof Error ? error.message : String(error)}`)
  }
}

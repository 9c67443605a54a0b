/** A small reverse proxy: node:http in front, the subject's fetch behind. */
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { relayInterim } from './interim.ts'
import { type Listening, listen } from './origin.ts'

const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']

export function startProxy(origin: string, fetch: typeof globalThis.fetch): Promise<Listening> {
  const server = createServer((request, response) => {
    const url = `${origin}${request.url ?? '/'}`
    const answered = request.url?.startsWith('/test/')
      ? serve(url, fetch, request, response)
      : pass(url, request, response)
    // A response cut short, or no response at all, is what a client of a failing proxy sees.
    answered.catch(() => response.destroy())
  })
  return listen(server)
}

async function serve(
  url: string,
  fetch: typeof globalThis.fetch,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET' } = request
  const body = method === 'GET' || method === 'HEAD' ? null : await buffer(request)
  const abort = new AbortController()
  response.once('close', () => abort.abort())
  const init = {
    method,
    headers: endToEnd(pairs(request.rawHeaders), ['host', 'content-length']),
    redirect: 'manual',
    signal: abort.signal,
    dispatcher: relayInterim(response),
    ...(body?.length ? { body } : {}),
  } satisfies RequestInit & { dispatcher: unknown }
  const answer = await fetch(url, init)
  response.writeHead(answer.status, answer.statusText, endToEnd([...answer.headers], decoded(answer)).flat())
  if (!answer.body) response.end()
  // DOM's and Node's declarations of the same stream differ.
  else await pipeline(Readable.fromWeb(answer.body as never), response)
}

/** What describes the coded body no longer holds once fetch has decoded it, which it does if it knows every coding. */
function decoded(answer: Response): string[] {
  const codings = answer.headers.get('content-encoding')?.toLowerCase().split(',')
  const known = codings?.every((coding) => ['gzip', 'x-gzip', 'deflate', 'br', 'zstd'].includes(coding.trim()))
  return answer.body && known ? ['content-encoding', 'content-length'] : []
}

async function pass(url: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, headers } = request
  const upstream = forward(url, { method, headers })
  request.pipe(upstream)
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    upstream.once('response', resolve).once('error', reject),
  )
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  await pipeline(answer, response)
}

/** RFC 9110 §7.6.1: the fields of one connection, and those that `Connection` names, stay behind. */
function endToEnd(fields: readonly [string, string][], also: readonly string[]): [string, string][] {
  const named = fields
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(','))
  const drop = new Set([...hopByHop, ...also, ...named.map((name) => name.trim())])
  return fields.filter(([name]) => !drop.has(name.toLowerCase()))
}

function pairs(raw: readonly string[]): [string, string][] {
  const fields: [string, string][] = []
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i] ?? '', raw[i + 1] ?? ''])
  return fields
}

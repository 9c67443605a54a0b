/** A loopback origin whose answers the test writes, a part at a time. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as the origin sees it, and the answer to it. */
export interface Exchange {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Sends the whole answer. */
  answer(status: number, headers?: OutgoingHttpHeaders, body?: string | Uint8Array): void
  /** Sends the head alone; the body follows by `write` and `end`. */
  head(status: number, headers?: OutgoingHttpHeaders): void
  /** Resolves when the connection took the bytes. */
  write(bytes: string | Uint8Array): Promise<void>
  end(): void
  /** Breaks the connection off. */
  destroy(): void
  /** Resolves when the connection is closed: with true when that was before the answer had ended. */
  readonly closed: Promise<boolean>
}

export interface Origin extends AsyncDisposable {
  readonly url: string
  /** What came, in order. */
  readonly exchanges: readonly Exchange[]
  /** The exchange with that number, once its request has come. */
  exchange(index: number): Promise<Exchange>
}

/** `script` answers each request; without it the test does, through `exchange`. */
export async function startOrigin(script: (exchange: Exchange) => unknown = () => {}): Promise<Origin> {
  const exchanges: Exchange[] = []
  const waiting = new Map<number, (exchange: Exchange) => void>()
  async function meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = exchangeOf(request, response, await textOf(request))
    waiting.get(exchanges.push(exchange) - 1)?.(exchange)
    await script(exchange)
  }
  const server = createServer((request, response) => void meet(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this type.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    exchange(index) {
      const come = exchanges[index]
      return come ? Promise.resolve(come) : new Promise((resolve) => waiting.set(index, resolve))
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return text
}

function exchangeOf(request: IncomingMessage, response: ServerResponse, body: string): Exchange {
  const closed = new Promise<boolean>((resolve) => response.once('close', () => resolve(!response.writableFinished)))
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body,
    closed,
    answer(status, headers = {}, body = '') {
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
    },
    head(status, headers = {}) {
      response.writeHead(status, headers).flushHeaders()
    },
    write: (bytes) => new Promise((resolve) => void response.write(bytes, () => resolve())),
    end: () => void response.end(),
    destroy: () => void response.destroy(),
  }
}

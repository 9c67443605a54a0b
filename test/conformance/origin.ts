/** The suite's origin server, on a free loopback port. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Handler } from './suite.ts'

export interface Listening {
  readonly base: string
  close(): void
}

export function startOrigin(handlers: Readonly<Record<string, Handler>>): Promise<Listening> {
  const server = createServer((request, response) => {
    const [kind = '', ...segments] = new URL(request.url ?? '/', 'http://origin').pathname.slice(1).split('/')
    const handler = handlers[kind]
    if (handler) handler(segments, request, response)
    else response.writeHead(404).end()
  })
  return listen(server)
}

export async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { base: `http://127.0.0.1:${port}`, close }
}

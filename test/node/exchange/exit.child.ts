/** Leaves everything open that a program may forget: the cache, a refresh that is done, a body that nobody reads. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { registerHooks } from 'node:module'

const [backend = 'memory', path = ''] = process.argv.slice(2)
const runtime = new URL('../../../adapters/runtime/node.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '#runtime' ? { url: runtime, shortCircuit: true } : next(specifier, context),
})
const { createCache } = await import('../../../src/cache.ts')

let requests = 0
const server = createServer((request, response) => {
  requests++
  const body = request.url === '/large' ? Buffer.alloc(3_000_000) : 'small'
  response.writeHead(200, { 'cache-control': 'max-age=0, stale-while-revalidate=1000', connection: 'close' }).end(body)
}).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
server.unref()
// A server that listens on a port has an address of this type.
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const cache = createCache({ backend, ...(path !== '' && { path }) })
const refreshed: Promise<unknown>[] = []
await (await cache.fetch(`${url}/small`)).text()
const stale = await cache.fetch(`${url}/small`, { httpCache: { waitUntil: (work) => void refreshed.push(work) } })
await Promise.all(refreshed)
const unread = await cache.fetch(`${url}/large`)
console.log(JSON.stringify({ requests, stale: stale.isExpired, unread: unread.status }))
server.closeAllConnections()

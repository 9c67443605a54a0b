/** The origin, a worker thread: what it costs is not the cache's. Tells its port; `/count` tells of, and forgets, calls of `/slow`. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { FIELDS } from './fields.ts'

const body = Buffer.alloc(1_024, 'a')
let slow = 0

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path] = (request.url ?? '').split('?')
  if (path === '/count') {
    response.end(String(slow))
    slow = 0
    return
  }
  if (path === '/slow') {
    slow++
    await setTimeout(50)
  }
  response.setHeaders(new Map(Object.entries(FIELDS)))
  if (path === '/checked') response.setHeader('cache-control', 'no-cache')
  const unchanged = request.headers['if-none-match'] === FIELDS['etag']
  response.statusCode = unchanged ? 304 : 200
  response.end(unchanged ? undefined : body)
}

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  parentPort?.postMessage(typeof address === 'object' ? address?.port : undefined)
})

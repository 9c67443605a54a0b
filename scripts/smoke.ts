/** The built package by its own name, as an application imports it: two caches over one file, one request to the origin. */
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCache } from 'stowaway'

let requests = 0
const server = createServer((_request, response) => {
  requests += 1
  response.writeHead(200, { 'cache-control': 'max-age=60', 'content-type': 'text/plain' }).end('kept')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
assert(typeof address === 'object' && address !== null)
const url = `http://127.0.0.1:${address.port}/`
const folder = mkdtempSync(join(tmpdir(), 'stowaway-smoke-'))

try {
  for (const fromCache of [false, true]) {
    const cache = createCache({ path: join(folder, 'cache.sqlite') })
    const response = await cache.fetch(url)
    assert.equal(await response.text(), 'kept')
    assert.equal(response.fromCache, fromCache)
    await cache.close()
  }
  assert.equal(requests, 1)
} finally {
  server.close()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`Node ${process.versions.node}: stored by one cache, served by the next`)

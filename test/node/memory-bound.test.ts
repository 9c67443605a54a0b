import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCache } from 'stowaway'
import { root } from '../support/source.ts'
import type { Reading } from './memory-bound.child.ts'

const run = promisify(execFile)
const MiB = 2 ** 20
/** Enough to tell: four times the allowance. `MEMORY_BOUND_MIB=1024` shows that it does not grow with the body. */
const SIZE = Number(process.env['MEMORY_BOUND_MIB'] ?? 256) * MiB
/** How much more memory than an uncached fetch a cached one may take, in MiB. */
const ALLOWANCE = 64
const PIECE = 65_536

/** Made while it is sent: each piece differs, and none is kept. */
const pattern = Buffer.alloc(PIECE, 'a body that nobody holds whole; ')
function piece(n: number): Buffer {
  const made = Buffer.from(pattern)
  made.writeUInt32LE(n)
  return made
}

const requests: string[] = []
let arrived = (): void => {}
/** What a request for `/slow` waits for. */
let gate = Promise.resolve()

/** Sends no more than the beginning until `further` resolves. */
async function* pieces(size: number, further: Promise<void>): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < size; sent += PIECE) {
    if (sent === MiB) await further
    yield piece(sent / PIECE)
  }
}

function send(response: ServerResponse, size: number, further: Promise<void>): void {
  const type = 'application/octet-stream'
  response.writeHead(200, { 'cache-control': 'max-age=3600', 'content-type': type, 'content-length': size })
  // Who reads no further is told of by what he has not read.
  pipeline(pieces(size, further), response).catch(() => {})
}

const server = createServer((request, response) => {
  requests.push(request.url ?? '')
  if (request.url === '/body') send(response, SIZE, new Promise((resolve) => (arrived = resolve)))
  else if (request.url === '/slow') void gate.then(() => send(response, 2 * MiB, gate))
  else {
    arrived()
    response.end()
  }
})
let origin = ''
let folder = ''

beforeAll(async () => {
  if (!existsSync(join(root, 'dist'))) throw new Error('the package is not built: npm run build')
  folder = mkdtempSync(join(tmpdir(), 'stowaway-memory-'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await new Promise((resolve) => server.close(resolve))
})

async function reading(backend: string): Promise<Reading> {
  const script = join(root, 'test/node/memory-bound.child.ts')
  const { stdout } = await run(process.execPath, [script, origin, backend, join(folder, backend)], { cwd: root })
  const read = JSON.parse(stdout) as Reading // As the child prints it.
  const { firstByte, fromCache, peak, total } = read
  console.log(
    `${backend.padEnd(10)} ${fromCache ? 'hit ' : 'miss'} peak ${peak.toFixed(0)} MiB, first byte ${firstByte.toFixed(0)} ms, all ${total.toFixed(0)} ms`,
  )
  return read
}

describe(`a body of ${SIZE / MiB} MiB`, () => {
  let plain: Reading
  beforeAll(async () => {
    plain = await reading('none')
  }, 60_000)

  test.each(['sqlite', 'filesystem'])(
    'goes through %s whole, and never lies whole in memory: miss, then hit (RC-303, HI-69)',
    async (backend) => {
      requests.length = 0
      for (const fromCache of [false, true]) {
        const read = await reading(backend)
        expect(read).toMatchObject({ bytes: SIZE, sha256: plain.sha256, fromCache })
        expect(read.peak - plain.peak).toBeLessThan(ALLOWANCE)
      }
      expect(requests.filter((url) => url === '/body')).toHaveLength(1)
      rmSync(join(folder, backend), { recursive: true, force: true })
    },
    120_000,
  )
})

describe('200 requests at once for a slow URL', () => {
  test.each(['memory', 'sqlite', 'filesystem'])(
    'reach the origin once and all get the whole body, on %s',
    async (backend) => {
      requests.length = 0
      const open = Promise.withResolvers<void>()
      gate = open.promise
      const place = backend === 'memory' ? {} : { path: join(folder, `slow-${backend}`) }
      const cache = createCache({ backend, ...place })
      const responses = Array.from({ length: 200 }, () => cache.fetch(`${origin}/slow`))
      await expect.poll(() => requests).toEqual(['/slow'])
      open.resolve()
      const digests = await Promise.all(responses.map(async (response) => digest((await response).body)))
      const whole = createHash('sha256')
      for (let n = 0; n < (2 * MiB) / PIECE; n++) whole.update(piece(n))
      expect(new Set(digests)).toEqual(new Set([whole.digest('hex')]))
      expect(requests).toEqual(['/slow'])
      await cache.close()
    },
  )
})

async function digest(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of body ?? []) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * Reads one response to its end in a process of its own and prints what came and what that took:
 * `node memory-bound.child.ts <origin> <backend, or none for an uncached fetch> <path>`.
 */
import { createHash } from 'node:crypto'
import { createCache } from 'stowaway'
import type { Cache } from 'stowaway'

export interface Reading {
  readonly bytes: number
  readonly sha256: string
  readonly fromCache: boolean
  /** Peak resident set size of the process, in MiB. */
  readonly peak: number
  /** ms */
  readonly firstByte: number
  readonly total: number
}

const [origin = '', backend = 'none', path = ''] = process.argv.slice(2)
const GiB = 2 ** 30
const cache =
  backend === 'none'
    ? undefined
    : createCache({ backend, path, maxBytes: 4 * GiB, maxEntryBytes: 2 * GiB, onError: fail })

function fail(error: Error): never {
  throw error
}

/** Resolves when what is on its way has arrived in the store. */
function stored(cache: Cache): Promise<unknown> {
  return new Promise((resolve) => cache.on('stored', resolve))
}

async function read(): Promise<Reading> {
  const started = performance.now()
  const landed = cache && stored(cache)
  const url = `${origin}/body`
  const response = cache ? await cache.fetch(url) : await fetch(url)
  const fromCache = 'fromCache' in response && response.fromCache === true
  const hash = createHash('sha256')
  let [bytes, firstByte] = [0, 0]
  for await (const chunk of response.body ?? []) {
    if (bytes === 0) {
      firstByte = performance.now() - started
      // The origin sends no more than the beginning until it hears that this has arrived.
      await (await fetch(`${origin}/arrived`)).arrayBuffer()
    }
    bytes += chunk.byteLength
    hash.update(chunk)
  }
  if (!fromCache) await landed
  const total = performance.now() - started
  await cache?.close()
  const peak = process.resourceUsage().maxRSS / 1024
  return { bytes, sha256: hash.digest('hex'), fromCache, peak, firstByte, total }
}

console.log(JSON.stringify(await read()))

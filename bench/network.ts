/** What the cache adds to requests that reach the origin, over loopback: a miss that is stored, a 304, many at once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { createCache } from 'stowaway'
import type { Cache } from 'stowaway'
import { compare } from './compare.ts'
import type { Comparison, Subject } from './compare.ts'
import { FIELDS } from './fields.ts'

interface Setup {
  readonly cache: Cache
  readonly origin: string
  readonly backend: string
}

/** Runs what is given for each backend with an origin on a thread of its own. */
async function* each<T>(measure: (setup: Setup) => Promise<T>): AsyncGenerator<T> {
  const folder = mkdtempSync(join(tmpdir(), 'stowaway-bench-'))
  const worker = new Worker(new URL('origin.ts', import.meta.url))
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  try {
    for (const backend of ['memory', 'sqlite', 'filesystem']) {
      const cache = createCache({ backend, ...(backend !== 'memory' && { path: join(folder, backend) }) })
      yield await measure({ cache, backend, origin: `http://127.0.0.1:${port}` })
      await cache.close()
    }
  } finally {
    await worker.terminate()
    rmSync(folder, { recursive: true, force: true })
  }
}

export const misses = (): AsyncGenerator<Comparison> =>
  each(({ backend, cache, origin }) => {
    let n = 0
    const subject = reading(`miss + store, ${backend}, 1 KiB`, () => cache.fetch(`${origin}/kept?${n++}`))
    return compare(
      subject,
      reading('uncached fetch', () => fetch(`${origin}/kept?${n++}`)),
    )
  })

export const revalidations = (): AsyncGenerator<Comparison> =>
  each(async ({ backend, cache, origin }) => {
    const subject = reading(`304, ${backend}, 1 KiB`, async () => {
      const response = await cache.fetch(`${origin}/checked`)
      if (!response.revalidated) throw new Error('not revalidated')
      return response
    })
    await reading('first', () => cache.fetch(`${origin}/checked`)).run()
    const headers = { 'if-none-match': FIELDS['etag'] ?? '' }
    return compare(
      subject,
      reading('conditional fetch', () => fetch(`${origin}/checked`, { headers })),
    )
  })

function reading(name: string, ask: () => Promise<Response>): Subject {
  return { name, run: async () => (await ask()).arrayBuffer() }
}

export interface Crowd {
  readonly backend: string
  readonly requests: number
  readonly atOrigin: number
}

export const crowds = (): AsyncGenerator<Crowd> =>
  each(async ({ backend, cache, origin }) => {
    const requests = 200
    const asked = Array.from({ length: requests }, async () => (await cache.fetch(`${origin}/slow`)).arrayBuffer())
    await Promise.all(asked)
    const counted = await fetch(`${origin}/count`, { method: 'POST' })
    return { backend, requests, atOrigin: Number(await counted.text()) }
  })

/** A cache with something in it, for commands to look at. */
import { join } from 'node:path'
import { createCache } from '../../src/cache.ts'
import type { CacheOptions } from '../../src/options/types.ts'

export const HOST = 'http://a.example'

/** A response that a test stores: `age` in seconds, and what `Response` takes. */
export interface Given {
  readonly path: string
  readonly body?: string
  readonly age?: number
  readonly status?: number
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly asked?: Readonly<Record<string, string>>
}

/** Stores them in turn, by requests that only a function answers. */
export async function fill(cwd: string, given: readonly Given[], options: CacheOptions = {}): Promise<void> {
  let now = 0
  let answer = (): Response => new Response()
  const cache = createCache({
    backend: 'sqlite',
    path: join(cwd, 'http_cache.sqlite'),
    now: () => now,
    fetch: async () => answer(),
    ...options,
  })
  const present = Date.now()
  for (const { age = 0, asked, body = '', headers, method = 'GET', path, status = 200 } of given) {
    now = present - age * 1000
    answer = () => new Response(body, { status, headers: { 'cache-control': 'max-age=3600', ...headers } })
    const init = { method, headers: asked ?? {}, httpCache: { allowableMethods: [method] } }
    await (await cache.fetch(`${HOST}${path}`, init)).text()
    // Waits for what has arrived to be stored, so that their order is known.
    await cache.size()
  }
  await cache.close()
}

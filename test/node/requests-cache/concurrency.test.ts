import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../../adapters/filesystem.ts'
import { createSqliteStore } from '../../../adapters/sqlite.ts'
import { first, key, pattern, read } from '../../support/contract/kit.ts'
import { temporary } from '../../support/temporary.ts'
import { all } from '../management/given.ts'

const [THREADS, COUNT] = [3, 12]

describe.each(['sqlite', 'filesystem'])('threads that share a store of %s', (backend) => {
  test('lose no write, and leave what all of them write whole (RC-300, HI-65)', { timeout: 60_000 }, async () => {
    await using folder = await temporary()
    const path = folder.join('cache')
    const script = new URL('threads.child.ts', import.meta.url)
    const workers = Array.from(
      { length: THREADS },
      (_, thread) => new Worker(script, { workerData: { backend, count: COUNT, path, thread } }),
    )
    // Rejects with what a thread throws.
    const ended = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as unknown))
    expect(ended).toEqual(Array(THREADS).fill('done'))
    const store = backend === 'sqlite' ? createSqliteStore({ path }) : createFilesystemStore({ path })
    expect(await all(store.list({ namespace: 'http' }))).toHaveLength(THREADS * COUNT + 1)
    for (let thread = 0; thread < THREADS; thread++) {
      for (let at = 0; at < COUNT; at++) {
        const size = at % 2 === 0 ? 1000 : 200_000
        expect((await read(await first(store, key(`${thread}-${at}`)))).length).toBe(size)
      }
    }
    const shared = await read(await first(store, key('shared')))
    const by = shared.length - 200_000
    expect(shared).toEqual(pattern(by, 200_000 + by))
    await store.close()
  })
})

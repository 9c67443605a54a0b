import process from 'node:process'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import type { SqliteDriver } from '../../adapters/sqlite/driver.ts'
import type { Envelope, Meta, Store } from '../../src/store.ts'

/** What a test has another process do. */
export type Job =
  | { readonly do: 'put'; readonly from: number; readonly to: number }
  | { readonly do: 'stream'; readonly url: string; readonly chunks: number }
  | { readonly do: 'try' }
  | { readonly do: 'end' }

export interface Task {
  readonly path: string
  readonly driver: SqliteDriver
  readonly uid?: number
  readonly job: Job
}

const meta = (envelope: Envelope): Meta => ({
  variant: '',
  createdAt: 1,
  reclaimAt: null,
  expiresAt: null,
  basis: '',
  tags: [],
  envelope,
})
const key = (url: string) => ({ namespace: 'http', url, selector: '' })
const outcome = async (action: () => unknown): Promise<unknown> => {
  try {
    const value = await action()
    return Array.isArray(value) ? value.length : 'done'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : String(error)
  }
}

/** A body that says when this many chunks were taken, and never ends. */
function endless(chunks: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let taken = 0
  return new ReadableStream(
    {
      async pull(controller) {
        if (taken === chunks) {
          process.send?.('written')
          await new Promise(() => {})
        }
        controller.enqueue(new Uint8Array(256 * 1024).fill(++taken))
      },
    },
    { highWaterMark: 0 },
  )
}

async function perform(store: Store, job: Job): Promise<unknown> {
  if (job.do === 'put') {
    for (let i = job.from; i < job.to; i++) {
      await store.put(key(`u${i}`), meta({ i }), new Uint8Array(100).fill(i))
      await store.get(key(`u${i - 1}`))
    }
    return 'done'
  }
  if (job.do === 'stream') return store.put(key(job.url), meta({}), endless(job.chunks))
  if (job.do === 'end') return store.put(key('a'), meta({}), new Uint8Array(1)).then(() => 'done')
  return {
    open: await outcome(() => store.open()),
    get: await outcome(() => store.get(key('a'))),
    put: await outcome(() => store.put(key('b'), meta({}), new Uint8Array(1))),
  }
}

process.once('message', (message) => {
  // The parent sends nothing else.
  void work(message as Task)
})

async function work({ path, driver, uid, job }: Task): Promise<void> {
  if (uid !== undefined) process.setuid?.(uid)
  const store = createSqliteStore({ path, driver })
  const result = await perform(store, job)
  process.send?.(result)
  // With the channel gone nothing but the open store is left.
  if (job.do !== 'end') await store.close()
  process.disconnect?.()
}

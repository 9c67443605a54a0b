/** One of several threads that write to one store: entries of its own, and one that all of them replace. */
import { parentPort, workerData } from 'node:worker_threads'
import { createFilesystemStore } from '../../../adapters/filesystem.ts'
import { createSqliteStore } from '../../../adapters/sqlite.ts'
import { key, meta, pattern } from '../../support/contract/kit.ts'

// As test/node/requests-cache/concurrency.test.ts says.
const { backend, count, path, thread } = workerData as Record<'backend' | 'path', string> & {
  count: number
  thread: number
}
const store = backend === 'sqlite' ? createSqliteStore({ path }) : createFilesystemStore({ path })

for (let at = 0; at < count; at++) {
  // Small ones inline, large ones apart.
  const size = at % 2 === 0 ? 1000 : 200_000
  await store.put(key(`${thread}-${at}`), meta(), pattern(at, size))
  await store.put(key('shared'), meta(), pattern(thread, size + thread))
  const [shared] = await store.get(key('shared'))
  if (!shared) throw new Error('the shared entry was gone')
}
await store.close()
parentPort?.postMessage('done')

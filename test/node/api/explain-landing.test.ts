import { expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import type { Store } from '../../../src/store.ts'

test('explain waits for what has wholly arrived to be stored, as a fetch does', async () => {
  const store = createMemoryStore()
  const commit = Promise.withResolvers<void>()
  const slow: Store = { ...store, put: (...args) => commit.promise.then(() => store.put(...args)) }
  const fetch = async (): Promise<Response> => new Response('x', { headers: { 'cache-control': 'max-age=60' } })
  const cache = createCache({ backend: slow, fetch })
  await (await cache.fetch('https://api.example.com/a')).text()
  // Whatever else it needs is loaded by then.
  await cache.explain('https://api.example.com/b')
  let explained = false
  const explaining = cache.explain('https://api.example.com/a').finally(() => (explained = true))
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  expect(explained).toBe(false)
  commit.resolve()
  expect((await explaining).action).toBe('reuse')
})

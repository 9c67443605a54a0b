import { expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'

test('a response that announces more than the store takes does not say that it is stored', async () => {
  const fetch = async (): Promise<Response> =>
    new Response('x'.repeat(100), { headers: { 'cache-control': 'max-age=60', 'content-length': '100' } })
  const cache = createCache({ backend: 'memory', maxEntryBytes: 99, fetch })
  const response = await cache.fetch('https://api.example.com/large')
  expect(response.headers.get('cache-status')).toContain('stored=?0')
  expect([response.createdAt, response.expires]).toEqual([null, null])
  expect(await response.text()).toHaveLength(100)
  expect((await cache.explain('https://api.example.com/large')).variants).toBe(0)
})

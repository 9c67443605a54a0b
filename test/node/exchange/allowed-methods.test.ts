import { expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'

const ITEMS = 'https://api.example.com/items'

/** A cache that keeps POST responses too, over an origin that counts. */
function world(fields: Record<string, string> = { 'cache-control': 'max-age=60' }) {
  let count = 0
  const fetch = async (): Promise<Response> => new Response(`${++count}`, { headers: fields })
  const cache = createCache({ backend: 'memory', fetch, allowableMethods: ['GET', 'POST'] })
  const read = async (init?: RequestInit): Promise<string> => (await cache.fetch(ITEMS, init)).text()
  return { cache, read, post: (body: string) => read({ method: 'POST', body }) }
}

test('a POST that the cache keeps answers the same POST, and no other', async () => {
  const { post } = world()
  expect([await post('a'), await post('b'), await post('a'), await post('b')]).toEqual(['1', '2', '1', '2'])
})

test('a POST that reaches the origin invalidates the GET of its URL (RFC 9111 §4.4)', async () => {
  const { post, read } = world()
  expect([await read(), await post('a'), await read(), await post('a'), await read()]).toEqual([
    '1',
    '2',
    '3',
    '2',
    '3',
  ])
})

test.each(['location', 'link'])('a response whose %s would lead on by a secret is not stored', async (field) => {
  const { read } = world({
    'cache-control': 'max-age=60',
    [field]: '<https://api.example.com/items?page=2&api_key=s3cret>',
  })
  expect([await read(), await read()]).toEqual(['1', '2'])
})

import { expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'

const URL_ = 'https://api.example.com/items'

/** Answers POST with the fields given and counts what reaches it. */
function origin(fields: Record<string, string>) {
  const methods: string[] = []
  const fetch = async (_: unknown, init: RequestInit = {}): Promise<Response> => {
    methods.push(init.method ?? 'GET')
    return new Response(`${init.method ?? 'GET'} ${methods.length}`, { headers: fields })
  }
  return { methods, cache: createCache({ backend: 'memory', fetch }) }
}

test('a POST response that is the representation of its own URL and lasts answers a later GET (RFC 9110 §9.3.3)', async () => {
  const { cache, methods } = origin({ 'content-location': '/items', 'cache-control': 'max-age=60' })
  const posted = await cache.fetch(URL_, { method: 'POST', body: 'x' })
  expect(await posted.text()).toBe('POST 1')
  const got = await cache.fetch(URL_)
  expect([got.fromCache, await got.text()]).toEqual([true, 'POST 1'])
  expect(methods).toEqual(['POST'])
})

test.each([
  ['says nothing of how long it lasts', { 'content-location': '/items' }],
  ['is of another URL', { 'content-location': '/items/1', 'cache-control': 'max-age=60' }],
  ['does not say what it is of', { 'cache-control': 'max-age=60' }],
  ['is not to be stored', { 'content-location': '/items', 'cache-control': 'max-age=60, no-store' }],
])('a POST response that %s answers only the POST', async (_, fields) => {
  const { cache, methods } = origin(fields)
  expect(await (await cache.fetch(URL_, { method: 'POST', body: 'x' })).text()).toBe('POST 1')
  expect(await (await cache.fetch(URL_)).text()).toBe('GET 2')
  expect(methods).toEqual(['POST', 'GET'])
})

test('a POST response that is kept takes the place of what was stored before', async () => {
  const { cache } = origin({ 'content-location': URL_, 'cache-control': 'max-age=60' })
  expect(await (await cache.fetch(URL_)).text()).toBe('GET 1')
  expect(await (await cache.fetch(URL_, { method: 'POST', body: 'x' })).text()).toBe('POST 2')
  expect(await (await cache.fetch(URL_)).text()).toBe('POST 2')
})

import { describe, expect, test } from 'vitest'
import { URL_A, cc, numbered, text, world } from './given.ts'
import type { Answer } from './given.ts'

const B = 'https://example.org/b'

describe('§4.4 invalidation', () => {
  const writing =
    (status: number, headers: Record<string, string> = {}): Answer =>
    ({ method }, count) =>
      method === 'GET'
        ? new Response(`${count}`, { headers: cc('max-age=60') })
        : new Response(null, { status, headers })

  test.for(['POST', 'PUT', 'DELETE', 'PATCH', 'BREW'])(
    '%s makes what is stored for its URL invalid',
    async (method) => {
      await using it = world(writing(204))
      await text(it.fetch(URL_A))
      await text(it.fetch(B))
      await text(it.fetch(URL_A, { method }))
      expect((await it.fetch(B)).fromCache).toBe(true)
      expect((await it.fetch(URL_A)).fromCache).toBe(false)
    },
  )

  test.for(['OPTIONS', 'QUERY', 'HEAD'])('%s does not', async (method) => {
    await using it = world(writing(204))
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, { method }))
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test.for<[number, boolean]>([
    [200, true],
    [201, true],
    [303, true],
    [400, false],
    [404, false],
    [409, false],
    [500, false],
  ])('a status of %i does: %o', async ([status, gone]) => {
    await using it = world(writing(status))
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, { method: 'POST', redirect: 'manual' }))
    expect((await it.fetch(URL_A)).fromCache).toBe(!gone)
  })

  test('a failure of the network does not', async () => {
    await using it = world((sent, count) =>
      sent.method === 'GET' ? numbered()(sent, count) : Promise.reject(new TypeError('fetch failed')),
    )
    await text(it.fetch(URL_A))
    await expect(it.fetch(URL_A, { method: 'POST' })).rejects.toThrow('fetch failed')
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test.for<[name: string, value: string, gone: boolean]>([
    ['location', '/b', true],
    ['content-location', 'b', true],
    ['location', 'https://example.org/b#x', true],
    ['location', 'https://other.org/b', false],
    ['location', 'http://example.org/b', false],
    ['content-location', 'https://example.org:8443/b', false],
    ['location', 'http://[', false],
  ])('%s: %s names another that is invalid: %o', async ([name, value, gone]) => {
    await using it = world(writing(201, { [name]: value }))
    await text(it.fetch(B))
    await text(it.fetch(URL_A, { method: 'POST' }))
    expect((await it.fetch(B)).fromCache).toBe(!gone)
  })

  test('what another origin has at the same path stays', async () => {
    await using it = world(writing(201, { location: 'https://other.org/b' }))
    await text(it.fetch('https://other.org/b'))
    await text(it.fetch(URL_A, { method: 'POST' }))
    expect((await it.fetch('https://other.org/b')).fromCache).toBe(true)
  })

  test('holds where the developer decides, and for every user', async () => {
    await using it = world(writing(204), { cacheControl: false })
    for (const authorization of ['one', 'two']) await text(it.fetch(URL_A, { headers: { authorization } }))
    await text(it.fetch(URL_A, { method: 'POST', headers: { authorization: 'one' } }))
    expect(await it.entries()).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'
import type { CachedRequestInit } from '../../../src/index.ts'
import { temporary } from '../../support/temporary.ts'
import { URL_A, cc, numbered, text, world } from '../api/given.ts'

describe('keyFn', () => {
  const byPath = { keyFn: ({ url }: { readonly url: string }) => new URL(url).pathname }

  test('of a request wins over that of a rule, and that over the cache’s (RC-191)', async () => {
    await using it = world(numbered(cc('max-age=60')), {
      keyFn: () => 'cache',
      rules: [{ match: '/a', ...byPath }],
    })
    const key = async (url: string, init?: CachedRequestInit): Promise<unknown> => (await it.fetch(url, init)).cacheKey
    expect(await key('https://example.org/b')).toMatch(/ cache$/)
    expect(await key('https://example.org/a?x')).toMatch(/ \/a$/)
    expect(await key('https://example.org/a?x', { httpCache: { keyFn: () => 'request' } })).toMatch(/ request$/)
  })

  test('gives the responses of one request under one key only where it is set (RC-191)', async () => {
    await using it = world(numbered(), { rules: [{ match: '/a', ...byPath }] })
    await text(it.fetch(`${URL_A}?1`))
    expect((await it.fetch(`${URL_A}?2`)).fromCache).toBe(true)
    await text(it.fetch('https://example.org/b?1'))
    expect((await it.fetch('https://example.org/b?2')).fromCache).toBe(false)
  })

  test('is told of the request as it is sent (RC-191)', async () => {
    const seen: unknown[] = []
    await using it = world(numbered(), {
      keyFn: ({ headers, method, url }) => (seen.push([method, url, headers.get('accept')]), 'key'),
    })
    await text(it.fetch(URL_A, { headers: { accept: 'text/plain' } }))
    expect(seen).toEqual([['GET', URL_A, 'text/plain']])
  })

  test.for(['memory', 'sqlite', 'filesystem'])('what it gives is taken as it is by %s (RC-192)', async (backend) => {
    await using folder = await temporary()
    const place = backend === 'memory' ? {} : { path: folder.join('store') }
    const fetch = async (input: unknown): Promise<Response> =>
      new Response(String(input), { headers: cc('max-age=60') })
    await using cache = createCache({ backend, ...place, fetch, keyFn: ({ url }) => decodeURI(new URL(url).search) })
    const urls = [`?'; DROP TABLE entries; --`, '?../../a', '?a/b', '?"', '?'].map((search) => `${URL_A}${search}x`)
    for (const url of urls) await text(cache.fetch(url))
    for (const url of urls) {
      const response = await cache.fetch(url)
      expect([response.fromCache, await response.text()]).toEqual([true, url])
    }
  })
})

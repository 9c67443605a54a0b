import { describe, expect, test } from 'vitest'
import { URL_A, numbered, text, world } from '../api/given.ts'
import { ORIGIN, as, post, same } from './given.ts'
import type { Ask } from './given.ts'

const json = (body: string): Ask => [`${ORIGIN}/j`, post(body, 'application/json')]
const form = (body: string): Ask => [`${ORIGIN}/f`, post(body, 'application/x-www-form-urlencoded')]

describe('the key of a URL', () => {
  test('the case of a method does not count, which one it is does (RC-70)', async () => {
    expect(await same([URL_A, { method: 'get' }], [URL_A, { method: 'GET' }])).toBe(true)
    expect(await same([URL_A, { method: 'post' }], [URL_A, { method: 'POST' }])).toBe(true)
    expect(await same([URL_A, { method: 'GET' }], [URL_A, { method: 'POST' }])).toBe(false)
  })

  test.each([
    ['https://EXAMPLE.org/a', URL_A],
    ['HTTPS://example.org:443/a', URL_A],
    ['https://example.org/b/./../a', URL_A],
    ['https://example.org/%61', URL_A],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('%s is %s (RC-71)', async (one, other) => {
    expect(await same([one], [other])).toBe(true)
  })

  test.each([
    ['http://example.org/a', URL_A],
    ['https://example.org/A', URL_A],
    ['https://example.org/a/', URL_A],
    ['https://example.org:8443/a', URL_A],
  ])('%s is not %s (RC-72)', async (one, other) => {
    expect(await same([one], [other])).toBe(false)
  })

  test('a semicolon separates no parameters (RC-79)', async () => {
    const options = { ignoredParameters: ['b'] }
    expect(await same([`${URL_A}?a=1;b=2`], [`${URL_A}?a=1;b=3`], options)).toBe(false)
    expect(await same([`${URL_A}?a=1&b=2`], [`${URL_A}?a=1&b=3`], options)).toBe(true)
  })
})

describe('the key of a body', () => {
  test('a form counts like a query: by its decoded text, and in its order (RC-84)', async () => {
    expect(await same(form('a=%7e&b=2'), form('a=~&b=2'))).toBe(true)
    expect(await same(form('a=1&b=2'), form('b=2&a=1'))).toBe(false)
    expect(await same(form('access_token=x&a=1'), form('access_token=y&a=1'))).toBe(false)
    expect(await same(form('t=x&a=1'), form('t=y&a=1'), { ignoredParameters: ['t'] })).toBe(true)
  })

  test('any other body counts by its bytes, and its type counts too (RC-85)', async () => {
    const plain = (body: string, type = 'text/plain'): Ask => [URL_A, post(body, type)]
    expect(await same(plain('1'), plain('1'))).toBe(true)
    expect(await same(plain('1'), plain('1.0'))).toBe(false)
    expect(await same(plain('1'), plain('1', 'text/html'))).toBe(false)
    expect(await same(json('1'), json('1.0'))).toBe(false)
  })

  test('a Blob, and the body of a Request, arrive whole after the key was made of them (RC-86)', async () => {
    await using at = world(async ({ init }) => new Response(init.body), {
      allowableMethods: ['POST'],
      cacheControl: false,
    })
    const file = new Blob(['0123456789']).slice(5)
    expect(await text(at.fetch(URL_A, post(file)))).toBe('56789')
    const request = new Request(`${ORIGIN}/b`, { ...post('0123456789') })
    expect(await text(at.fetch(request))).toBe('0123456789')
    expect(at.sent).toHaveLength(2)
  })

  test('the body counts beside the URL, not in its place (HI-15)', async () => {
    expect(await same([`${ORIGIN}/a`, post('x')], [`${ORIGIN}/b`, post('x')])).toBe(false)
    expect(await same([`${ORIGIN}/a`, post('x')], [`${ORIGIN}/a`, post('y')])).toBe(false)
  })
})

describe('what else counts', () => {
  test('neither signals, nor redirect modes, nor what is for the fetch underneath (RC-91)', async () => {
    const dispatcher = {}
    // Node's fetch takes it, and its type does not say so.
    const init = { signal: AbortSignal.timeout(60_000), redirect: 'manual', keepalive: true, dispatcher } as RequestInit
    expect(await same([URL_A], [URL_A, init])).toBe(true)
  })

  test('listed headers count by what they mean, not how they are written (RC-92)', async () => {
    const options = { matchHeaders: ['accept-encoding', 'x-a'] }
    const encoded = (value: string): Ask => [URL_A, as('accept-encoding', value)]
    expect(await same(encoded('gzip, br'), encoded('BR,gzip'), options)).toBe(true)
    expect(await same(encoded('GZIP'), encoded('gzip'), options)).toBe(true)
    expect(await same(encoded('gzip'), encoded('br'), options)).toBe(false)
    expect(await same(encoded('gzip'), [URL_A], options)).toBe(false)
    expect(await same([URL_A, as('x-a', '1,2')], [URL_A, as('X-A', '1, 2')], options)).toBe(true)
    expect(await same([URL_A, as('x-b', '1')], [URL_A, as('x-b', '2')], options)).toBe(true)
  })

  test('true means all headers but those that steer the cache (RC-93)', async () => {
    const options = { matchHeaders: true } as const
    expect(await same([URL_A], [URL_A, as('cache-control', 'max-age=30')], options)).toBe(true)
    expect(await same([URL_A], [URL_A, as('x-any', '1')], options)).toBe(false)
  })

  test('the key of a request is in explain, without a fetch, as it is on the response (RC-95)', async () => {
    await using at = world(numbered())
    const { cacheKey } = await at.cache.explain('https://EXAMPLE.org:443/a?api_key=hidden#part')
    expect(at.sent).toEqual([])
    expect(cacheKey).toBe('1 GET https://example.org/a?api_key=REDACTED')
    expect((await at.fetch('https://example.org/a?api_key=hidden')).cacheKey).toBe(cacheKey)
  })
})

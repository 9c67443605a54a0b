import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import type { Cache } from '../../../src/index.ts'

const URL_ = 'https://media.example.com/film'
const WHOLE = '0123456789abcdefghij'

interface Origin {
  readonly cache: Cache
  /** The Range of each request that reached the origin, or `whole`. */
  readonly asked: string[]
  etag: string | undefined
  fields: Record<string, string>
}

/** Serves ranges of WHOLE under the current tag. */
function origin(): Origin {
  const self: Origin = {
    cache: createCache({ backend: createMemoryStore(), fetch: answer }),
    asked: [],
    etag: '"1"',
    fields: {},
  }
  async function answer(_: unknown, init: RequestInit = {}): Promise<Response> {
    const range = new Headers(init.headers).get('range')
    self.asked.push(range ?? 'whole')
    const headers = { 'cache-control': 'max-age=60', ...(self.etag && { etag: self.etag }), ...self.fields }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    if (first === undefined) return new Response(WHOLE, { headers })
    const body = WHOLE.slice(Number(first), Number(last) + 1)
    const contentRange = `bytes ${first}-${Number(first) + body.length - 1}/${WHOLE.length}`
    return new Response(body, { status: 206, headers: { 'content-range': contentRange, ...headers } })
  }
  return self
}

async function part({ cache }: Origin, range: string): Promise<[number, string, string | null, boolean]> {
  const response = await cache.fetch(URL_, { headers: { range } })
  return [response.status, await response.text(), response.headers.get('content-range'), response.fromCache]
}

test('a stored part answers the same range and smaller ones (RFC 9111 §3.3)', async () => {
  const site = origin()
  expect(await part(site, 'bytes=5-14')).toEqual([206, '56789abcde', 'bytes 5-14/20', false])
  expect(await part(site, 'bytes=5-14')).toEqual([206, '56789abcde', 'bytes 5-14/20', true])
  expect(await part(site, 'bytes=7-8')).toEqual([206, '78', 'bytes 7-8/20', true])
  expect(site.asked).toEqual(['bytes=5-14'])
})

test('a part is never served for more than it holds', async () => {
  const site = origin()
  await part(site, 'bytes=5-14')
  expect((await part(site, 'bytes=4-8'))[1]).toBe('45678')
  const whole = await site.cache.fetch(URL_)
  expect([whole.status, await whole.text()]).toEqual([200, WHOLE])
  expect(site.asked).toEqual(['bytes=5-14', 'bytes=4-8', 'whole'])
})

test('parts under one strong validator become one (RFC 9111 §3.4)', async () => {
  const site = origin()
  await part(site, 'bytes=5-9')
  await part(site, 'bytes=8-14')
  expect(await part(site, 'bytes=6-13')).toEqual([206, '6789abcd', 'bytes 6-13/20', true])
})

test('parts that make up the whole answer requests for the whole', async () => {
  const site = origin()
  await part(site, 'bytes=0-9')
  await part(site, 'bytes=10-19')
  const whole = await site.cache.fetch(URL_)
  expect([whole.status, whole.fromCache, await whole.text()]).toEqual([200, true, WHOLE])
  expect(whole.headers.get('content-length')).toBe('20')
  expect(whole.headers.has('content-range')).toBe(false)
})

test.each([
  ['another validator', '"2"'],
  ['a weak validator', 'W/"1"'],
  ['no validator', undefined],
])('parts are not combined under %s', async (_, etag) => {
  const site = origin()
  await part(site, 'bytes=0-9')
  site.etag = etag
  await part(site, 'bytes=10-19')
  const whole = await site.cache.fetch(URL_)
  expect([whole.fromCache, await whole.text()]).toEqual([false, WHOLE])
})

test('a part that is shorter than it says is not stored', async () => {
  const site = origin()
  site.fields = { 'content-range': 'bytes 5-9/20' }
  await part(site, 'bytes=5-8')
  await part(site, 'bytes=5-8')
  expect(site.asked).toHaveLength(2)
})

test('If-Range is for the origin where only a part is stored', async () => {
  const site = origin()
  await part(site, 'bytes=5-14')
  await (await site.cache.fetch(URL_, { headers: { range: 'bytes=6-7', 'if-range': '"1"' } })).text()
  expect(site.asked).toEqual(['bytes=5-14', 'bytes=6-7'])
})

test('whatever ranges are asked for, the bytes are those of the representation', async () => {
  const range = fc.tuple(fc.nat(19), fc.nat(19)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  await fc.assert(
    fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 8 }), async (ranges) => {
      const site = origin()
      for (const [first, last] of ranges) {
        expect((await part(site, `bytes=${first}-${last}`))[1]).toBe(WHOLE.slice(first, last + 1))
      }
      expect(await (await site.cache.fetch(URL_)).text()).toBe(WHOLE)
    }),
    { numRuns: 100 },
  )
})

/** Looking without fetching, and fetching offline, over whatever was stored by whatever requests: they agree, and leave no trace. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import type { Cache, CacheOptions } from '../../../src/index.ts'
import { START, all } from '../management/given.ts'

const FRESH = ['max-age=60', 'max-age=60, public']
const DIRECTIVES = [...FRESH, ...FRESH, ...FRESH, 'max-age=0', 'no-store', 'private, max-age=60', 'no-cache']
const RULES = ['params=("t")', 'params, except=("cc" "vary" "rule" "status")']

/** An origin does as its URL says. */
const url = fc
  .record({
    cc: fc.nat(DIRECTIVES.length - 1),
    vary: fc.constantFrom('', '', '', 'accept-language', 'x-a', '*'),
    rule: fc.constantFrom('', '', '', ...RULES),
    status: fc.constantFrom(200, 200, 200, 200, 404, 204, 301),
    t: fc.constantFrom('1', '2'),
    api_key: fc.constantFrom('', '', '1', '2'),
  })
  .map((query) => `https://example.org/?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`)

const fields = fc.record({
  authorization: fc.constantFrom('', '', '', 'one', 'two'),
  cookie: fc.constantFrom('', '', '', 'c=1'),
  'accept-language': fc.constantFrom('', '', 'de', 'de;q=1', 'en'),
  'x-a': fc.constantFrom('', '1'),
  range: fc.constantFrom('', '', '', 'bytes=0-3', 'bytes=2-', 'bytes=900-'),
  'if-none-match': fc.constantFrom('', '', '', '"e"', '"f"'),
  'x-http-method-override': fc.constantFrom('', '', '', '', 'HEAD', 'DELETE'),
})

type Asked = readonly [url: string, init: RequestInit]

const init: fc.Arbitrary<RequestInit> = fc
  .tuple(fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'QUERY', 'POST'), fields)
  .map(([method, given]) => ({
    method,
    headers: Object.entries(given).filter(([, value]) => value !== ''),
    redirect: 'manual',
    ...((method === 'QUERY' || method === 'POST') && { body: given['x-a'] }),
  }))

const options: fc.Arbitrary<CacheOptions> = fc.record({
  shared: fc.boolean(),
  cacheControl: fc.boolean(),
  matchHeaders: fc.constantFrom([], true as const, ['x-a'], ['authorization']),
  ignoredParameters: fc.constantFrom([], ['t'], ['x-a', 'api_key']),
  allowableMethods: fc.constantFrom(['GET'], ['GET', 'HEAD', 'QUERY'], ['GET', 'HEAD', 'POST', 'QUERY']),
  allowableCodes: fc.constantFrom([200], [200, 404]),
})

let answers = 0

function answer(request: Request): Response {
  const { searchParams } = new URL(request.url)
  const of = (name: string): string => searchParams.get(name) ?? ''
  const headers = new Headers({ 'cache-control': DIRECTIVES[Number(of('cc'))] ?? '', etag: '"e"' })
  if (of('vary')) headers.set('vary', of('vary'))
  if (of('rule')) headers.set('no-vary-search', of('rule'))
  const status = Number(of('status'))
  if (status === 301) headers.set('location', '/moved')
  if (request.method === 'GET' && request.headers.get('if-none-match') === '"e"')
    return new Response(null, { status: 304, headers })
  const body = `answer ${++answers}`
  const [, start] = /^bytes=(\d)-/.exec(request.headers.get('range') ?? '') ?? []
  if (start === undefined || status !== 200)
    return new Response(status === 204 || request.method === 'HEAD' ? null : body, { status, headers })
  headers.set('content-range', `bytes ${start}-${body.length - 1}/${body.length}`)
  return new Response(body.slice(Number(start)), { status: 206, headers })
}

/** Some requests again, and some with their neighbours' fields. */
const requests = fc
  .tuple(fc.array(url, { minLength: 1, maxLength: 3 }), fc.array(init, { minLength: 1, maxLength: 4 }))
  .map(([urls, inits]): Asked[] => urls.flatMap((one) => inits.map((two): Asked => [one, two])))

const traces = async (cache: Cache): Promise<string> => {
  const store = await cache.store()
  const [http, secret] = [await all(store.list({ namespace: 'http' })), await all(store.list({ namespace: 'secret' }))]
  return JSON.stringify([...http, ...secret].map(({ key, meta, usedAt, version }) => [key, meta, usedAt, version]))
}

async function seen(response: Response | undefined): Promise<unknown> {
  return response && [response.status, await response.text(), response.headers.get('content-range')]
}

test('has, match and an offline fetch find the same', async () => {
  let found = 0
  await fc.assert(
    fc.asyncProperty(options, requests, fc.integer({ min: 1, max: 4 }), async (settings, asked, every) => {
      const now = (): number => START
      const backend = createMemoryStore({ now })
      const fetch: typeof globalThis.fetch = async (...given) => answer(new Request(...given))
      const cache = createCache({ ...settings, backend, now, fetch })
      for (const [at, given] of asked.entries()) if (at % every === 0) await (await cache.fetch(...given)).text()
      const before = await traces(cache)
      const offline = createCache({
        ...settings,
        backend,
        now,
        mode: 'offline',
        readOnly: true,
        fetch: () => Promise.reject(new Error('asked')),
      })
      for (const given of asked) {
        const response = await offline.fetch(...given)
        const stored = response.status === 504 ? undefined : await seen(response)
        if (stored) found++
        expect(await cache.has(...given)).toBe(stored !== undefined)
        expect(await seen(await cache.match(...given))).toEqual(stored)
      }
      expect(await traces(cache)).toBe(before)
    }),
    { numRuns: 200 },
  )
  // Else they agreed about nothing.
  expect(found).toBeGreaterThan(20)
})

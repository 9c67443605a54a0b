/** Requests that a hostile origin, or an awkward setting, would have the cache take for one another. */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import { scriptedBody, scriptedFetch } from '../exchange/given.ts'
import { A, KINDS, world } from '../management/given.ts'

const FRESH = { 'cache-control': 'max-age=60' }

describe('keyFn', () => {
  test('that reads a header field: recreateKeys, which has none, moves nothing', async () => {
    const keyFn = (request: { url: string; headers: { get(name: string): string | null } }): string =>
      `${request.url} ${request.headers.get('x-tenant')}`
    await using given = await world(
      'memory',
      { keyFn },
      (request) => new Response(request.headers.get('x-tenant'), { headers: FRESH }),
    )
    const [one, two] = [{ headers: { 'x-tenant': 'one' } }, { headers: { 'x-tenant': 'two' } }]
    await given.get(A, one)
    await given.get(A, two)
    expect(await given.cache.recreateKeys()).toBe(0)
    expect([await given.get(A, one), await given.get(A, two)]).toEqual(['one', 'two'])
    expect(given.sent).toHaveLength(2)
  })

  test('of a rule that is chosen by a header field: nothing is moved either', async () => {
    await using given = await world('memory', {
      rules: [{ match: ({ headers }) => headers.get('x-tenant') !== null, keyFn: ({ url }) => `tenant ${url}` }],
    })
    await given.get(A, { headers: { 'x-tenant': 'one' } })
    expect(await given.cache.recreateKeys()).toBe(0)
  })

  test('that joins origins: No-Vary-Search of one makes its response answer for no other', async () => {
    await using given = await world('memory', { keyFn: ({ url }) => `app?host=${new URL(url).host}` }, ({ url }) => {
      const hostile = url.includes('evil') ? { 'no-vary-search': 'params' } : {}
      return new Response(url, { headers: { ...FRESH, ...hostile } })
    })
    expect(await given.get('https://evil.example/')).toBe('https://evil.example/')
    expect(await given.get('https://bank.example/')).toBe('https://bank.example/')
    expect(await given.get('https://evil.example/')).toBe('https://evil.example/')
    expect(given.sent).toHaveLength(2)
  })
})

describe.each(KINDS)('in %s', (kind) => {
  test.each(['__proto__', 'constructor', 'toString'])('Vary: %s tells requests apart', async (name) => {
    await using given = await world(
      kind,
      {},
      (request) => new Response(request.headers.get(name), { headers: { ...FRESH, vary: name } }),
    )
    const as = (value: string): { headers: [string, string][] } => ({ headers: [[name, value]] })
    expect(await given.get(A, as('one'))).toBe('one')
    expect(await given.get(A, as('two'))).toBe('two')
    expect(await given.get(A, as('one'))).toBe('one')
  })
})

test('what one request had stored against no-store is not shared with those that heed it', async () => {
  const { fetch, request, sent } = scriptedFetch()
  const cache = createCache({ backend: createMemoryStore(), fetch })
  const body = scriptedBody()
  const forcing = cache.fetch(A, { httpCache: { cacheControl: false } })
  ;(await request(0)).answer(new Response(body.stream, { headers: { 'cache-control': 'no-store, max-age=60' } }))
  const forced = await forcing
  body.push('one')
  const heeding = cache.fetch(A)
  ;(await request(1)).answer(new Response('two'))
  expect(await (await heeding).text()).toBe('two')
  body.end()
  expect(await forced.text()).toBe('one')
  expect(sent).toHaveLength(2)
})

import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import type { CachedRequestInit, CacheOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, settled, text, world } from './given.ts'
import type { World } from './given.ts'

type Asking = readonly [url: string, init: CachedRequestInit]
const header = (name: string, value: string): Asking => [URL_A, { headers: { [name]: value } }]
const query = (text: string): Asking => [`${URL_A}?${text}`, {}]
const post = (type: string, body: string): Asking => [
  URL_A,
  { method: 'POST', headers: { 'content-type': type }, body },
]

/** How two users ask for the same, and how nobody does. */
const USERS: readonly [name: string, one: Asking, other: Asking, nobody: Asking][] = [
  ['Authorization', header('authorization', 'Bearer sesame'), header('Authorization', 'Bearer open'), [URL_A, {}]],
  ['Proxy-Authorization', header('proxy-authorization', 'sesame'), header('proxy-authorization', 'open'), [URL_A, {}]],
  ['Cookie', header('cookie', 'id=sesame'), header('Cookie', 'id=open'), [URL_A, {}]],
  ['X-API-Key', header('x-api-key', 'sesame'), header('X-API-KEY', 'open'), [URL_A, {}]],
  ['X-Auth-Token', header('x-auth-token', 'sesame'), header('x-auth-token', 'open'), [URL_A, {}]],
  ['X-API-Token', header('x-api-token', 'sesame'), header('x-api-token', 'open'), [URL_A, {}]],
  ['X-Access-Token', header('x-access-token', 'sesame'), header('x-access-token', 'open'), [URL_A, {}]],
  ['api_key in the query', query('api_key=sesame'), query('api_key=open'), [URL_A, {}]],
  ['API_KEY in the query', query('API_KEY=sesame'), query('API_KEY=open'), [URL_A, {}]],
  ['apikey, percent-encoded', query('%61pikey=sesame'), query('%61pikey=open'), [URL_A, {}]],
  ['access_token in the query', query('access_token=sesame'), query('access_token=open'), [URL_A, {}]],
  [
    'api_key in a form',
    post('application/x-www-form-urlencoded', 'a=1&api_key=sesame'),
    post('application/x-www-form-urlencoded', 'a=1&api_key=open'),
    post('application/x-www-form-urlencoded', 'a=1'),
  ],
  [
    'access_token in JSON',
    post('application/json', '{"a":[{"access_token":"sesame"}]}'),
    post('application/json', '{"a":[{"access_token":"open"}]}'),
    post('application/json', '{"a":[{}]}'),
  ],
]
const POST: CacheOptions = { allowableMethods: ['GET', 'POST'] }
const ask = (it: World, [url, init]: Asking): Promise<string> => text(it.fetch(url, init))

describe('credentials', () => {
  test.for(USERS)('%s separates users, and them from nobody', async ([, one, other, nobody]) => {
    await using it = world(numbered(), POST)
    for (const [index, asking] of [one, other, nobody].entries()) expect(await ask(it, asking)).toBe(`${index}`)
    for (const [index, asking] of [one, other, nobody].entries()) expect(await ask(it, asking)).toBe(`${index}`)
    expect(it.sent).toHaveLength(3)
  })

  test.for(USERS)('%s separates them where the developer decides', async ([, one, other]) => {
    await using it = world(numbered({}), { ...POST, cacheControl: false })
    expect([await ask(it, one), await ask(it, other), await ask(it, one)]).toEqual(['0', '1', '0'])
  })

  test.for(USERS)('%s reaches the origin as it was given, and no store', async ([, one]) => {
    const store = createMemoryStore()
    const options: CacheOptions = { ...POST, matchHeaders: true }
    await using it = world(
      numbered({
        ...cc('max-age=60'),
        vary: 'authorization, cookie, x-api-key, x-access-token',
        'content-location': `${URL_A}?api_key=sesame&x=1`,
      }),
      options,
      store,
    )
    await ask(it, one)
    await ask(it, one)
    await it.cache.explain(...one)
    await settled()
    expect(
      `${it.sent[0]?.url} ${JSON.stringify([...(it.sent[0]?.headers ?? [])])} ${String(it.sent[0]?.init.body)}`,
    ).toContain('sesame')
    const kept: unknown[] = []
    for (const namespace of ['http', 'secret']) {
      for await (const entry of store.list({ namespace })) kept.push(entry.key, entry.meta)
    }
    expect(kept).not.toHaveLength(0)
    expect(JSON.stringify(kept)).not.toMatch(/sesame|Bearer/)
  })

  test.for(USERS)('%s is in no event, explanation, response property or error', async ([, one]) => {
    await using it = world(
      (_, count) =>
        count === 0
          ? new Response('0', { headers: { ...cc('max-age=1, stale-while-revalidate=60'), etag: '"1"' } })
          : new Response(null, { status: 304 }),
      POST,
    )
    const responses = [await it.fetch(...one)]
    await responses[0]?.text()
    responses.push(await it.fetch(...one))
    it.pass(2)
    const explained = await it.cache.explain(...one)
    responses.push(await it.fetch(...one))
    await settled()
    const shown = responses.map(({ cacheKey, headers }) => [cacheKey, headers.get('cache-status')])
    expect(it.told.map(({ name }) => name)).toEqual(['miss', 'stored', 'hit', 'hit', 'stale', 'revalidated'])
    expect(JSON.stringify([it.told, explained, shown, it.errors.map(String)])).not.toMatch(/sesame/)
    expect(shown[0]?.[0]).not.toBeNull()
  })

  test('the same secret has another digest in another store', async () => {
    await using one = world()
    await using other = world()
    const variants: unknown[] = []
    for (const it of [one, other]) {
      await ask(it, header('authorization', 'sesame'))
      await settled()
      variants.push((await it.entries()).map(({ meta }) => meta.variant))
    }
    expect(variants[0]).not.toEqual(variants[1])
    expect(variants[0]).toHaveLength(1)
  })

  test('the key of the digest is kept with the store, so that users match after a restart', async () => {
    await using one = world()
    await ask(one, header('authorization', 'sesame'))
    await settled()
    await using later = world(numbered(), {}, one.store)
    expect((await later.fetch(...header('authorization', 'sesame'))).fromCache).toBe(true)
  })
})

describe('what anyone may have', () => {
  test('a response that is public answers all users', async () => {
    await using it = world(numbered(cc('public, max-age=60')))
    expect(await ask(it, header('authorization', 'one'))).toBe('0')
    expect(await ask(it, header('authorization', 'two'))).toBe('0')
    expect(await ask(it, header('cookie', 'id=1'))).toBe('0')
    expect(await ask(it, [URL_A, {}])).toBe('0')
  })

  test('public does not override Vary', async () => {
    await using it = world(numbered({ ...cc('public, max-age=60'), vary: 'authorization' }))
    expect(await ask(it, header('authorization', 'one'))).toBe('0')
    expect(await ask(it, header('authorization', 'two'))).toBe('1')
    expect(await ask(it, header('authorization', 'one'))).toBe('0')
  })

  test('private in a private cache is for the one who asked', async () => {
    await using it = world(numbered(cc('private, max-age=60')))
    expect([
      await ask(it, header('cookie', 'id=1')),
      await ask(it, header('cookie', 'id=2')),
      await ask(it, header('cookie', 'id=1')),
    ]).toEqual(['0', '1', '0'])
  })

  const shared: CacheOptions = { shared: true }
  test.for<[string, string[]]>([
    ['max-age=60', ['0', '1', '2']],
    ['public, max-age=60', ['0', '0', '0']],
    ['s-maxage=60', ['0', '1', '0']],
    ['must-revalidate, max-age=60', ['0', '1', '0']],
    ['private, max-age=60', ['0', '1', '2']],
  ])('§3.5 in a shared cache: %s gives users one, two, one %o', async ([said, bodies]) => {
    await using it = world(numbered(cc(said)), shared)
    const got: string[] = []
    for (const user of ['one', 'two', 'one']) got.push(await ask(it, header('authorization', user)))
    expect(got).toEqual(bodies)
  })

  test('a cookie in a shared cache separates, too', async () => {
    await using it = world(numbered(cc('s-maxage=60')), shared)
    expect([
      await ask(it, header('cookie', 'a=1')),
      await ask(it, header('cookie', 'a=2')),
      await ask(it, header('cookie', 'a=1')),
    ]).toEqual(['0', '1', '0'])
  })
})

describe('redaction', () => {
  test('what the developer adds is hidden in what is stored and shown', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), 'x-session': 'sesame', vary: 'x-session' }), {
      ignoredParameters: ['x-session', 'sid'],
    })
    const init = { headers: { 'x-session': 'sesame' } }
    await text(it.fetch(`${URL_A}?sid=sesame`, init))
    await settled()
    const kept = await it.entries()
    expect(kept).toHaveLength(1)
    expect(JSON.stringify([kept, it.told, await it.cache.explain(`${URL_A}?sid=sesame`, init)])).not.toContain('sesame')
    const response = await it.fetch(`${URL_A}?sid=other`, init)
    expect(response.headers.get('x-session')).toBe('REDACTED')
  })

  test('the response of the origin itself is not changed', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), 'x-session': 'sesame' }), {
      ignoredParameters: ['x-session'],
    })
    expect((await it.fetch(URL_A)).headers.get('x-session')).toBe('sesame')
  })

  test('a redirect whose Location would be changed is not stored', async () => {
    const answer = ({ url }: { url: string }) =>
      url === URL_A
        ? new Response(null, { status: 301, headers: { ...cc('max-age=60'), location: '/b?access_token=sesame' } })
        : new Response('b')
    await using it = world(answer)
    expect(await text(it.fetch(URL_A))).toBe('b')
    await text(it.fetch(URL_A))
    await settled()
    expect(it.sent.filter(({ url }) => url === URL_A)).toHaveLength(2)
    expect(JSON.stringify([await it.entries(), it.told])).not.toContain('sesame')
  })

  test('a failing store is reported without secrets', async () => {
    const store = createMemoryStore()
    const broken = { ...store, put: () => Promise.reject(new Error('disk full')) }
    await using it = world(numbered(), {}, broken)
    expect(await ask(it, query('api_key=sesame'))).toBe('0')
    await settled()
    expect(it.errors.length).toBeGreaterThan(0)
    expect(it.errors.map((error) => `${error.message} ${String(error.cause)} ${error.stack}`).join()).not.toContain(
      'sesame',
    )
  })

  test('response.url is the one that was asked for, from the store as well', async () => {
    await using it = world()
    await ask(it, query('api_key=sesame'))
    const response = await it.fetch(...query('api_key=sesame'))
    expect([response.fromCache, response.url]).toEqual([true, `${URL_A}?api_key=sesame`])
  })
})

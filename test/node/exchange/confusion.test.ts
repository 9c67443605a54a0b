/** Whose response it is, and whether it may be used at all, where headers, callers or updates make that easy to mistake. */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { DO_NOT_CACHE } from '../../../src/index.ts'
import { START, URL_A, given, respond, scriptedFetch, settled } from './given.ts'
import type { ScriptedFetch } from './given.ts'

const as = (user: string): RequestInit => ({ headers: { authorization: user } })
const textOf = async (pending: Promise<Response>): Promise<string> => (await pending).text()

/** Says what it was asked, with these headers. */
const echo = (headers: HeadersInit = {}): ScriptedFetch =>
  scriptedFetch(({ headers: asked, init, url }) =>
    respond(`${url} ${asked.get('authorization')} ${String(init.body ?? '')}`, headers),
  )

/** A response that lasts a second, then a 304 with these headers. */
const confirmedWith = (first: string, headers: Record<string, string>): ScriptedFetch =>
  scriptedFetch((_, index) =>
    index === 1
      ? new Response(null, { status: 304, headers: { etag: '"1"', ...headers } })
      : respond('x', { etag: '"1"', 'cache-control': first }),
  )

describe('what a caller changes after the call', () => {
  test.each(['a new cache', 'a cache in use'])(
    'headers and URL, with %s, do not change what was asked',
    async (which) => {
      const { cache } = given(echo())
      if (which === 'a cache in use') await textOf(cache.fetch('https://example.org/first'))
      const headers = new Headers()
      const url = new URL(URL_A)
      const answers = ['A', 'B'].map((user) => {
        headers.set('authorization', user)
        url.searchParams.set('of', user)
        return textOf(cache.fetch(url, { headers }))
      })
      expect(await Promise.all(answers)).toEqual([`${URL_A}?of=A A `, `${URL_A}?of=B B `])
    },
  )

  test('the headers of a Request do not either', async () => {
    const { cache } = given(echo())
    const request = new Request(URL_A)
    const answers = ['A', 'B'].map((user) => {
      request.headers.set('authorization', user)
      return textOf(cache.fetch(request))
    })
    expect(await Promise.all(answers)).toEqual([`${URL_A} A `, `${URL_A} B `])
  })

  test('nor does a body', async () => {
    const { cache } = given(echo(), { allowableMethods: ['POST'] })
    const body = new URLSearchParams()
    const answers = ['1', '2'].map((page) => {
      body.set('page', page)
      return textOf(cache.fetch(URL_A, { method: 'POST', body }))
    })
    expect(await Promise.all(answers)).toEqual([`${URL_A} null page=1`, `${URL_A} null page=2`])
  })

  test('null is no init, as for fetch', async () => {
    // As callers without types give it.
    expect((await given(echo()).cache.fetch(URL_A, null as unknown as RequestInit)).status).toBe(200)
  })
})

describe('public', () => {
  test.each(['public, private, max-age=60', 'public, private="x-user", max-age=60'])(
    'beside private is not for others: %s',
    async (cacheControl) => {
      const { cache } = given(echo({ 'cache-control': cacheControl }))
      await textOf(cache.fetch(URL_A, as('A')))
      expect(await textOf(cache.fetch(URL_A, as('B')))).toContain(' B')
    },
  )

  test('taken back by a 304 is for the one who asked', async () => {
    const up = confirmedWith('public, max-age=1', { 'cache-control': 'private, max-age=60' })
    const { cache, pass } = given(up)
    await textOf(cache.fetch(URL_A, as('A')))
    pass(5)
    await textOf(cache.fetch(URL_A, as('B')))
    expect((await cache.fetch(URL_A, as('B'))).fromCache).toBe(true)
    expect((await cache.fetch(URL_A, as('C'))).fromCache).toBe(false)
  })
})

describe('a 304', () => {
  test.each([
    ['private, in a shared cache', { 'cache-control': 'private, max-age=60' }, true],
    ['no-store', { 'cache-control': 'no-store, max-age=60' }, false],
    ['Vary: *', { 'cache-control': 'max-age=60', vary: '*' }, false],
  ])('with %s ends the use of what is stored', async (_, headers, shared) => {
    const up = confirmedWith('public, max-age=1', headers)
    const { cache, pass } = given(up, { shared })
    await textOf(cache.fetch(URL_A))
    pass(5)
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    expect((await cache.fetch(URL_A)).fromCache).toBe(false)
  })

  test('with a Vary that the response did not have selects by it from then on', async () => {
    const up = confirmedWith('max-age=1', { 'cache-control': 'max-age=60', vary: 'x-user' })
    const { cache, pass } = given(up)
    const of = (user: string): ReturnType<typeof cache.fetch> => cache.fetch(URL_A, { headers: { 'x-user': user } })
    await textOf(of('1'))
    pass(5)
    await textOf(of('1'))
    expect((await of('1')).fromCache).toBe(true)
    expect((await of('2')).fromCache).toBe(false)
  })
})

test('a shared cache does not serve what a private one stored in the same store', async () => {
  const store = createMemoryStore({ now: () => START })
  const up = echo({ 'cache-control': 'private, max-age=60' })
  await textOf(given(up, {}, store).cache.fetch(URL_A))
  await settled()
  expect((await given(up, { shared: true }, store).cache.fetch(URL_A)).fromCache).toBe(false)
  expect((await given(up, {}, store).cache.fetch(URL_A)).fromCache).toBe(true)
})

test.each([{ cache: 'no-store' as const }, { httpCache: { expireAfter: DO_NOT_CACHE } }])(
  'the response to a POST with %j is not kept for GET',
  async (init) => {
    const { cache } = given(echo({ 'content-location': URL_A }))
    await textOf(cache.fetch(URL_A, { method: 'POST', body: 'x', ...init }))
    await settled()
    expect((await cache.fetch(URL_A)).fromCache).toBe(false)
  },
)

test.each([{ connection: 'cache-control' }, { 'cache-control': 'max-age=0, no-cache="cache-control"' }])(
  'Cache-Control is kept whatever %j names',
  async (headers) => {
    const lastModified = new Date(START - 1e10).toUTCString()
    const up = echo({ 'cache-control': 'no-cache', 'last-modified': lastModified, ...headers })
    const { cache } = given(up)
    await textOf(cache.fetch(URL_A))
    await settled()
    expect((await cache.fetch(URL_A)).fromCache).toBe(false)
  },
)

test('the answer to an unsafe method survives a keyFn that fails for what is to be invalidated', async () => {
  const up = scriptedFetch(() => respond('x', { location: '/new' }, { status: 201 }))
  const keyFn = ({ url }: { url: string }): string => {
    if (url.endsWith('/new')) throw new Error('no key')
    return url
  }
  const { cache, errors } = given(up, { keyFn })
  expect((await cache.fetch(URL_A, { method: 'POST', body: 'x' })).status).toBe(201)
  expect(errors).toMatchObject([{ message: 'no key' }])
})

test('§4.4: an unsafe method invalidates what other methods than GET have brought', async () => {
  const { cache } = given(echo(), { allowableMethods: ['GET', 'QUERY'] })
  const query = (): ReturnType<typeof cache.fetch> => cache.fetch(URL_A, { method: 'QUERY', body: '{}' })
  await textOf(query())
  await settled()
  expect((await query()).fromCache).toBe(true)
  await textOf(cache.fetch(URL_A, { method: 'PUT', body: 'x' }))
  expect((await query()).fromCache).toBe(false)
})

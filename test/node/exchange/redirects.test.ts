import { describe, expect, test } from 'vitest'
import { startOrigin } from '../../support/origin.ts'
import { given, pathsStored, respond, scriptedBody, scriptedFetch, settled, START, URL_A } from './given.ts'
import type { Sent } from './given.ts'

const to = (location: string, status = 301, headers: HeadersInit = {}): Response =>
  new Response(null, {
    status,
    headers: { location, 'cache-control': 'max-age=60', ...Object.fromEntries(new Headers(headers)) },
  })

/** An origin of several URLs: the path names what it answers. */
function site(pages: Record<string, (sent: Sent) => Response>) {
  return scriptedFetch((sent) =>
    (pages[new URL(sent.url).pathname] ?? (() => respond('nothing', {}, { status: 404 })))(sent),
  )
}

const CHAIN = { '/a': () => to('/b'), '/b': () => to('/c', 302), '/c': () => respond('target') }
const at = (path: string): string => `https://example.org${path}`

describe('redirects', () => {
  test('are stored and served hop by hop: from the start, from a hop, and the target', async () => {
    const scripted = site(CHAIN)
    const { cache, store } = given(scripted)
    expect(await (await cache.fetch(at('/a'))).text()).toBe('target')
    await settled()
    expect((await pathsStored(store)).sort()).toEqual([at('/a'), at('/b'), at('/c')])
    for (const path of ['/a', '/b', '/c']) {
      const response = await cache.fetch(at(path))
      expect([response.fromCache, response.url, response.redirected, await response.text()]).toEqual([
        true,
        at('/c'),
        path !== '/c',
        'target',
      ])
    }
    expect(scripted.sent).toHaveLength(3)
    expect(scripted.sent.map(({ init }) => init.redirect)).toEqual(['manual', 'manual', 'manual'])
  })

  test('are stored over a connection too, with bodies of unknown length', async () => {
    await using origin = await startOrigin((exchange) => {
      if (exchange.path === '/target') return exchange.answer(200, { 'cache-control': 'max-age=60' }, 'target')
      exchange.head(301, { location: '/target', 'cache-control': 'max-age=60' })
      return exchange.write('moved').then(() => exchange.end())
    })
    const { cache } = given({ fetch }, { now: () => START })
    for (let turn = 0; turn < 3; turn++) expect(await (await cache.fetch(origin.url)).text()).toBe('target')
    await settled()
    expect((await cache.fetch(origin.url)).fromCache).toBe(true)
    expect(origin.exchanges.map(({ path }) => path)).toEqual(['/', '/target'])
  })

  test('do not read a body without end', async () => {
    const body = scriptedBody()
    const scripted = site({
      '/a': () => new Response(body.stream, { status: 302, headers: { location: '/c' } }),
      '/c': CHAIN['/c'],
    })
    const { cache } = given(scripted)
    body.push(new Uint8Array(300_000))
    expect(await (await cache.fetch(at('/a'))).text()).toBe('target')
    await body.cancelled
  })

  test('may be 20, not 21', async () => {
    const scripted = scriptedFetch(({ url }) => {
      const left = Number(new URL(url).pathname.slice(1))
      return left === 0 ? respond('end') : to(`/${left - 1}`)
    })
    const { cache } = given(scripted)
    expect(await (await cache.fetch(at('/20'))).text()).toBe('end')
    await expect(cache.fetch(at('/21'))).rejects.toThrow(TypeError)
  })

  test('in a loop are refused, and the loop is served from the store', async () => {
    const scripted = site({ '/a': () => to('/b'), '/b': () => to('/a') })
    const { cache } = given(scripted)
    await expect(cache.fetch(at('/a'))).rejects.toThrow(TypeError)
    expect(scripted.sent).toHaveLength(2)
  })

  test('with redirect: manual and error come from the same stored hop', async () => {
    const scripted = site(CHAIN)
    const { cache } = given(scripted)
    await (await cache.fetch(at('/a'))).text()
    await expect(cache.fetch(at('/a'), { redirect: 'error' })).rejects.toBeInstanceOf(TypeError)
    const hop = await cache.fetch(at('/a'), { redirect: 'manual' })
    expect(hop).toMatchObject({ status: 301, fromCache: true, url: at('/a'), redirected: false })
    expect(scripted.sent).toHaveLength(3)
  })

  test.each(['manual', 'follow'] as const)(
    'that were first seen with redirect: %s serve the other',
    async (redirect) => {
      const scripted = site(CHAIN)
      const { cache } = given(scripted)
      await (await cache.fetch(at('/b'), { redirect })).text()
      await settled()
      const other = await cache.fetch(at('/b'), { redirect: redirect === 'manual' ? 'follow' : 'manual' })
      expect(other.status).toBe(redirect === 'manual' ? 200 : 302)
      expect(scripted.sent.filter(({ url }) => url === at('/b'))).toHaveLength(1)
    },
  )

  test('hand the fragment on unless Location has its own; response.url has none', async () => {
    const scripted = site({ '/a': () => to('/b'), '/b': () => to('/c#own'), '/c': CHAIN['/c'] })
    const { cache } = given(scripted)
    const response = await cache.fetch(`${at('/a')}#mine`)
    expect(scripted.sent.map(({ url }) => url)).toEqual([`${at('/a')}#mine`, `${at('/b')}#mine`, `${at('/c')}#own`])
    expect(response.url).toBe(at('/c'))
  })

  test('across origins take no credentials along', async () => {
    const scripted = scriptedFetch(({ url }) =>
      url.startsWith('https://example.org') ? to('https://elsewhere.org/') : respond('x'),
    )
    const { cache } = given(scripted)
    await cache.fetch(URL_A, { headers: { authorization: 'secret', cookie: 'a=b', 'x-other': 'kept' } })
    expect([...(scripted.sent[1]?.headers ?? [])]).toEqual([['x-other', 'kept']])
  })

  test('within an origin keep them', async () => {
    const scripted = site(CHAIN)
    await given(scripted).cache.fetch(at('/b'), { headers: { authorization: 'secret' } })
    expect(scripted.sent[1]?.headers.get('authorization')).toBe('secret')
  })

  test('keep the members of init that are not ours', async () => {
    const scripted = site(CHAIN)
    const dispatcher = {}
    await given(scripted).cache.fetch(at('/b'), { dispatcher } as RequestInit)
    expect(scripted.sent.map(({ init }) => 'dispatcher' in init && init.dispatcher === dispatcher)).toEqual([
      true,
      true,
    ])
  })

  test.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'QUERY', 'QUERY'],
    [303, 'QUERY', 'GET'],
    [303, 'HEAD', 'HEAD'],
  ])('by %d turn %s into %s', async (status, method, then) => {
    const scripted = site({ '/a': () => to('/c', status), '/c': CHAIN['/c'] })
    const { cache } = given(scripted, { allowableMethods: ['GET', 'HEAD', 'POST', 'QUERY'] })
    const body = method === 'HEAD' ? null : 'text'
    await cache.fetch(at('/a'), {
      method,
      body,
      headers: { 'x-other': 'kept', ...(body && { 'content-type': 'text/plain' }) },
    })
    const { init, headers } = scripted.sent[1] ?? {}
    expect(init?.method).toBe(then)
    const keeps = then === method && method !== 'HEAD'
    expect([init?.body ?? null, headers?.get('content-type')]).toEqual(keeps ? ['text', 'text/plain'] : [null, null])
    expect(headers?.get('x-other')).toBe('kept')
  })

  test('by 307 with a body that is a stream are the platform’s matter, which refuses them', async () => {
    const scripted = site({ '/a': () => to('/c', 307), '/c': CHAIN['/c'] })
    const { cache } = given(scripted, { allowableMethods: ['POST'] })
    const init = { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' } as RequestInit
    await cache.fetch(at('/a'), init)
    expect(scripted.sent.map(({ init }) => init.redirect)).toEqual([undefined])
  })

  test.each(['https://[', 'ftp://example.org/', 'data:text/plain,x'])('to %s are refused', async (location) => {
    const { cache } = given(site({ '/a': () => to(location) }))
    await expect(cache.fetch(at('/a'))).rejects.toThrow(TypeError)
  })

  test('without Location are answers like others', async () => {
    const { cache } = given(
      site({ '/a': () => new Response('here', { status: 301, headers: { 'cache-control': 'max-age=60' } }) }),
    )
    const response = await cache.fetch(at('/a'))
    expect([response.status, await response.text()]).toEqual([301, 'here'])
  })

  test('followed unseen by the fetch underneath keep the URL that answered', async () => {
    const scripted = site({
      '/a': () => to('/b'),
      '/b': () => Object.defineProperties(respond('target'), { url: { value: at('/z') }, redirected: { value: true } }),
    })
    const { cache } = given(scripted)
    const response = await cache.fetch(at('/a'))
    expect([response.url, response.redirected]).toEqual([at('/z'), true])
  })

  test('of a Request with its own headers and signal take them along', async () => {
    const scripted = site(CHAIN)
    const controller = new AbortController()
    const request = new Request(at('/b'), { headers: { 'x-own': 'yes' }, signal: controller.signal })
    await given(scripted).cache.fetch(request)
    expect(scripted.sent[1]?.headers.get('x-own')).toBe('yes')
  })

  test('are one flight each', async () => {
    const scripted = site(CHAIN)
    const { cache } = given(scripted)
    const all = await Promise.all(Array.from({ length: 50 }, async () => (await cache.fetch(at('/a'))).text()))
    expect(new Set(all)).toEqual(new Set(['target']))
    expect(scripted.sent).toHaveLength(3)
  })
})

import { describe, expect, test } from 'vitest'
import type { CachedRequestInit } from '../../../src/cache.ts'
import { startOrigin } from '../../support/origin.ts'
import {
  bodyOf,
  bytes,
  given,
  lazily,
  pathsStored,
  respond,
  scriptedFetch,
  settled,
  START,
  storeWith,
  URL_A,
} from './given.ts'
import type { Given, ScriptedFetch } from './given.ts'

/** An origin whose answers tell their number. */
const counting = (headers: HeadersInit = {}): ScriptedFetch =>
  scriptedFetch((_, index) => respond(`answer ${index}`, headers))

type State = 'nothing' | 'fresh' | 'stale'

async function primed(state: State, scripted: ScriptedFetch): Promise<Given> {
  const made = given(scripted)
  if (state !== 'nothing') await (await made.cache.fetch(URL_A)).text()
  if (state === 'stale') made.pass(61)
  return made
}

describe('RequestInit.cache', () => {
  test('what is no mode is refused by the fetch underneath, whatever is stored', async () => {
    const origin = counting()
    const made = await primed('fresh', origin)
    // What a caller without types may give.
    await (await made.cache.fetch(URL_A, { cache: 'foo' as never })).text()
    expect(origin.sent.at(-1)?.init.cache).toBe('foo')
  })

  // What the Fetch standard says for each mode: served text, requests sent beyond the first, what a later request finds.
  const table: [RequestCache, State, string, number, string][] = [
    ['default', 'nothing', 'answer 0', 1, 'answer 0'],
    ['default', 'fresh', 'answer 0', 0, 'answer 0'],
    ['default', 'stale', 'answer 1', 1, 'answer 1'],
    ['no-store', 'nothing', 'answer 0', 1, 'nothing'],
    ['no-store', 'fresh', 'answer 1', 1, 'answer 0'],
    ['no-store', 'stale', 'answer 1', 1, 'answer 0'],
    ['reload', 'nothing', 'answer 0', 1, 'answer 0'],
    ['reload', 'fresh', 'answer 1', 1, 'answer 1'],
    ['reload', 'stale', 'answer 1', 1, 'answer 1'],
    ['no-cache', 'nothing', 'answer 0', 1, 'answer 0'],
    ['no-cache', 'fresh', 'answer 1', 1, 'answer 1'],
    ['no-cache', 'stale', 'answer 1', 1, 'answer 1'],
    ['force-cache', 'nothing', 'answer 0', 1, 'answer 0'],
    ['force-cache', 'fresh', 'answer 0', 0, 'answer 0'],
    ['force-cache', 'stale', 'answer 0', 0, 'answer 0'],
    ['only-if-cached', 'nothing', 'TypeError', 0, 'nothing'],
    ['only-if-cached', 'fresh', 'answer 0', 0, 'answer 0'],
    ['only-if-cached', 'stale', 'answer 0', 0, 'answer 0'],
  ]
  test.each(table)('%s with %s stored', async (mode, state, text, sent, left) => {
    const scripted = counting()
    const { cache, store } = await primed(state, scripted)
    const before = scripted.sent.length
    const init: CachedRequestInit = mode === 'only-if-cached' ? { cache: mode, mode: 'same-origin' } : { cache: mode }
    const got = await cache.fetch(URL_A, init).then(
      (response) => response.text(),
      (error: Error) => error.name,
    )
    await settled()
    expect([got, scripted.sent.length - before]).toEqual([text, sent])
    const [entry] = await store.get({ namespace: 'http', url: URL_A, selector: '' })
    expect(entry ? Buffer.from(entry.bytes ?? []).toString() : 'nothing').toBe(left)
  })

  test('of a Request counts, and init’s wins over it', async () => {
    const scripted = counting()
    const { cache } = await primed('fresh', scripted)
    const request = new Request(URL_A, { cache: 'reload' })
    expect(await (await cache.fetch(request.clone(), { cache: 'default' })).text()).toBe('answer 0')
    expect(await (await cache.fetch(request)).text()).toBe('answer 1')
  })

  test('no-cache and reload reach a real fetch as their own header fields', async () => {
    await using origin = await startOrigin((exchange) =>
      exchange.answer(200, { 'cache-control': 'max-age=60', etag: '"1"' }, 'x'),
    )
    const { cache } = given({ fetch }, { now: () => START })
    await (await cache.fetch(origin.url)).text()
    await (await cache.fetch(origin.url, { cache: 'no-cache' })).text()
    await (await cache.fetch(origin.url, { cache: 'reload' })).text()
    const [, validated, reloaded] = origin.exchanges.map(({ headers }) => [
      headers['if-none-match'],
      headers['cache-control'],
    ])
    expect(validated).toEqual(['"1"', 'max-age=0'])
    expect(reloaded).toEqual([undefined, 'no-cache'])
  })

  test('only-if-cached, and force-cache, never make a real fetch refuse', async () => {
    await using origin = await startOrigin((exchange) => exchange.answer(200, { 'cache-control': 'max-age=60' }, 'x'))
    const { cache } = given({ fetch }, { now: () => START })
    expect(await (await cache.fetch(origin.url, { cache: 'force-cache' })).text()).toBe('x')
    expect(
      await (await cache.fetch(new Request(origin.url), { cache: 'only-if-cached', mode: 'same-origin' })).text(),
    ).toBe('x')
  })
})

describe('what is asked', () => {
  test('may be a string, a URL or a Request, which are the same', async () => {
    const scripted = counting()
    const { cache } = given(scripted)
    for (const input of [URL_A, new URL(URL_A), new Request(URL_A), `${URL_A}#fragment`])
      expect(await (await cache.fetch(input)).text()).toBe('answer 0')
  })

  test('as a Request takes its body and fields along', async () => {
    await using origin = await startOrigin((exchange) =>
      exchange.answer(200, {}, `${exchange.method} ${String(exchange.headers['x-own'])} ${exchange.body}`),
    )
    const { cache } = given({ fetch })
    const request = new Request(origin.url, { method: 'POST', body: 'text', headers: { 'x-own': 'yes' } })
    expect(await (await cache.fetch(request)).text()).toBe('POST yes text')
  })

  test('with a body that takes part in the key is stored by body, and the origin gets it whole', async () => {
    await using origin = await startOrigin((exchange) =>
      exchange.answer(200, { 'cache-control': 'max-age=60' }, `got ${exchange.body}`),
    )
    const { cache } = given({ fetch }, { allowableMethods: ['POST'], now: () => START })
    const post = (body: string): Promise<string> =>
      cache.fetch(new Request(origin.url, { method: 'POST', body })).then((response) => response.text())
    expect([await post('a'), await post('b'), await post('a')]).toEqual(['got a', 'got b', 'got a'])
    expect(origin.exchanges).toHaveLength(2)
  })

  test('by init wins over the Request', async () => {
    const scripted = counting()
    const { cache } = given(scripted)
    const request = new Request(URL_A, { headers: { accept: 'a' }, method: 'POST' })
    await cache.fetch(request, { method: 'GET', headers: { accept: 'b' } })
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    expect(scripted.sent[0]?.headers.get('accept')).toBe('b')
  })

  test.each(['/relative', 'https://', 'https://user:pass@example.org/', 'ftp://example.org/'])(
    'as %s is refused as fetch refuses it',
    async (url) => {
      const refusal = await fetch(url).catch((error: unknown) => error)
      const { cache } = given({ fetch })
      await expect(cache.fetch(url)).rejects.toMatchObject({ name: 'TypeError', message: (refusal as Error).message })
    },
  )

  test.each([
    { method: 'TRACE' },
    { method: 'GET', body: 'x' },
    { headers: { 'bad name': 'x' } },
  ] satisfies RequestInit[])('with %j is refused as fetch refuses it', async (init) => {
    const { cache } = given({ fetch })
    await expect(cache.fetch(URL_A, init)).rejects.toBeInstanceOf(TypeError)
  })

  test('with integrity is the platform’s alone', async () => {
    const scripted = counting()
    const { cache, store } = given(scripted)
    const response = await cache.fetch(URL_A, { integrity: 'sha256-x' })
    expect([response.cacheKey, scripted.sent[0]?.init.integrity]).toEqual([null, 'sha256-x'])
    expect(await pathsStored(store)).toEqual([])
  })

  test('as data: is the platform’s alone', async () => {
    const { cache } = given({ fetch })
    expect(await (await cache.fetch('data:text/plain,hello')).text()).toBe('hello')
  })

  test('keeps the members of init that are not ours', async () => {
    const scripted = counting()
    const { cache } = given(scripted)
    const dispatcher = {}
    await cache.fetch(URL_A, { dispatcher, cf: { a: 1 }, httpCache: {} } as CachedRequestInit)
    expect(scripted.sent[0]?.init).toMatchObject({ dispatcher, cf: { a: 1 } })
    expect(scripted.sent[0]?.init).not.toHaveProperty('httpCache')
  })
})

describe('a response', () => {
  async function missAndHit(response: () => Response, init?: CachedRequestInit) {
    const scripted = scriptedFetch(() => response())
    const { cache } = given(scripted)
    const miss = await cache.fetch(URL_A, init)
    const hit = await cache.fetch(URL_A, init)
    return { miss, hit, scripted }
  }

  test('keeps status, statusText, url and several Set-Cookie, from the network and from the store', async () => {
    await using origin = await startOrigin((exchange) => {
      exchange.answer(203, { 'cache-control': 'max-age=60', 'set-cookie': ['a=1', 'b=2'] }, 'x')
    })
    const { cache } = given({ fetch }, { now: () => START })
    const alone = await fetch(`${origin.url}/path?query`)
    const miss = await cache.fetch(`${origin.url}/path?query#fragment`)
    await miss.text()
    const hit = await cache.fetch(`${origin.url}/path?query#fragment`)
    expect([miss.fromCache, hit.fromCache]).toEqual([false, true])
    for (const response of [miss, hit]) {
      expect([response.status, response.statusText, response.ok]).toEqual([alone.status, alone.statusText, true])
      expect([response.url, response.redirected, response.type]).toEqual([alone.url, false, alone.type])
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(response).toBeInstanceOf(Response)
    }
  })

  test('with an odd reason phrase keeps it', async () => {
    const { hit, miss } = await missAndHit(() => respond('x', {}, { statusText: 'Fine Indeed' }))
    expect([miss.statusText, hit.statusText]).toEqual(['Fine Indeed', 'Fine Indeed'])
  })

  test('with a null-body status has none', async () => {
    const { hit, miss } = await missAndHit(() => respond(null, {}, { status: 204 }))
    expect([miss.status, miss.body, hit.status, hit.body, hit.fromCache]).toEqual([204, null, 204, null, true])
  })

  test('with an empty body has an empty body', async () => {
    const { hit, miss } = await missAndHit(() => respond(''))
    expect([await miss.text(), await hit.text(), hit.fromCache, hit.body === null]).toEqual(['', '', true, false])
  })

  test('to HEAD has no body, whatever it announces', async () => {
    const { hit, miss } = await missAndHit(() => respond(null, { 'content-length': '10' }), { method: 'HEAD' })
    expect([miss.body, hit.body, hit.fromCache, hit.headers.get('content-length')]).toEqual([null, null, true, '10'])
  })

  test('with a 304 for the caller’s own condition is the caller’s', async () => {
    const { cache } = given(scriptedFetch(() => new Response(null, { status: 304 })))
    const response = await cache.fetch(URL_A, { headers: { 'if-none-match': '"x"' } })
    expect([response.status, response.body, response.fromCache]).toEqual([304, null, false])
  })

  test('with a status outside of what Response accepts passes as it came', async () => {
    const odd = Object.defineProperty(respond('x'), 'status', { value: 999 })
    const { cache, store } = given(scriptedFetch(() => odd))
    const response = await cache.fetch(URL_A)
    expect([response.status, await response.text(), response.fromCache]).toEqual([999, 'x', false])
    expect(await pathsStored(store)).toEqual([])
  })

  test('that is opaque passes as it came', async () => {
    const opaque = Object.defineProperties(new Response(null), { type: { value: 'opaque' }, status: { value: 0 } })
    const { cache, store } = given(scriptedFetch(() => opaque))
    const response = await cache.fetch(URL_A, { mode: 'no-cors' })
    expect([response.type, response.status, response.fromCache]).toEqual(['opaque', 0, false])
    expect(await pathsStored(store)).toEqual([])
  })

  test('that is an error is no reason to fail', async () => {
    const { cache } = given(scriptedFetch(() => Response.error()))
    expect((await cache.fetch(URL_A)).type).toBe('error')
  })

  test.each(['miss', 'hit'] as const)('that is a %s can be cloned, with what we add, and made anew', async (which) => {
    const response = (await missAndHit(() => respond('text', { 'x-own': 'yes' })))[which]
    const copy = response.clone()
    for (const name of [
      'fromCache',
      'createdAt',
      'expires',
      'isExpired',
      'revalidated',
      'cacheKey',
      'url',
      'redirected',
      'type',
    ] as const) {
      expect([name, (copy as typeof response)[name]]).toEqual([name, response[name]])
    }
    expect((copy as typeof response).createdAt).toEqual(new Date(START))
    expect((copy.clone() as typeof response).fromCache).toBe(which === 'hit')
    const anew = new Response(response.body, response)
    expect([anew.status, anew.headers.get('x-own'), await anew.text(), await copy.text()]).toEqual([
      200,
      'yes',
      'text',
      'text',
    ])
  })

  test('that is not stored can be cloned and made anew too', async () => {
    const { miss } = await missAndHit(() => respond('text', { 'cache-control': 'no-store' }))
    const copy = miss.clone()
    expect((copy as typeof miss).fromCache).toBe(false)
    expect(copy.headers.get('cache-status')).toBe(miss.headers.get('cache-status'))
    const anew = new Response(miss.body, miss)
    expect([await anew.text(), await copy.text(), anew.headers.has('cache-status')]).toEqual(['text', 'text', true])
  })

  test('of a class of its own keeps that class where it passes as it came', async () => {
    class Own extends Response {
      readonly extra = 'extra'
    }
    const own = new Own('x', { headers: { 'cache-control': 'no-store' } })
    const { cache } = given(scriptedFetch(() => own))
    const response = await cache.fetch(URL_A)
    expect(response).toBeInstanceOf(Own)
    expect([(response as unknown as Own).extra, response.fromCache, await response.text()]).toEqual([
      'extra',
      false,
      'x',
    ])
  })

  test.each([
    ['of another implementation, whose body is no web stream', { body: { pipe() {} } }],
    ['of another implementation, which has no streams at all', { body: undefined }],
    ['whose body somebody has read', { body: new ReadableStream(), bodyUsed: true }],
    [
      'whose body somebody reads already',
      {
        body: {
          locked: true,
          getReader() {
            throw new TypeError('locked')
          },
        },
      },
    ],
  ])('%s passes as it came', async (_, members) => {
    const foreign = {
      status: 200,
      statusText: 'OK',
      type: 'default',
      url: 'http://own/',
      redirected: false,
      headers: new Headers({ 'cache-control': 'max-age=60' }),
      ...members,
    }
    const { cache, errors, store } = given(scriptedFetch(() => foreign as unknown as Response))
    const response = await cache.fetch(URL_A)
    expect([response.status, response.fromCache, response.body]).toEqual([200, false, members.body])
    expect([response.url, response.headers.get('cache-control')]).toEqual(['http://own/', 'max-age=60'])
    expect(response.headers.has('cache-status')).toBe(true)
    expect(await pathsStored(store)).toEqual([])
    expect(errors).toEqual([])
  })

  test.each(['blob', 'bytes', 'arrayBuffer', 'json', 'text', 'formData'] as const)(
    'can be read with %s()',
    async (method) => {
      const body = method === 'formData' ? 'a=1' : '{"a":1}'
      const headers = {
        'content-type': method === 'formData' ? 'application/x-www-form-urlencoded' : 'application/json',
      }
      const { hit, miss } = await missAndHit(() => respond(body, headers))
      const expected: unknown = await respond(body, headers)[method]()
      for (const response of [miss, hit]) expect(await response[method]()).toEqual(expected)
    },
  )

  test('of a large hit can be read with iteration, and its body is its own', async () => {
    const whole = bytes(300_000)
    const scripted = scriptedFetch(() => respond(whole))
    const { cache } = given(
      scripted,
      {},
      storeWith((inner) => lazily(inner, (entry, start, end) => entry.open(start, end))),
    )
    await bodyOf(await cache.fetch(URL_A))
    const chunks: Uint8Array<ArrayBuffer>[] = []
    for await (const chunk of (await cache.fetch(URL_A)).body ?? []) chunks.push(chunk)
    expect(Buffer.compare(await bodyOf(new Response(new Blob(chunks))), whole)).toBe(0)
    expect(Buffer.compare(await bodyOf(await cache.fetch(URL_A)), whole)).toBe(0)
  })

  test('of a hit may be written to without harm to what is stored', async () => {
    const { cache } = given(scriptedFetch(() => respond('text')))
    await (await cache.fetch(URL_A)).text()
    const reader = (await cache.fetch(URL_A)).body?.getReader()
    ;(await reader?.read())?.value?.fill(0)
    expect(await (await cache.fetch(URL_A)).text()).toBe('text')
  })
})

import { describe, expect, test } from 'vitest'
import type { CachedRequestInit } from '../../../src/cache.ts'
import type { CachedResponse } from '../../../src/response.ts'
import { startOrigin } from '../../support/origin.ts'
import {
  bodyOf,
  bytes,
  eagerBody,
  given,
  isPending,
  MIB,
  pathsStored,
  respond,
  scriptedBody,
  scriptedFetch,
  settled,
  URL_A,
} from './given.ts'
import type { Given } from './given.ts'

const MANY = 200
const STALE = { 'cache-control': 'max-age=0, stale-while-revalidate=1000', etag: '"1"' }

function many(
  { cache }: Given,
  init: (index: number) => CachedRequestInit = () => ({}),
  count = MANY,
): Promise<CachedResponse>[] {
  return Array.from({ length: count }, (_, index) => cache.fetch(URL_A, init(index)))
}

async function texts(responses: readonly Promise<CachedResponse>[]): Promise<Set<string>> {
  return new Set(await Promise.all(responses.map(async (response) => (await response).text())))
}

describe(`${MANY} requests at once cost one`, () => {
  test('when nothing is stored', async () => {
    const scripted = scriptedFetch()
    const made = given(scripted)
    const all = many(made)
    const body = scriptedBody()
    ;(await scripted.request(0)).answer(respond(body.stream))
    body.push('the ')
    await settled()
    body.push('whole')
    body.end()
    expect(await texts(all)).toEqual(new Set(['the whole']))
    expect(scripted.sent).toHaveLength(1)
    expect((await Promise.all(all)).filter((one) => one.fromCache)).toEqual([])
  })

  test('when the body is there at once, in one piece of more than 1 MiB, whether it is stored or not', async () => {
    const whole = bytes(2 * MIB)
    const scripted = scriptedFetch(() => respond(eagerBody(whole, whole.byteLength).stream))
    const made = given(scripted, {}, { ...given(scripted).store, put: () => Promise.reject(new Error('full')) })
    const got = await Promise.all(many(made, undefined, 20).map(async (one) => bodyOf(await one)))
    for (const one of got) expect(Buffer.compare(one, whole)).toBe(0)
    expect(scripted.sent).toHaveLength(1)
  })

  test('over a connection', async () => {
    await using origin = await startOrigin((exchange) =>
      exchange.answer(200, { 'cache-control': 'max-age=60' }, 'whole'),
    )
    const { cache } = given({ fetch })
    expect(await texts(Array.from({ length: MANY }, () => cache.fetch(origin.url)))).toEqual(new Set(['whole']))
    expect(origin.exchanges).toHaveLength(1)
  })

  test.each([
    ['304', () => new Response(null, { status: 304, headers: { etag: '"1"' } }), 'old'],
    ['200', () => respond('new'), 'new'],
  ] as const)('when what is stored has to be validated, answered with %s', async (_, answer, text) => {
    const scripted = scriptedFetch((_, index) =>
      index === 0 ? respond('old', { 'cache-control': 'max-age=0', etag: '"1"' }) : undefined,
    )
    const made = given(scripted)
    await (await made.cache.fetch(URL_A)).text()
    const all = many(made)
    const request = await scripted.request(1)
    expect(request.headers.get('if-none-match')).toBe('"1"')
    request.answer(answer())
    expect(await texts(all)).toEqual(new Set([text]))
    expect(scripted.sent).toHaveLength(2)
  })

  test('when they refresh behind the caller’s back (RFC 5861 §3)', async () => {
    const scripted = scriptedFetch((_, index) => (index === 0 ? respond('old', STALE) : undefined))
    const made = given(scripted)
    await (await made.cache.fetch(URL_A)).text()
    made.pass(1)
    expect(await texts(many(made))).toEqual(new Set(['old']))
    ;(await scripted.request(1)).answer(respond('new'))
    await settled()
    expect(await texts(many(made))).toEqual(new Set(['new']))
    expect(scripted.sent).toHaveLength(2)
  })

  test('when each insists on validation, also after another answer has begun', async () => {
    const scripted = scriptedFetch()
    const made = given(scripted)
    const first = made.cache.fetch(URL_A)
    const body = scriptedBody()
    ;(await scripted.request(0)).answer(respond(body.stream))
    await first
    const all = many(made, () => ({ cache: 'no-cache' }))
    ;(await scripted.request(1)).answer(respond('second'))
    expect(await texts(all)).toEqual(new Set(['second']))
    body.end()
    expect(scripted.sent).toHaveLength(2)
  })

  test('for each of the variants that Vary tells apart (§4.1)', async () => {
    const scripted = scriptedFetch(({ headers }) => respond(`as ${headers.get('accept')}`, { vary: 'Accept' }))
    const made = given(scripted)
    const accepts = ['text/a', 'text/b', 'text/c']
    const all = many(made, (index) => ({ headers: { accept: accepts[index % 3] ?? '' } }))
    for (const [index, one] of all.entries()) expect(await (await one).text()).toBe(`as ${accepts[index % 3]}`)
    expect(scripted.sent).toHaveLength(3)
  })
})

describe('requests are kept apart', () => {
  test.each([
    ['HEAD and GET', { method: 'HEAD' }, {}],
    ['GET and HEAD', {}, { method: 'HEAD' }],
    ['two with different Authorization', { headers: { authorization: 'one' } }, { headers: { authorization: 'two' } }],
    ['two with different cookies', { headers: { cookie: 'one' } }, { headers: { cookie: 'two' } }],
    ['one with credentials and one without', { headers: { authorization: 'one' } }, {}],
    ['a reload after another', {}, { cache: 'reload' }],
    ['one for a part and one for the whole', { headers: { range: 'bytes=0-1' } }, {}],
    ['one with a condition of its own and one without', { headers: { 'if-none-match': '"x"' } }, {}],
  ] satisfies [string, CachedRequestInit, CachedRequestInit][])('%s', async (_, one, two) => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const both = [cache.fetch(URL_A, one), cache.fetch(URL_A, two)]
    ;(await scripted.request(0)).answer(respond('1'))
    ;(await scripted.request(1)).answer(respond('2'))
    expect(await texts(both)).toEqual(new Set(['1', '2']))
  })

  test.each([
    ['no-store', 'no-store', false],
    ['private, in a shared cache', 'private', true],
    ['no-cache', 'no-cache', false],
  ])('by an answer that is %s', async (_, cacheControl, shared) => {
    const scripted = scriptedFetch((_, index) => respond(String(index), { 'cache-control': cacheControl }))
    const made = given(scripted, { shared })
    expect((await texts(many(made, undefined, 10))).size).toBe(10)
    expect(scripted.sent).toHaveLength(10)
  })
})

describe('who comes late', () => {
  test('streams from what has come', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const first = cache.fetch(URL_A)
    const body = scriptedBody()
    ;(await scripted.request(0)).answer(respond(body.stream))
    body.push('one ')
    const reader = (await first).body?.getReader()
    await reader?.read()
    const late = (await cache.fetch(URL_A)).body?.getReader()
    expect(Buffer.from((await late?.read())?.value ?? []).toString()).toBe('one ')
    body.push('two')
    expect(Buffer.from((await late?.read())?.value ?? []).toString()).toBe('two')
    body.end()
    expect((await late?.read())?.done).toBe(true)
    expect(scripted.sent).toHaveLength(1)
  })

  test('gets all, also when more than 1 MiB has gone by', async () => {
    const whole = bytes(4 * MIB)
    const scripted = scriptedFetch(() => respond(eagerBody(whole).stream))
    const { cache } = given(scripted)
    const reader = (await cache.fetch(URL_A)).body?.getReader()
    for (let read = 0; read < 40; read++) await reader?.read()
    const late = cache.fetch(URL_A).then(bodyOf)
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read());
    expect(Buffer.compare(await late, whole)).toBe(0)
    expect(scripted.sent).toHaveLength(1)
  })

  test('asks for himself when what has gone by is not stored after all', async () => {
    const whole = bytes(4 * MIB)
    const scripted = scriptedFetch(() => respond(eagerBody(whole).stream))
    const failing = { ...given(scripted).store, put: async (_: unknown, __: unknown, body: unknown) => fill(body) }
    const { cache, errors } = given(scripted, {}, failing)
    const reader = (await cache.fetch(URL_A)).body?.getReader()
    for (let read = 0; read < 40; read++) await reader?.read()
    const late = cache.fetch(URL_A).then(bodyOf)
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read());
    expect(Buffer.compare(await late, whole)).toBe(0)
    expect(scripted.sent).toHaveLength(2)
    await settled()
    expect(errors.map(({ message }) => message)).toEqual(['full', 'full'])
  })

  test('insisting on validation is not content with what the origin said before he came', async () => {
    const update = Promise.withResolvers<boolean>()
    const scripted = scriptedFetch((_, index) =>
      index === 0 ? respond('old', { etag: '"1"' }) : new Response(null, { status: 304, headers: { etag: '"1"' } }),
    )
    const { store } = given(scripted)
    const slow = { ...store, update: () => update.promise }
    const { cache, pass } = given(scripted, {}, slow)
    await (await cache.fetch(URL_A)).text()
    pass(61)
    const first = cache.fetch(URL_A)
    await settled()
    const [second, third] = [cache.fetch(URL_A, { cache: 'no-cache' }), cache.fetch(URL_A)]
    await settled()
    update.resolve(true)
    expect(await texts([first, second, third])).toEqual(new Set(['old']))
    expect(scripted.sent).toHaveLength(3)
  })

  test('does not get on a body that has failed', async () => {
    const scripted = scriptedFetch()
    const slow = Promise.withResolvers<never>()
    const store = { ...given(scripted).store, put: () => slow.promise }
    const { cache } = given(scripted, {}, store)
    const body = scriptedBody()
    const first = cache.fetch(URL_A)
    ;(await scripted.request(0)).answer(respond(body.stream))
    body.push(bytes(100_000))
    const text = (await first).text()
    await settled()
    body.fail(new TypeError('terminated'))
    await expect(text).rejects.toThrow('terminated')
    const second = cache.fetch(URL_A)
    ;(await scripted.request(1)).answer(respond('well'))
    expect(await (await second).text()).toBe('well')
    slow.reject(new Error('too late'))
  })
})

async function fill(body: unknown): Promise<never> {
  if (body instanceof ReadableStream) await bodyOf(new Response(body))
  throw new Error('full')
}

describe('who leads', () => {
  test('may abort before the head comes: others get the response', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const controller = new AbortController()
    const first = cache.fetch(URL_A, { signal: controller.signal })
    await scripted.request(0)
    const second = cache.fetch(URL_A)
    const request = await scripted.request(0)
    await settled()
    controller.abort(new Error('mine'))
    await expect(first).rejects.toThrow('mine')
    expect(request.signal?.aborted).toBe(false)
    request.answer(respond('whole'))
    expect(await (await second).text()).toBe('whole')
    expect(scripted.sent).toHaveLength(1)
  })

  test('may abort after the head came: others get the rest', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const controller = new AbortController()
    const first = cache.fetch(URL_A, { signal: controller.signal })
    await scripted.request(0)
    const second = cache.fetch(URL_A)
    const body = scriptedBody()
    ;(await scripted.request(0)).answer(respond(body.stream))
    body.push('one ')
    const text = (await first).text()
    controller.abort(new Error('mine'))
    await expect(text).rejects.toThrow('mine')
    body.push('two')
    body.end()
    expect(await (await second).text()).toBe('one two')
    expect(scripted.sent).toHaveLength(1)
  })

  test('and leaves a response that is not shared: those who waited ask once more, together, and it is not left open', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const controller = new AbortController()
    const first = cache.fetch(URL_A, { signal: controller.signal })
    const request = await scripted.request(0)
    const others = [cache.fetch(URL_A), cache.fetch(URL_A)]
    await settled()
    controller.abort(new Error('mine'))
    await expect(first).rejects.toThrow('mine')
    const body = scriptedBody()
    request.answer(respond(body.stream, { 'cache-control': 'no-store' }))
    await body.cancelled
    ;(await scripted.request(1)).answer(respond('shared'))
    expect(await texts(others)).toEqual(new Set(['shared']))
    expect(scripted.sent).toHaveLength(2)
  })

  test('has a response that is not shared to himself, and ends it by his signal', async () => {
    const scripted = scriptedFetch((_, index) =>
      index === 0 ? undefined : respond('other', { 'cache-control': 'no-store' }),
    )
    const { cache } = given(scripted)
    const controller = new AbortController()
    const first = cache.fetch(URL_A, { signal: controller.signal })
    const request = await scripted.request(0)
    const second = cache.fetch(URL_A)
    await settled()
    request.answer(respond(scriptedBody().stream, { 'cache-control': 'no-store' }))
    await Promise.all([first, second])
    expect(request.signal?.aborted).toBe(false)
    controller.abort(new Error('mine'))
    expect(request.signal?.reason).toEqual(new Error('mine'))
  })

  test('and rejects costs the others one more attempt together, whose success they share', async () => {
    const scripted = scriptedFetch()
    const made = given(scripted)
    const all = many(made)
    const outcomes = Promise.allSettled(all.map(async (one) => (await one).text()))
    const error = new TypeError('fetch failed')
    ;(await scripted.request(0)).fail(error)
    ;(await scripted.request(1)).answer(respond('well'))
    const [first, ...others] = await outcomes
    expect(first).toEqual({ status: 'rejected', reason: error })
    expect(new Set(others.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ status: 'fulfilled', value: 'well' })]),
    )
    expect(scripted.sent).toHaveLength(2)
  })

  test('and rejects costs the others one more attempt together, whose failure they share', async () => {
    const scripted = scriptedFetch()
    const outcomes = Promise.allSettled(many(given(scripted)))
    ;(await scripted.request(0)).fail(new TypeError('first'))
    ;(await scripted.request(1)).fail(new TypeError('second'))
    const reasons = (await outcomes).map((one) => one.status === 'rejected' && String(one.reason))
    expect(new Set(reasons.slice(1))).toEqual(new Set(['TypeError: second']))
    expect(scripted.sent).toHaveLength(2)
  })

  test('and gets a 500 keeps it to himself: the others share what comes next', async () => {
    const scripted = scriptedFetch()
    const all = many(given(scripted))
    ;(await scripted.request(0)).answer(new Response('broken', { status: 500 }))
    ;(await scripted.request(1)).answer(respond('well'))
    const [first, ...others] = all
    expect((await first)?.status).toBe(500)
    expect(await texts(others)).toEqual(new Set(['well']))
    expect(scripted.sent).toHaveLength(2)
  })

  test.each(['while it is asked for', 'while it comes'])(
    'and all others abort %s: the origin sees its request end',
    async (when) => {
      await using origin = await startOrigin()
      const { cache } = given({ fetch })
      const controllers = Array.from({ length: 3 }, () => new AbortController())
      const all = controllers.map(async ({ signal }) => (await cache.fetch(origin.url, { signal })).text())
      const outcomes = Promise.allSettled(all)
      const exchange = await origin.exchange(0)
      if (when === 'while it comes') {
        exchange.head(200, { 'cache-control': 'max-age=60', 'content-length': 10 })
        await exchange.write('some')
      }
      await settled()
      for (const [index, controller] of controllers.entries()) controller.abort(new Error(`reason ${index}`))
      expect(await exchange.closed).toBe(true)
      expect((await outcomes).map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
        'Error: reason 0',
        'Error: reason 1',
        'Error: reason 2',
      ])
      expect(origin.exchanges).toHaveLength(1)
    },
  )

  test('and left alone with a fetch underneath that heeds no abort: who comes right after asks anew', async () => {
    const late = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()]
    let requests = 0
    const { cache } = given({ fetch: async () => (await late[requests++]?.promise) ?? respond('third') })
    const controller = new AbortController()
    const first = cache.fetch(URL_A, { signal: controller.signal })
    await settled()
    controller.abort(new Error('mine'))
    await expect(first).rejects.toThrow('mine')
    const second = cache.fetch(URL_A)
    await settled()
    late[1]?.resolve(respond('well'))
    expect(await (await second).text()).toBe('well')
    late[0]?.resolve(respond('late'))
    await settled()
    expect(await (await cache.fetch(URL_A)).text()).toBe('well')
  })

  test('and left alone with a request that comes right after: it is asked for anew', async () => {
    const scripted = scriptedFetch()
    const { cache } = given(scripted)
    const controller = new AbortController()
    const first = cache.fetch(URL_A, { signal: controller.signal })
    await scripted.request(0)
    controller.abort(new Error('mine'))
    const second = cache.fetch(URL_A)
    await expect(first).rejects.toThrow('mine')
    ;(await scripted.request(1)).answer(respond('well'))
    expect(await (await second).text()).toBe('well')
  })
})

describe('an unsafe request (§4.4)', () => {
  const OTHER = 'https://example.org/other'

  async function invalidated(
    when: 'before the head' | 'in mid-body' | 'while it is committed' | 'for a request with a condition of its own',
  ): Promise<string[]> {
    const commit = Promise.withResolvers<void>()
    const scripted = scriptedFetch(({ init }) => (init.method === 'POST' ? new Response('done') : undefined))
    const inner = given(scripted).store
    const { cache, store } = given(
      scripted,
      {},
      {
        ...inner,
        put: async (key, meta, body) => {
          if (when === 'while it is committed') await commit.promise
          return inner.put(key, meta, body)
        },
      },
    )
    const body = scriptedBody()
    const got = cache.fetch(
      URL_A,
      when === 'for a request with a condition of its own' ? { headers: { 'if-none-match': '"x"' } } : {},
    )
    const request = await scripted.request(0)
    if (when !== 'before the head') request.answer(respond(body.stream))
    body.push('old')
    if (when !== 'before the head') await got
    if (when === 'while it is committed') body.end()
    await settled()
    const posted = cache.fetch(URL_A, { method: 'POST' })
    await settled()
    commit.resolve()
    expect((await posted).status).toBe(200)
    if (when === 'before the head') request.answer(respond(body.stream))
    if (when !== 'while it is committed') body.end()
    expect(await (await got).text()).toBe('old')
    await settled()
    return pathsStored(store)
  }

  test.each([
    'before the head',
    'in mid-body',
    'while it is committed',
    'for a request with a condition of its own',
  ] as const)('keeps a response under way from being stored: %s', async (when) => {
    expect(await invalidated(when)).toEqual([])
  })

  test('does not wait for a body that comes slowly', async () => {
    const scripted = scriptedFetch(({ init }) => (init.method === 'POST' ? new Response('done') : undefined))
    const { cache } = given(scripted)
    const got = cache.fetch(URL_A)
    ;(await scripted.request(0)).answer(respond(scriptedBody().stream))
    await got
    expect(await isPending(cache.fetch(URL_A, { method: 'POST' }))).toBe(false)
  })

  test('lets who asks afterwards have a request of his own', async () => {
    const scripted = scriptedFetch(({ init }) => (init.method === 'POST' ? new Response('done') : undefined))
    const { cache } = given(scripted)
    const before = cache.fetch(URL_A)
    await scripted.request(0)
    await cache.fetch(URL_A, { method: 'POST' })
    const after = cache.fetch(URL_A)
    ;(await scripted.request(2)).answer(respond('new'))
    expect(await (await after).text()).toBe('new')
    ;(await scripted.request(0)).answer(respond('old'))
    expect(await (await before).text()).toBe('old')
    await settled()
    expect(await (await cache.fetch(URL_A)).text()).toBe('new')
  })

  test.each([
    ['location', OTHER, []],
    ['content-location', '/other', []],
    ['location', 'https://elsewhere.org/other', ['https://elsewhere.org/other', OTHER]],
  ])('invalidates what %s: %s names, on its own origin only', async (name, value, left) => {
    const scripted = scriptedFetch(({ init }) =>
      init.method === 'POST' ? new Response('done', { headers: { [name]: value } }) : respond('x'),
    )
    const { cache, store } = given(scripted)
    for (const url of [URL_A, OTHER, 'https://elsewhere.org/other']) await (await cache.fetch(url)).text()
    await cache.fetch(URL_A, { method: 'POST' })
    const stored = await pathsStored(store)
    expect(stored.filter((url) => url !== 'https://elsewhere.org/other' || left.includes(url)).sort()).toEqual(
      [...left].sort(),
    )
  })

  test('that fails invalidates nothing', async () => {
    const scripted = scriptedFetch(({ init }) =>
      init.method === 'POST' ? new Response('no', { status: 500 }) : respond('x'),
    )
    const { cache, store } = given(scripted)
    await (await cache.fetch(URL_A)).text()
    await cache.fetch(URL_A, { method: 'POST' })
    expect(await pathsStored(store)).toEqual([URL_A])
  })
})

/** What hishel does, or does not. */
import { describe, expect, test } from 'vitest'
import { DO_NOT_CACHE } from '../../../src/index.ts'
import { URL_A, cc, dated, numbered, settled, text, world } from '../api/given.ts'
import { ORIGIN, as, confirming, fresh, isConditional, post, same } from './given.ts'

const TAGGED = { etag: '"1"', ...cc('max-age=60') }

describe('policies', () => {
  test('a method that uses the cache is stored and served (HI-12)', async () => {
    const allowableMethods = ['GET', 'POST']
    expect(await same([URL_A, post('x')], [URL_A, post('x')], { allowableMethods })).toBe(true)
    expect(await same([URL_A, post('x')], [URL_A, post('x')], { allowableMethods: ['GET'] })).toBe(false)
  })

  test('without headers, requests are filtered by rules and responses by filterFn (HI-14)', async () => {
    await using at = world(
      (_, count) => new Response(`${count}`, { headers: { 'x-keep': `${count !== 1}`, ...cc('no-store') } }),
      {
        cacheControl: false,
        filterFn: ({ headers }) => headers.get('x-keep') === 'true',
        rules: [{ match: ({ headers }) => headers.get('x-live') !== null, expireAfter: DO_NOT_CACHE }],
      },
    )
    const ask = (path: string, init?: RequestInit): Promise<string> => text(at.fetch(ORIGIN + path, init))
    expect([await ask('/a'), await ask('/a')]).toEqual(['0', '0'])
    expect([await ask('/b'), await ask('/b'), await ask('/b')]).toEqual(['1', '2', '2'])
    expect([await ask('/a', as('x-live', '1')), await ask('/a')]).toEqual(['3', '0'])
  })
})

describe('reuse', () => {
  test.each<[why: string, said: string, asked: HeadersInit, seconds: number]>([
    ['no-cache of the response', 'max-age=60, no-cache', {}, 0],
    ['no-cache of the request', 'max-age=60', cc('no-cache'), 0],
    ['its age', 'max-age=60', {}, 60],
  ])('what %s keeps from being served is validated (HI-20)', async (_, said, headers, seconds) => {
    await using at = world(confirming({ etag: '"1"', ...cc(said) }))
    await text(at.fetch(URL_A))
    at.pass(seconds)
    expect(await text(at.fetch(URL_A, { headers }))).toBe('0')
    expect(at.sent.map((sent) => isConditional(sent.headers))).toEqual([false, true])
  })

  test('of several that match the one with the latest Date is served (HI-21)', async () => {
    await using at = world(
      (_, count) =>
        new Response(`${count}`, {
          headers: { vary: count === 0 ? 'x-a' : 'x-b', date: dated(count), ...cc('max-age=60') },
        }),
    )
    const init = { headers: { 'x-a': '1', 'x-b': '1' } }
    await text(at.fetch(URL_A, init))
    at.pass(5)
    await text(at.fetch(URL_A, { ...init, cache: 'reload' }))
    expect(await at.entries()).toHaveLength(2)
    expect(await text(at.fetch(URL_A, init))).toBe('1')
    expect(await text(at.fetch(URL_A, as('x-a', '1')))).toBe('0')
  })

  test('s-maxage where shared, then max-age, then Expires, then a guess (HI-22)', async () => {
    const headers = { expires: dated(30), 'last-modified': dated(-400) }
    const said = { ...headers, ...cc('max-age=20, s-maxage=10') }
    for (const [shown, options, seconds] of [
      [said, { shared: true }, 10],
      [said, {}, 20],
      [headers, {}, 30],
      [{ 'last-modified': dated(-400) }, {}, 40],
    ] as const) {
      expect([await fresh(shown, seconds - 1, options), await fresh(shown, seconds, options)]).toEqual([true, false])
    }
  })

  test('without a Date that can be read, it counts from receipt (HI-23)', async () => {
    expect(await fresh({ ...cc('max-age=60'), date: 'yesterday' }, 59)).toBe(true)
    expect(await fresh({ ...cc('max-age=60'), date: 'yesterday' }, 60)).toBe(false)
  })

  test.each<[said: string, seconds: number, status: number, asked: number]>([
    ['max-age=5', 6, 200, 2],
    ['min-fresh=60', 6, 200, 2],
    ['max-stale=10', 70, 200, 1],
    ['no-cache', 0, 200, 2],
    ['no-store', 0, 200, 2],
    ['only-if-cached', 61, 504, 1],
    ['only-if-cached', 0, 200, 1],
  ])('%s of a request after %d s is honoured (HI-25)', async (said, seconds, status, asked) => {
    await using at = world()
    await text(at.fetch(URL_A))
    at.pass(seconds)
    expect((await at.fetch(URL_A, { headers: cc(said) })).status).toBe(status)
    expect(at.sent).toHaveLength(asked)
  })

  test('the order of parameters and the fragment count as the developer or the origin says (HI-38)', async () => {
    expect(await same([`${URL_A}#x`], [URL_A])).toBe(true)
    expect(await same([`${URL_A}?a=1&b=2`], [`${URL_A}?b=2&a=1`])).toBe(false)
    expect(await same([`${URL_A}?a=1&b=2`], [`${URL_A}?b=2&a=1`], { noVarySearch: { keyOrder: true } })).toBe(true)
    await using at = world(numbered({ 'no-vary-search': 'key-order', ...cc('max-age=60') }))
    await text(at.fetch(`${URL_A}?a=1&b=2`))
    await settled()
    expect((await at.fetch(`${URL_A}?b=2&a=1`)).fromCache).toBe(true)
  })
})

describe('storing', () => {
  test.each([
    [200, {}, true],
    [206, cc('max-age=60'), false],
    [304, cc('max-age=60'), false],
    [418, {}, false],
    [418, cc('max-age=60'), true],
    [500, {}, false],
    [500, cc('max-age=60'), true],
    [302, {}, false],
    [302, { expires: dated(60) }, true],
    [200, cc('no-store'), false],
  ])('status %d with %j is stored: %s (HI-27)', async (status, headers, stored) => {
    await using at = world(() => new Response(status === 304 ? null : 'x', { status, headers }))
    await text(at.fetch(URL_A, { redirect: 'manual' }))
    expect(await at.entries()).toHaveLength(stored ? 1 : 0)
  })

  test.each([
    ...[200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501].map((status) => [status, true] as const),
    ...[201, 202, 302, 307, 400, 403, 418, 500, 503].map((status) => [status, false] as const),
  ])('a lifetime may be guessed for status %d: %s (HI-28)', async (status, guessed) => {
    await using at = world(
      () => new Response(status === 204 ? null : 'x', { status, headers: { 'last-modified': dated(-1000) } }),
    )
    await text(at.fetch(URL_A, { redirect: 'manual' }))
    at.pass(99)
    await text(at.fetch(URL_A, { redirect: 'manual' }))
    expect(at.sent).toHaveLength(guessed ? 1 : 2)
  })

  test('fields of the connection, and those that no-cache or, if shared, private names, are not stored (HI-29)', async () => {
    const said = {
      ...cc('max-age=60, no-cache="x-a", private="x-b"'),
      connection: 'x-hop',
      ...Object.fromEntries(['x-hop', 'keep-alive', 'te', 'upgrade', 'x-a', 'x-b', 'x-c'].map((name) => [name, '1'])),
    }
    for (const [shared, kept] of [
      [false, ['x-b', 'x-c']],
      [true, ['x-c']],
    ] as const) {
      await using at = world(numbered(said), { shared })
      await text(at.fetch(URL_A))
      const hit = await at.fetch(URL_A)
      expect(hit.fromCache).toBe(true)
      expect(Object.keys(said).filter((name) => name !== 'cache-control' && hit.headers.has(name))).toEqual(kept)
    }
  })

  test.each([
    ['max-age="60"', 59, true],
    ['x="a, no-store", max-age=60', 59, true],
    ['MAX-AGE=60', 59, true],
    ['x-own=1, max-age=60', 59, true],
    ['max-age=99999999999', 2 ** 31 - 1, true],
    ['max-age=60, max-age=5', 6, false],
    ['max-age=60, no-cache="x-a"', 59, true],
    ['max-age=60, no-cache=""', 0, false],
  ])('Cache-Control: %s, after %d s, allows reuse: %s (HI-30)', async (said, seconds, reused) => {
    expect(await fresh(cc(said), seconds)).toBe(reused)
  })

  test('a weak tag is confirmed by its strong form, and both validators go out (HI-31)', async () => {
    const first = { etag: 'W/"1"', 'last-modified': dated(-10), ...cc('max-age=60') }
    await using at = world(confirming(first, { etag: '"1"' }))
    await text(at.fetch(URL_A))
    at.pass(61)
    expect(await at.fetch(URL_A)).toMatchObject({ fromCache: true, revalidated: true })
    expect(at.sent[1]?.headers.get('if-none-match')).toBe('W/"1"')
    expect(at.sent[1]?.headers.get('if-modified-since')).toBe(dated(-10))
  })

  test.each(['bytes', 'bytes=5', 'bytes=a-b', 'bytes=9-1', 'bytes=0-1'])(
    'a range %j of what is stored is answered from it (HI-37)',
    async (range) => {
      await using at = world(() => new Response('0123456789', { headers: TAGGED }))
      await text(at.fetch(URL_A))
      const answer = await at.fetch(URL_A, as('range', range))
      expect([answer.status, await answer.text()]).toEqual(range === 'bytes=0-1' ? [206, '01'] : [200, '0123456789'])
      expect(at.sent).toHaveLength(1)
    },
  )
})

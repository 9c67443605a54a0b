import { describe, expect, test } from 'vitest'
import type { CacheOptions } from '../../../src/index.ts'
import { START, URL_A, cc, dated, numbered, settled, text, world } from './given.ts'
import type { Answer, Sent } from './given.ts'

/** A first response, then whatever the test says to each conditional request, and a new response to others. */
const then =
  (first: Record<string, string>, update: (sent: Sent, count: number) => Response): Answer =>
  (sent, count) =>
    count > 0 && (sent.headers.has('if-none-match') || sent.headers.has('if-modified-since'))
      ? update(sent, count)
      : new Response(`${count}`, { headers: first })
const unmodified =
  (headers: Record<string, string> = {}) =>
  () =>
    new Response(null, { status: 304, headers })

describe('§4.3 validation', () => {
  test.for<[Record<string, string>, string | null, string | null]>([
    [{ etag: '"1"' }, '"1"', null],
    [{ etag: 'W/"1"' }, 'W/"1"', null],
    [{ 'last-modified': dated(-100) }, null, dated(-100)],
    [{ etag: '"1"', 'last-modified': dated(-100) }, '"1"', dated(-100)],
    [{}, null, null],
  ])('of what has %o asks with If-None-Match: %s, If-Modified-Since: %s', async ([said, tag, date]) => {
    await using it = world(then({ ...cc('max-age=60'), ...said }, unmodified()))
    await text(it.fetch(URL_A, { headers: { 'x-mine': '1' } }))
    it.pass(61)
    await text(it.fetch(URL_A, { headers: { 'x-mine': '2' } }))
    const { headers } = it.sent[1] ?? {}
    expect([headers?.get('if-none-match'), headers?.get('if-modified-since'), headers?.get('x-mine')]).toEqual([
      tag,
      date,
      '2',
    ])
  })

  test('a 304 gives the stored body with new fields, and a new life', async () => {
    const first = {
      ...cc('max-age=60'),
      etag: '"1"',
      'content-type': 'text/plain',
      'content-length': '1',
      'x-a': 'old',
      'x-b': 'old',
    }
    const update = {
      date: dated(61),
      'x-a': 'new',
      'x-c': 'new',
      'content-length': '99',
      'content-encoding': 'gzip',
      connection: 'x-d',
      'x-d': '1',
    }
    await using it = world(then(first, unmodified(update)))
    await text(it.fetch(URL_A))
    it.pass(61)
    for (const response of [await it.fetch(URL_A), await it.fetch(URL_A)]) {
      const said = [
        'x-a',
        'x-b',
        'x-c',
        'x-d',
        'content-length',
        'content-encoding',
        'cache-control',
        'etag',
        'date',
        'connection',
      ]
      expect(said.map((name) => response.headers.get(name))).toEqual([
        'new',
        'old',
        'new',
        null,
        '1',
        null,
        'max-age=60',
        '"1"',
        dated(61),
        null,
      ])
      expect([response.status, response.fromCache, await response.text()]).toEqual([200, true, '0'])
    }
    expect(it.sent).toHaveLength(2)
    const [entry] = await it.entries()
    expect(entry?.meta.createdAt).toBe(START)
  })

  test('a 304 with another lifetime brings that', async () => {
    await using it = world(then({ ...cc('max-age=60'), etag: '"1"' }, unmodified(cc('max-age=5'))))
    await text(it.fetch(URL_A))
    it.pass(61)
    await text(it.fetch(URL_A))
    expect((await it.cache.explain(URL_A)).stored?.lifetime).toBe(5)
  })

  test("a 304 without Age ends the stored response's", async () => {
    await using it = world(then({ ...cc('max-age=60'), etag: '"1"', age: '50' }, unmodified()))
    await text(it.fetch(URL_A))
    it.pass(11)
    await text(it.fetch(URL_A))
    expect((await it.cache.explain(URL_A)).stored).toMatchObject({ age: 0, fresh: true })
  })

  test('a 304 about another response is asked again, without conditions', async () => {
    await using it = world(then({ ...cc('max-age=60'), etag: '"1"' }, unmodified({ etag: '"2"' })))
    await text(it.fetch(URL_A))
    it.pass(61)
    expect(await text(it.fetch(URL_A))).toBe('2')
    expect(it.sent.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, '"1"', null])
  })

  test.for<[string, string]>([
    ['W/"1"', '"1"'],
    ['"1"', 'W/"1"'],
  ])('a stored %s is confirmed by %s', async ([stored, update]) => {
    await using it = world(then({ ...cc('max-age=60'), etag: stored }, unmodified({ etag: update })))
    await text(it.fetch(URL_A))
    it.pass(61)
    expect((await it.fetch(URL_A)).revalidated).toBe(true)
    expect(it.sent).toHaveLength(2)
  })

  test('a 200 replaces what was stored', async () => {
    await using it = world(
      (_, count) => new Response(`${count}`, { headers: { ...cc('max-age=60'), etag: `"${count}"` } }),
    )
    await text(it.fetch(URL_A))
    it.pass(61)
    expect(await text(it.fetch(URL_A))).toBe('1')
    expect(await text(it.fetch(URL_A))).toBe('1')
    await settled()
    expect(await it.entries()).toHaveLength(1)
  })

  test.for([500, 503])('a %i leaves what was stored', async (status) => {
    await using it = world(
      then(
        { ...cc('max-age=60'), etag: '"1"' },
        (_, count) => new Response(null, { status: count === 1 ? status : 304 }),
      ),
    )
    await text(it.fetch(URL_A))
    it.pass(61)
    expect((await it.fetch(URL_A)).status).toBe(status)
    const response = await it.fetch(URL_A)
    expect([response.status, response.revalidated, await response.text()]).toEqual([200, true, '0'])
  })

  test('no-cache is validated each time, and alwaysRevalidate', async () => {
    for (const [said, options] of [
      ['no-cache', {}],
      ['max-age=60', { alwaysRevalidate: true }],
    ] as [string, CacheOptions][]) {
      await using it = world(then({ ...cc(said), etag: '"1"' }, unmodified()), options)
      for (let time = 0; time < 3; time++) expect(await text(it.fetch(URL_A))).toBe('0')
      expect(it.sent).toHaveLength(3)
    }
  })

  test('no-cache="x" is used without, and without the field', async () => {
    await using it = world(numbered({ ...cc('max-age=60, no-cache="set-cookie"'), 'set-cookie': 'a=1' }))
    expect((await it.fetch(URL_A)).headers.get('set-cookie')).toBe('a=1')
    await settled()
    const response = await it.fetch(URL_A)
    expect([response.fromCache, response.headers.get('set-cookie')]).toEqual([true, null])
  })
})

describe('§4.3.5 HEAD', () => {
  const HEAD = { method: 'HEAD', cache: 'reload' } as const
  const answering =
    (head: Record<string, string>): Answer =>
    ({ method }, count) =>
      method === 'HEAD'
        ? new Response(null, { headers: { ...cc('max-age=60'), ...head } })
        : new Response(`${count}`, { headers: { ...cc('max-age=60'), etag: '"1"', 'content-length': '1' } })

  test('is answered from a stored GET, without a body', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    const response = await it.fetch(URL_A, { method: 'HEAD' })
    expect([response.fromCache, response.status, response.body]).toEqual([true, 200, null])
  })

  test('does not answer GET', async () => {
    await using it = world(
      ({ method }, count) => new Response(method === 'HEAD' ? null : `${count}`, { headers: cc('max-age=60') }),
    )
    await text(it.fetch(URL_A, { method: 'HEAD' }))
    await settled()
    expect((await it.fetch(URL_A, { method: 'HEAD' })).fromCache).toBe(true)
    expect(await text(it.fetch(URL_A))).toBe('1')
  })

  test('that agrees freshens what is stored', async () => {
    await using it = world(answering({ etag: '"1"', 'content-length': '1', 'x-new': '1' }))
    await text(it.fetch(URL_A))
    it.pass(50)
    await text(it.fetch(URL_A, HEAD))
    await settled()
    it.pass(50)
    const response = await it.fetch(URL_A)
    expect([response.fromCache, response.headers.get('x-new'), await response.text()]).toEqual([true, '1', '0'])
  })

  test.for<[string, Record<string, string>]>([
    ['another tag', { etag: '"2"' }],
    ['another length', { etag: '"1"', 'content-length': '2' }],
    ['a modification', { 'last-modified': dated(0) }],
  ])('that tells of %s makes it invalid', async ([, head]) => {
    await using it = world(answering(head))
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, HEAD))
    await settled()
    const response = await it.fetch(URL_A)
    expect([response.fromCache, await response.text()]).toEqual([false, '2'])
    expect(it.sent[2]?.headers.get('if-none-match')).toBe('"1"')
  })
})

import { describe, expect, test } from 'vitest'
import type { CachedRequestInit, CacheOptions } from '../../../src/index.ts'
import { START, URL_A, cc, dated, numbered, settled, text, world } from './given.ts'
import type { Answer, Sent } from './given.ts'

const B = 'https://example.org/b'

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

describe('§4.4 invalidation', () => {
  const writing =
    (status: number, headers: Record<string, string> = {}): Answer =>
    ({ method }, count) =>
      method === 'GET'
        ? new Response(`${count}`, { headers: cc('max-age=60') })
        : new Response(null, { status, headers })

  test.for(['POST', 'PUT', 'DELETE', 'PATCH', 'BREW'])(
    '%s makes what is stored for its URL invalid',
    async (method) => {
      await using it = world(writing(204))
      await text(it.fetch(URL_A))
      await text(it.fetch(B))
      await text(it.fetch(URL_A, { method }))
      expect((await it.fetch(B)).fromCache).toBe(true)
      expect((await it.fetch(URL_A)).fromCache).toBe(false)
    },
  )

  test.for(['OPTIONS', 'QUERY', 'HEAD'])('%s does not', async (method) => {
    await using it = world(writing(204))
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, { method }))
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test.for<[number, boolean]>([
    [200, true],
    [201, true],
    [303, true],
    [400, false],
    [404, false],
    [409, false],
    [500, false],
  ])('a status of %i does: %o', async ([status, gone]) => {
    await using it = world(writing(status))
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, { method: 'POST', redirect: 'manual' }))
    expect((await it.fetch(URL_A)).fromCache).toBe(!gone)
  })

  test('a failure of the network does not', async () => {
    await using it = world((sent, count) =>
      sent.method === 'GET' ? numbered()(sent, count) : Promise.reject(new TypeError('fetch failed')),
    )
    await text(it.fetch(URL_A))
    await expect(it.fetch(URL_A, { method: 'POST' })).rejects.toThrow('fetch failed')
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test.for<[name: string, value: string, gone: boolean]>([
    ['location', '/b', true],
    ['content-location', 'b', true],
    ['location', 'https://example.org/b#x', true],
    ['location', 'https://other.org/b', false],
    ['location', 'http://example.org/b', false],
    ['content-location', 'https://example.org:8443/b', false],
    ['location', 'http://[', false],
  ])('%s: %s names another that is invalid: %o', async ([name, value, gone]) => {
    await using it = world(writing(201, { [name]: value }))
    await text(it.fetch(B))
    await text(it.fetch(URL_A, { method: 'POST' }))
    expect((await it.fetch(B)).fromCache).toBe(!gone)
  })

  test('what another origin has at the same path stays', async () => {
    await using it = world(writing(201, { location: 'https://other.org/b' }))
    await text(it.fetch('https://other.org/b'))
    await text(it.fetch(URL_A, { method: 'POST' }))
    expect((await it.fetch('https://other.org/b')).fromCache).toBe(true)
  })

  test('holds where the developer decides, and for every user', async () => {
    await using it = world(writing(204), { cacheControl: false })
    for (const authorization of ['one', 'two']) await text(it.fetch(URL_A, { headers: { authorization } }))
    await text(it.fetch(URL_A, { method: 'POST', headers: { authorization: 'one' } }))
    expect(await it.entries()).toEqual([])
  })
})

const BODY = '0123456789'
const FULL = {
  ...cc('max-age=60'),
  etag: '"1"',
  'last-modified': dated(-100),
  date: dated(0),
  'content-type': 'text/x',
  'content-length': '10',
}
/** What a request for a stored response gives; the origin must not be asked again. */
async function ask(init: CachedRequestInit, headers: Record<string, string> = FULL) {
  await using it = world(() => new Response(BODY, { headers }))
  await text(it.fetch(URL_A))
  await settled()
  const response = await it.fetch(URL_A, init)
  const { headers: fields, status } = response
  expect({ sent: it.sent.length, fromCache: response.fromCache }).toEqual({ sent: 1, fromCache: true })
  return { status, body: await response.text(), fields, url: response.url }
}
const range = (value: string, more: Record<string, string> = {}) => ({ headers: { range: value, ...more } })

describe('ranges of a stored response', () => {
  test.for<[string, string, string]>([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', BODY, 'bytes 0-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ['bytes=0-', BODY, 'bytes 0-9/10'],
    ['BYTES=2-4', '234', 'bytes 2-4/10'],
  ])('%s is %s', async ([value, body, described]) => {
    const answer = await ask(range(value))
    expect([
      answer.status,
      answer.body,
      answer.fields.get('content-range'),
      answer.fields.get('content-length'),
    ]).toEqual([206, body, described, `${body.length}`])
    expect([answer.fields.get('etag'), answer.fields.get('content-type'), answer.url]).toEqual(['"1"', 'text/x', URL_A])
  })

  test.for(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s is a 416', async (value) => {
    const answer = await ask(range(value))
    expect([
      answer.status,
      answer.body,
      answer.fields.get('content-range'),
      answer.fields.get('content-length'),
    ]).toEqual([416, '', 'bytes */10', null])
  })

  test.for([
    'bytes=4-2',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes 0-1',
    'lines=0-1',
    'bytes=0-1,3-4',
    'bytes=1.5-2',
    '',
  ])('%j is the whole', async (value) => {
    const answer = await ask(range(value))
    expect([answer.status, answer.body, answer.fields.get('content-range')]).toEqual([200, BODY, null])
  })

  test.for<[string, number]>([
    ['"1"', 206],
    ['"2"', 200],
    ['W/"1"', 200],
    [dated(-100), 206],
    [dated(-99), 200],
    ['nonsense', 200],
  ])('If-Range: %s gives a %i', async ([value, status]) => {
    const answer = await ask(range('bytes=2-4', { 'if-range': value }))
    expect([answer.status, answer.body]).toEqual([status, status === 206 ? '234' : BODY])
  })

  test('If-Range names no part by a weak tag, or a date that is weak', async () => {
    expect((await ask(range('bytes=2-4', { 'if-range': 'W/"1"' }), { ...FULL, etag: 'W/"1"' })).status).toBe(200)
    expect(
      (await ask(range('bytes=2-4', { 'if-range': dated(0) }), { ...FULL, 'last-modified': dated(0) })).status,
    ).toBe(200)
  })

  test('of one that came with a content coding is the whole', async () => {
    const answer = await ask(range('bytes=2-4'), { ...FULL, 'content-encoding': 'gzip' })
    expect([answer.status, answer.body]).toEqual([200, BODY])
  })

  test('HEAD has none', async () => {
    const answer = await ask({ method: 'HEAD', ...range('bytes=2-4') })
    expect([answer.status, answer.fields.get('content-range')]).toEqual([200, null])
  })

  test('a miss asks the origin for the range, and a 206 answers nobody who wants the whole', async () => {
    const part: Answer = ({ headers }) =>
      headers.has('range')
        ? new Response('234', {
            status: 206,
            headers: { ...FULL, 'content-range': 'bytes 2-4/10', 'content-length': '3' },
          })
        : new Response(BODY, { headers: FULL })
    await using it = world(part)
    expect(await text(it.fetch(URL_A, range('bytes=2-4')))).toBe('234')
    await settled()
    const response = await it.fetch(URL_A)
    expect([response.status, await response.text()]).toEqual([200, BODY])
    expect(it.sent[0]?.headers.get('range')).toBe('bytes=2-4')
  })

  test('a 200 to a request for a part is stored and given whole', async () => {
    await using it = world(() => new Response(BODY, { headers: FULL }))
    expect((await it.fetch(URL_A, range('bytes=2-4'))).status).toBe(200)
    await settled()
    expect(await text(it.fetch(URL_A))).toBe(BODY)
    expect(it.sent).toHaveLength(1)
  })

  test('a 416 of the origin answers nobody who wants the whole', async () => {
    await using it = world(
      ({ headers }) => new Response(BODY, { status: headers.has('range') ? 416 : 200, headers: FULL }),
    )
    expect((await it.fetch(URL_A, range('bytes=99-'))).status).toBe(416)
    await settled()
    expect((await it.fetch(URL_A)).status).toBe(200)
  })

  test('a part of a stale response is validated first', async () => {
    await using it = world((sent) =>
      sent.headers.has('if-none-match') ? new Response(null, { status: 304 }) : new Response(BODY, { headers: FULL }),
    )
    await text(it.fetch(URL_A))
    it.pass(61)
    const response = await it.fetch(URL_A, range('bytes=2-4'))
    expect([response.status, response.revalidated, await response.text()]).toEqual([206, true, '234'])
  })
})

describe("§4.3.2 conditions of the caller's own", () => {
  test.for<[Record<string, string>, number]>([
    [{ 'if-none-match': '"1"' }, 304],
    [{ 'if-none-match': 'W/"1"' }, 304],
    [{ 'if-none-match': '"0", "1"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"2"' }, 200],
    [{ 'if-none-match': '' }, 200],
    [{ 'if-modified-since': dated(-100) }, 304],
    [{ 'if-modified-since': dated(0) }, 304],
    [{ 'if-modified-since': dated(-101) }, 200],
    [{ 'if-modified-since': 'nonsense' }, 200],
    [{ 'if-none-match': '"2"', 'if-modified-since': dated(0) }, 200],
    [{ 'if-none-match': '"1"', range: 'bytes=2-4' }, 304],
    [{ 'if-none-match': '"2"', range: 'bytes=2-4' }, 206],
  ])('%o gives a %i from a fresh response', async ([headers, status]) => {
    const answer = await ask({ headers })
    expect([answer.status, answer.body]).toEqual([status, status === 304 ? '' : status === 206 ? '234' : BODY])
    expect(answer.fields.get('etag')).toBe('"1"')
  })

  test('a 304 says nothing of the body', async () => {
    const { fields } = await ask({ headers: { 'if-none-match': '"1"' } })
    expect([
      fields.get('content-length'),
      fields.get('content-type'),
      fields.get('cache-control'),
      fields.get('date'),
    ]).toEqual([null, null, 'max-age=60', dated(0)])
  })

  test('HEAD gets a 304, too', async () => {
    expect((await ask({ method: 'HEAD', headers: { 'if-none-match': '"1"' } })).status).toBe(304)
  })

  test("are forwarded unchanged where nothing is fresh, and their 304 is the caller's", async () => {
    await using it = world((sent) =>
      sent.headers.has('if-none-match')
        ? new Response(null, { status: 304, headers: { etag: '"7"' } })
        : new Response(BODY, { headers: FULL }),
    )
    const first = await it.fetch(URL_A, { headers: { 'if-none-match': '"7"' } })
    expect([first.status, first.fromCache, first.revalidated]).toEqual([304, false, false])
    await text(it.fetch(URL_A))
    it.pass(61)
    const later = await it.fetch(URL_A, { headers: { 'if-none-match': '"7"' } })
    expect([later.status, later.fromCache, later.headers.get('etag')]).toEqual([304, false, '"7"'])
    expect(it.sent.map(({ headers }) => [headers.get('if-none-match'), headers.get('if-modified-since')])).toEqual([
      ['"7"', null],
      [null, null],
      ['"7"', null],
    ])
    expect(await text(it.fetch(URL_A, { headers: cc('max-stale') }))).toBe(BODY)
  })

  test.for(['if-match', 'if-unmodified-since'])('%s is for the origin alone', async (name) => {
    await using it = world((sent) => new Response(null, { status: sent.headers.has(name) ? 412 : 200, headers: FULL }))
    await text(it.fetch(URL_A))
    await settled()
    expect((await it.fetch(URL_A, { headers: { [name]: 'x' } })).status).toBe(412)
    expect((await it.fetch(URL_A)).status).toBe(200)
  })
})

import { describe, expect, test } from 'vitest'
import type { CachedRequestInit } from '../../../src/index.ts'
import { URL_A, cc, dated, settled, text, world } from './given.ts'
import type { Answer } from './given.ts'

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

import { describe, expect, test } from 'vitest'
import { URL_A, cc, dated, numbered, text, world } from '../api/given.ts'
import { confirming, isConditional } from './given.ts'

const TAGGED = { etag: '"1"', ...cc('max-age=60') }

describe('what a 304 does', () => {
  test('the call that asked gets what is stored, as revalidated; later ones a hit (RC-170)', async () => {
    await using at = world(confirming(TAGGED))
    await text(at.fetch(URL_A))
    at.pass(61)
    expect(await at.fetch(URL_A)).toMatchObject({ status: 200, fromCache: true, revalidated: true, isExpired: false })
    expect(await at.fetch(URL_A)).toMatchObject({ status: 200, fromCache: true, revalidated: false })
    expect(at.sent).toHaveLength(2)
  })

  test.each([
    [{}, 60],
    [cc('max-age=10'), 10],
    [{ expires: dated(200) }, 60],
  ])('with %j the lifetime from then on is %d s (RC-171)', async (then, lifetime) => {
    await using at = world(confirming(TAGGED, then))
    await text(at.fetch(URL_A))
    at.pass(61)
    await text(at.fetch(URL_A))
    at.pass(lifetime - 1)
    await text(at.fetch(URL_A))
    expect(at.sent).toHaveLength(2)
    at.pass(1)
    await text(at.fetch(URL_A))
    expect(at.sent).toHaveLength(3)
  })

  test('its fields take the place of the stored ones, but for what describes the stored bytes or the connection (RC-172, HI-32)', async () => {
    const first = { ...TAGGED, 'content-type': 'text/plain', 'content-length': '1', 'x-a': 'old', 'x-b': 'kept' }
    const then = { 'content-length': '0', 'content-encoding': 'br', connection: 'x-hop', 'x-hop': '1', 'x-a': 'new' }
    await using at = world(confirming(first, then))
    await text(at.fetch(URL_A))
    at.pass(61)
    await text(at.fetch(URL_A))
    const hit = await at.fetch(URL_A)
    const shown = (...names: string[]): unknown[] => names.map((name) => hit.headers.get(name))
    expect(shown('x-a', 'x-b', 'content-type')).toEqual(['new', 'kept', 'text/plain'])
    expect(shown('content-encoding', 'connection', 'x-hop')).toEqual([null, null, null])
    expect([hit.headers.get('content-length') === '0', await hit.text()]).toEqual([false, '0'])
  })

  test('only metadata is written, and validators that it lacks stay (RC-173)', async () => {
    const inner = world(confirming(TAGGED))
    const written: string[] = []
    const { put, update } = inner.store
    await using at = world(
      confirming(TAGGED),
      {},
      {
        ...inner.store,
        put(...args) {
          written.push('put')
          return put(...args)
        },
        update(...args) {
          written.push('update')
          return update(...args)
        },
      },
    )
    for (let time = 0; time < 3; time++) {
      await text(at.fetch(URL_A))
      at.pass(61)
    }
    expect(written).toEqual(['put', 'update', 'update'])
    expect(at.sent.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, '"1"', '"1"'])
  })

  test('createdAt is when it was first stored, and moves only with another response (RC-174)', async () => {
    await using at = world((sent, count) => (count === 2 ? numbered() : confirming(TAGGED))(sent, count))
    const created = (await at.fetch(URL_A)).createdAt?.getTime() ?? 0
    await text(at.fetch(URL_A))
    at.pass(61)
    const confirmed = await at.fetch(URL_A)
    expect([confirmed.createdAt?.getTime(), confirmed.expires?.getTime()]).toEqual([created, created + 121_000])
    at.pass(61)
    await text(at.fetch(URL_A))
    expect((await at.fetch(URL_A)).createdAt?.getTime()).toBe(created + 122_000)
  })

  test('the caller has it where nothing is stored that it could mean (RC-177)', async () => {
    await using at = world(() => new Response(null, { status: 304, headers: TAGGED }))
    expect(await at.fetch(URL_A)).toMatchObject({ status: 304, fromCache: false })
    expect(await at.entries()).toEqual([])
  })

  test('about another response than the stored one, it is asked again without conditions (HI-31)', async () => {
    await using at = world(confirming(TAGGED, { etag: '"2"' }))
    await text(at.fetch(URL_A))
    at.pass(61)
    expect(await text(at.fetch(URL_A))).toBe('2')
    expect(at.sent.map(({ headers }) => isConditional(headers))).toEqual([false, true, false])
  })
})

describe('any other answer', () => {
  test.each([
    [200, '1'],
    [404, '0'],
    [500, '0'],
  ])('%d in answer to a validation leaves %j stored, with allowableCodes 200 (RC-175)', async (status, kept) => {
    await using at = world((sent, count) => numbered({ etag: `"${count}"` }, count === 0 ? 200 : status)(sent, count), {
      cacheControl: false,
      expireAfter: 60,
    })
    await text(at.fetch(URL_A))
    at.pass(61)
    expect(await at.fetch(URL_A)).toMatchObject({ status, fromCache: false })
    at.pass(-61)
    expect(await text(at.fetch(URL_A, { cache: 'force-cache' }))).toBe(kept)
  })

  test('takes the place of what was stored, of which nothing remains (HI-33)', async () => {
    await using at = world((sent, count) => numbered({ etag: `"${count}"`, ...cc('max-age=60') })(sent, count))
    for (let time = 0; time < 4; time++) {
      expect(await text(at.fetch(URL_A))).toBe(`${time}`)
      at.pass(61)
    }
    expect(await at.entries()).toHaveLength(1)
  })

  test('a 5xx leaves the stored response, and stands behind it where that may be served stale (RC-64, HI-34)', async () => {
    const failing = (status: number) =>
      world((sent, count) => numbered(TAGGED, count === 0 ? 200 : status)(sent, count), {})
    await using at = failing(503)
    await text(at.fetch(URL_A))
    at.pass(61)
    expect((await at.fetch(URL_A)).status).toBe(503)
    expect((await at.fetch(URL_A, { httpCache: { staleIfError: true } })).status).toBe(200)
    expect(await at.entries()).toHaveLength(1)
    await using gone = failing(404)
    await text(gone.fetch(URL_A))
    gone.pass(61)
    expect([(await gone.fetch(URL_A)).status, (await gone.fetch(URL_A)).status, gone.sent.length]).toEqual([
      404, 404, 2,
    ])
  })

  test('what has expired without a validator is asked for without conditions (RC-176)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    at.pass(61)
    expect(await text(at.fetch(URL_A))).toBe('1')
    expect(isConditional(at.sent[1]?.headers ?? new Headers({ 'if-none-match': '' }))).toBe(false)
  })
})

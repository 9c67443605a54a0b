/** RFC 9111 §5.2.2 and other fields of a response, with `cacheControl` as it is by default. */
import { describe, expect, test } from 'vitest'
import { URL_A, cc, dated, numbered, settled, text, world } from '../api/given.ts'
import type { CacheOptions } from '../../../src/index.ts'
import { as, confirming, failing, fresh, isConditional } from './given.ts'

const LAST = { 'last-modified': dated(-1000) }

describe('fields of a response', () => {
  test('max-age counts from when the origin made the response (RC-150, HI-24)', async () => {
    expect(await fresh(cc('max-age=60'), 59.9)).toBe(true)
    expect(await fresh(cc('max-age=60'), 60)).toBe(false)
    expect(await fresh({ ...cc('max-age=60'), age: '59' }, 1)).toBe(false)
    expect(await fresh({ ...cc('max-age=60'), date: dated(-59) }, 1)).toBe(false)
  })

  test.each(['-1', '', 'x', '1.5', '+9'])('max-age=%s is none left, and not for ever (RC-151)', async (value) => {
    expect(await fresh({ ...cc(`max-age=${value}`), ...LAST }, 0)).toBe(false)
  })

  test('a quoted max-age counts (RC-152)', async () => {
    expect(await fresh(cc('max-age="60"'), 59)).toBe(true)
    expect(await fresh(cc('max-age="60"'), 60)).toBe(false)
  })

  test('Expires counts from Date, and not beside max-age (RC-153)', async () => {
    expect(await fresh({ expires: dated(60) }, 59)).toBe(true)
    expect(await fresh({ expires: dated(60) }, 60)).toBe(false)
    expect(await fresh({ expires: dated(1060), date: dated(1000) }, 60)).toBe(false)
    expect(await fresh({ expires: dated(60), ...cc('max-age=10') }, 10)).toBe(false)
    expect(await fresh({ expires: '0', ...cc('max-age=10') }, 9)).toBe(true)
  })

  test.each(['', '0', '-1', '60', 'never', 'Thu, 01 Foo 2030 00:00:00 GMT'])(
    'Expires: %j is past, and fails no request (RC-154, HI-23)',
    async (expires) => {
      await using at = world(numbered({ expires, ...LAST }))
      expect(await text(at.fetch(URL_A))).toBe('0')
      expect((await at.fetch(URL_A)).fromCache).toBe(false)
    },
  )

  test('immutable is no lifetime, and lengthens none (RC-155)', async () => {
    expect(await fresh(cc('immutable'), 0)).toBe(false)
    expect(await fresh(cc('max-age=60, immutable'), 60)).toBe(false)
    expect(await fresh(cc('max-age=60, immutable, no-cache'), 0)).toBe(false)
  })

  test('no-store is not written, and what was there before stays (RC-156)', async () => {
    expect(await fresh(cc('no-store, max-age=60'), 0)).toBe(false)
    await using at = world((sent, count) => numbered(cc(count === 0 ? 'max-age=60' : 'no-store'))(sent, count))
    await text(at.fetch(URL_A))
    expect(await text(at.fetch(URL_A, { cache: 'reload' }))).toBe('1')
    expect(await text(at.fetch(URL_A))).toBe('0')
  })

  test('no-cache is stored, and asked about each time; with names it only keeps these from being stored (RC-157)', async () => {
    await using at = world(confirming({ etag: '"1"', ...cc('max-age=60, no-cache') }))
    for (let time = 0; time < 3; time++) expect(await text(at.fetch(URL_A))).toBe('0')
    expect(at.sent.map(({ headers }) => isConditional(headers))).toEqual([false, true, true])
    expect(await fresh(cc('max-age=60, no-cache'), 0)).toBe(false)
    await using named = world(numbered({ ...cc('max-age=60, no-cache="x-a"'), 'x-a': '1', 'x-b': '2' }))
    await text(named.fetch(URL_A))
    const hit = await named.fetch(URL_A)
    expect([hit.fromCache, hit.headers.get('x-a'), hit.headers.get('x-b')]).toEqual([true, null, '2'])
  })

  test('must-revalidate says nothing while fresh, and forbids serving stale (RC-158)', async () => {
    expect(await fresh(cc('max-age=60, must-revalidate'), 59)).toBe(true)
    await using at = world(failing(cc('max-age=60, must-revalidate')), { staleIfError: true })
    await text(at.fetch(URL_A))
    at.pass(61)
    expect((await at.fetch(URL_A)).status).toBe(504)
  })

  test('stale-if-error of the stored response counts, for as long as it says (RC-159, HI-26)', async () => {
    await using at = world(failing(cc('max-age=60, stale-if-error=30'), 500))
    await text(at.fetch(URL_A))
    at.pass(90)
    expect((await at.fetch(URL_A)).status).toBe(200)
    at.pass(1)
    expect((await at.fetch(URL_A)).status).toBe(500)
  })

  test('stale-while-revalidate of the stored response counts, for as long as it says (RC-160, HI-26)', async () => {
    await using at = world(numbered(cc('max-age=60, stale-while-revalidate=30')))
    await text(at.fetch(URL_A))
    at.pass(90)
    expect(await text(at.fetch(URL_A))).toBe('0')
    await settled()
    expect(await text(at.fetch(URL_A))).toBe('1')
    at.pass(91)
    expect(await text(at.fetch(URL_A))).toBe('2')
  })

  test.each<[said: string, options: CacheOptions, stored: boolean, init: RequestInit]>([
    ['private, max-age=60', {}, true, {}],
    ['private, max-age=60', { shared: true }, false, {}],
    ['max-age=60', { shared: true }, false, as('authorization', 'x')],
    ['public, max-age=60', { shared: true }, true, as('authorization', 'x')],
    ['s-maxage=60', { shared: true }, true, as('authorization', 'x')],
    ['must-understand, no-store, max-age=60', {}, true, {}],
  ])('%s with %j is stored: %s (RC-161, HI-11)', async (said, options, stored, init) => {
    await using at = world(numbered(cc(said)), options)
    await text(at.fetch(URL_A, init))
    expect(await at.entries()).toHaveLength(stored ? 1 : 0)
  })

  test('s-maxage and proxy-revalidate are for shared caches (RC-161)', async () => {
    expect(await fresh(cc('max-age=60, s-maxage=1'), 2)).toBe(true)
    expect(await fresh(cc('max-age=60, s-maxage=1'), 2, { shared: true })).toBe(false)
    for (const shared of [true, false]) {
      await using at = world(failing(cc('max-age=1, proxy-revalidate')), { shared, staleIfError: true })
      await text(at.fetch(URL_A))
      at.pass(2)
      expect((await at.fetch(URL_A)).status).toBe(shared ? 504 : 200)
    }
  })

  test('both validators go out, a weak tag as it is, whether headers count or not (RC-162)', async () => {
    for (const cacheControl of [true, false]) {
      await using at = world(confirming({ etag: 'W/"1"', ...LAST }), { cacheControl, expireAfter: 10 })
      await text(at.fetch(URL_A))
      at.pass(11)
      expect(await text(at.fetch(URL_A))).toBe('0')
      expect(at.sent[1]?.headers.get('if-none-match')).toBe('W/"1"')
      expect(at.sent[1]?.headers.get('if-modified-since')).toBe(LAST['last-modified'])
    }
  })

  test('without a lifetime it is a tenth of the time since Last-Modified, a week at most, and else none (RC-163, HI-22)', async () => {
    const DAY = 86_400
    expect(await fresh(LAST, 99)).toBe(true)
    expect(await fresh(LAST, 100)).toBe(false)
    expect(await fresh({ 'last-modified': dated(-1000 * DAY) }, 7 * DAY - 1)).toBe(true)
    expect(await fresh({ 'last-modified': dated(-1000 * DAY) }, 7 * DAY)).toBe(false)
    expect(await fresh({}, 0)).toBe(false)
    expect(await fresh(LAST, 100, { expireAfter: 200 })).toBe(true)
  })

  test('what is served from the store says its age and how it came about (RC-164)', async () => {
    await using at = world(numbered({ ...cc('max-age=60'), age: '10' }))
    const miss = await at.fetch(URL_A)
    await miss.text()
    at.pass(20)
    const hit = await at.fetch(URL_A)
    expect(hit.headers.get('age')).toBe('30')
    expect(hit.headers.get('cache-status')).toBe('stowaway;hit;ttl=30')
    expect(miss.headers.get('cache-status')).toContain('fwd=uri-miss')
  })

  test('Set-Cookie comes back with a hit, several of them separately (RC-165)', async () => {
    const headers = new Headers(cc('max-age=60'))
    headers.append('set-cookie', 'a=1; Expires=Thu, 01 Jan 2032 00:00:00 GMT')
    headers.append('set-cookie', 'b=2')
    await using at = world(numbered(headers))
    await text(at.fetch(URL_A))
    const hit = await at.fetch(URL_A)
    expect([hit.fromCache, hit.headers.getSetCookie()]).toEqual([true, headers.getSetCookie()])
    expect(at.sent).toHaveLength(1)
  })
})

import { describe, expect, test } from 'vitest'
import type { CacheOptions, RequestOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import { failing } from './given.ts'

const TAGGED = { etag: '"1"', ...cc('max-age=60') }

describe('when the origin fails', () => {
  test.each<[why: string, seconds: number, options: CacheOptions, httpCache: RequestOptions, headers: HeadersInit]>([
    ['is past its freshness', 61, {}, {}, {}],
    ['is to be refreshed', 0, {}, { refresh: true }, {}],
    ['is always validated', 0, { alwaysRevalidate: true }, {}, {}],
    ['is asked for with no-cache', 0, {}, {}, cc('no-cache')],
  ])('staleIfError serves what %s (RC-180)', async (_, seconds, options, httpCache, headers) => {
    for (const status of [500, undefined]) {
      await using at = world(failing(TAGGED, status), { staleIfError: true, ...options })
      await text(at.fetch(URL_A))
      at.pass(seconds)
      expect(await text(at.fetch(URL_A, { httpCache, headers }))).toBe('0')
      expect(at.sent).toHaveLength(2)
    }
  })

  test('with nothing stored its error is the answer (RC-183)', async () => {
    await using status = world(numbered({}, 503), { staleIfError: true })
    expect(await status.fetch(URL_A)).toMatchObject({ status: 503, fromCache: false })
    const fault = new TypeError('down')
    await using thrown = world(() => Promise.reject(fault), { staleIfError: true })
    await expect(thrown.fetch(URL_A)).rejects.toBe(fault)
  })

  test('a stale answer says so, and listeners hear why (RC-184)', async () => {
    await using at = world(failing(TAGGED, 500), { staleIfError: true })
    await text(at.fetch(URL_A))
    at.pass(61)
    expect(await at.fetch(URL_A)).toMatchObject({ fromCache: true, isExpired: true, revalidated: false })
    const stale = at.told.filter(({ name }) => name === 'stale')
    expect(stale).toHaveLength(1)
    expect(stale[0]?.event).toMatchObject({ url: URL_A })
  })
})

describe('stale while it is refreshed', () => {
  test('needs no validator, and has an end where one is given (RC-186)', async () => {
    await using at = world(numbered(), { staleWhileRevalidate: 30 })
    await text(at.fetch(URL_A))
    at.pass(90)
    expect(await text(at.fetch(URL_A))).toBe('0')
    await settled()
    expect(await text(at.fetch(URL_A))).toBe('1')
    at.pass(91)
    expect(await text(at.fetch(URL_A))).toBe('2')
  })

  test('is refreshed, too, where max-stale of the request would do (RC-186)', async () => {
    await using at = world(numbered(), { staleWhileRevalidate: 30 })
    await text(at.fetch(URL_A))
    at.pass(90)
    expect(await text(at.fetch(URL_A, { headers: cc('max-stale') }))).toBe('0')
    await settled()
    expect(at.sent).toHaveLength(2)
  })

  test('when the refresh fails, staleIfError still serves the next who waits for the origin (RC-188)', async () => {
    await using at = world(failing(TAGGED), { staleWhileRevalidate: 10, staleIfError: 100 })
    await text(at.fetch(URL_A))
    at.pass(65)
    expect(await text(at.fetch(URL_A))).toBe('0')
    await settled()
    at.pass(60)
    expect(await text(at.fetch(URL_A))).toBe('0')
    expect(at.sent).toHaveLength(3)
    at.pass(60)
    await expect(at.fetch(URL_A)).rejects.toThrow('down')
  })
})

import { describe, expect, test } from 'vitest'
import { DO_NOT_CACHE, EXPIRE_IMMEDIATELY, NEVER_EXPIRE, createCache } from '../../../src/index.ts'
import type { CacheOptions, Lifetime } from '../../../src/index.ts'
import { START, URL_A, cc, dated, numbered, text, world } from '../api/given.ts'
import { confirming, fresh } from './given.ts'

const DAY = 86_400

/** Whether a response that says nothing is fresh just before, and just at, the end of a lifetime. */
async function lasts(expireAfter: Lifetime, seconds: number): Promise<boolean> {
  const around = [await fresh({}, seconds - 0.001, { expireAfter }), await fresh({}, seconds, { expireAfter })]
  return around[0] === true && around[1] === false
}

describe('lifetimes', () => {
  test.each([
    [60, 60],
    [1.5, 1.5],
    [0.25, 0.25],
  ])('%d is so many seconds, fractions too (RC-120)', async (expireAfter, seconds) => {
    expect(await lasts(expireAfter, seconds)).toBe(true)
  })

  test.each<[Lifetime, number]>([
    [{ hours: 1, minutes: 30 }, 5400],
    [{ days: 1 }, DAY],
    ['1h30m', 5400],
    ['1.5d', 1.5 * DAY],
    ['500ms', 0.5],
  ])('%j is a length of time (RC-121)', async (expireAfter, seconds) => {
    expect(await lasts(expireAfter, seconds)).toBe(true)
  })

  test('a Date is when it ends, whenever it was fetched (RC-122)', async () => {
    const expireAfter = new Date(START + 60_000)
    expect(await lasts(expireAfter, 60)).toBe(true)
    await using at = world(numbered({}), { expireAfter })
    at.pass(30)
    await text(at.fetch(URL_A))
    at.pass(29)
    expect((await at.fetch(URL_A)).fromCache).toBe(true)
    at.pass(1)
    expect((await at.fetch(URL_A)).fromCache).toBe(false)
  })

  test.each([dated(60), '2030-01-01', 'tomorrow', '1 hour', ''])(
    'the text %j is refused at the call (RC-123)',
    (expireAfter) => {
      expect(() => createCache({ backend: 'memory', expireAfter })).toThrow(/expireAfter/)
    },
  )

  test.each<Lifetime>([0, EXPIRE_IMMEDIATELY, '0s'])(
    '%j is stored, and asked about at each use (RC-125)',
    async (expireAfter) => {
      await using at = world(confirming({ etag: '"1"' }), { expireAfter })
      for (let time = 0; time < 3; time++) expect(await text(at.fetch(URL_A))).toBe('0')
      expect(at.sent.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, '"1"', '"1"'])
      expect(await fresh({}, 0, { expireAfter })).toBe(false)
    },
  )

  test('NEVER_EXPIRE has no end (RC-126)', async () => {
    expect(await fresh({}, 100 * 365 * DAY, { expireAfter: NEVER_EXPIRE })).toBe(true)
    await using at = world(numbered({}), { expireAfter: NEVER_EXPIRE })
    await text(at.fetch(URL_A))
    expect(await at.fetch(URL_A)).toMatchObject({ expires: null, isExpired: false })
  })

  test.each([-1, -0.5, -3600, null, false, true, Number.NaN])(
    '%j is no lifetime, and refused (RC-126, RC-127)',
    (given) => {
      // What JavaScript lets people write.
      const options = { backend: 'memory', expireAfter: given } as CacheOptions
      expect(() => createCache(options)).toThrow(/expireAfter/)
    },
  )

  test('later settings count for what is stored already, but not against the lifetime that a request gave (RC-130)', async () => {
    await using first = world(numbered({}), { expireAfter: 10 })
    await text(first.fetch(URL_A))
    const other = 'https://example.org/b'
    await text(first.fetch(other, { httpCache: { expireAfter: 5 } }))
    await using later = world(numbered({}), { expireAfter: 100 }, first.store)
    later.pass(50)
    expect((await later.fetch(URL_A)).fromCache).toBe(true)
    expect((await later.fetch(other)).fromCache).toBe(false)
    await using ruled = world(numbered({}), { rules: { '/a': 20 } }, first.store)
    ruled.pass(50)
    expect((await ruled.fetch(URL_A)).fromCache).toBe(false)
  })

  test('a request goes before a rule, a rule before the response, that before the cache; DO_NOT_CACHE likewise (RC-128, RC-129)', async () => {
    const options: CacheOptions = { expireAfter: 40, rules: { '/a': 20, '/never': DO_NOT_CACHE } }
    const lifetime = async (path: string, headers: HeadersInit, expireAfter?: Lifetime): Promise<unknown> => {
      await using at = world(numbered(headers), options)
      const url = `https://example.org${path}`
      await text(at.fetch(url, expireAfter === undefined ? {} : { httpCache: { expireAfter } }))
      const [entry] = await at.entries()
      return entry && (entry.meta.expiresAt ?? 0) / 1000 - START / 1000
    }
    expect(await lifetime('/a', cc('max-age=30'), 5)).toBe(5)
    expect(await lifetime('/a', cc('max-age=30'))).toBe(20)
    expect(await lifetime('/b', cc('max-age=30'))).toBe(30)
    expect(await lifetime('/b', {})).toBe(40)
    expect(await lifetime('/never', cc('max-age=30'))).toBe(undefined)
    expect(await lifetime('/b', cc('max-age=30'), DO_NOT_CACHE)).toBe(undefined)
  })
})

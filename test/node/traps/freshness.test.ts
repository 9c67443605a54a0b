/** How long a response may be used: mistakes that caches have made. */
import { describe, expect, test } from 'vitest'
import { DO_NOT_CACHE, NEVER_EXPIRE, StowawayError } from '../../../src/index.ts'
import type { CacheOptions, RequestOptions } from '../../../src/index.ts'
import { URL_A, cc, dated, numbered, settled, text, world } from '../api/given.ts'

/** Whether what the origin says so is used without asking again after so many seconds. */
async function fresh(headers: HeadersInit, seconds: number, options: CacheOptions = {}): Promise<boolean> {
  await using at = world(numbered(headers), options)
  await text(at.fetch(URL_A))
  at.pass(seconds)
  await text(at.fetch(URL_A))
  return at.sent.length === 1
}

describe('freshness', () => {
  test('counts from when the origin made the response, not from when it came (trap 15, HI-24)', async () => {
    expect(await fresh({ ...cc('max-age=60'), age: '59' }, 0.9)).toBe(true)
    expect(await fresh({ ...cc('max-age=60'), age: '59' }, 1)).toBe(false)
    expect(await fresh({ ...cc('max-age=60'), date: dated(-59) }, 1)).toBe(false)
  })

  test.each(['max-age=-1', 'max-age="60', 'max-age=1.5', 'max-age=', 'max-age', 'max-age=1e9', 'max-age=9, max-age=0'])(
    'a lifetime that is none never lasts: %s (trap 16)',
    async (said) => {
      expect(await fresh(cc(said), 3)).toBe(false)
    },
  )

  test('a huge lifetime is a long one (trap 16)', async () => {
    expect(await fresh(cc('max-age=99999999999999999999999'), 86_400 * 365)).toBe(true)
  })

  test.each(['', '0', '-1', 'tomorrow', 'Thu, 99 Xyz 2026 00:00:00 GMT'])(
    'Expires: %j is in the past (trap 17)',
    async (expires) => {
      expect(await fresh({ expires, 'last-modified': dated(-864_000) }, 0)).toBe(false)
    },
  )

  test('Expires does not count beside max-age (trap 17)', async () => {
    expect(await fresh({ ...cc('max-age=60'), expires: '0' }, 59)).toBe(true)
    expect(await fresh({ ...cc('max-age=0'), expires: dated(1000) }, 1)).toBe(false)
  })

  test('must-revalidate says nothing of a fresh response, no-cache does, no-cache="x" only hides x (trap 18)', async () => {
    expect(await fresh(cc('max-age=60, must-revalidate'), 59)).toBe(true)
    expect(await fresh(cc('max-age=60, no-cache'), 0)).toBe(false)
    await using at = world(numbered({ ...cc('max-age=60, no-cache="x-a"'), 'x-a': '1', 'x-b': '2' }))
    await text(at.fetch(URL_A))
    const hit = await at.fetch(URL_A)
    expect([at.sent.length, hit.headers.get('x-a'), hit.headers.get('x-b')]).toEqual([1, null, '2'])
  })

  test.each([
    ['max-stale', 1_000_000, true],
    ['max-stale=10', 70, true],
    ['max-stale=10', 71, false],
    ['min-fresh=10', 50, true],
    ['min-fresh=10', 51, false],
    ['max-stale=100, min-fresh=10', 70, false],
  ])('a request that says %s after %d s (trap 19)', async (said, seconds, used) => {
    await using at = world()
    await text(at.fetch(URL_A))
    at.pass(seconds)
    await text(at.fetch(URL_A, { headers: cc(said) }))
    expect(at.sent).toHaveLength(used ? 1 : 2)
  })

  test('max-age of a request limits the age, and says nothing of how long to keep (trap 20, RC-140)', async () => {
    await using at = world()
    await text(at.fetch(URL_A, { headers: cc('max-age=5') }))
    at.pass(10)
    expect(await text(at.fetch(URL_A))).toBe('0')
    expect(await text(at.fetch(URL_A, { headers: cc('max-age=5') }))).toBe('1')
  })

  test('the request goes before the rule, the rule before the response, that before the cache (trap 21)', async () => {
    const options: CacheOptions = { expireAfter: 40, rules: { '/a': 20 } }
    const lifetime = async (url: string, headers: HeadersInit, asked: RequestOptions = {}): Promise<unknown> => {
      await using at = world(numbered(headers), options)
      await text(at.fetch(url, { httpCache: asked }))
      return (await at.cache.explain(url)).stored?.lifetime
    }
    expect(await lifetime(URL_A, cc('max-age=30'), { expireAfter: 10 })).toBe(10)
    expect(await lifetime(URL_A, cc('max-age=30'))).toBe(20)
    expect(await lifetime('https://example.org/b', cc('max-age=30'))).toBe(30)
    expect(await lifetime('https://example.org/b', {})).toBe(40)
  })

  test('DO_NOT_CACHE of a request neither reads, writes, overwrites nor deletes (trap 22, RC-51)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    const before = await at.entries()
    const httpCache = { expireAfter: DO_NOT_CACHE } as const
    expect(await text(at.fetch(URL_A, { httpCache }))).toBe('1')
    await text(at.fetch(URL_A, { method: 'DELETE', httpCache }))
    expect(await at.entries()).toEqual(before)
    expect(await text(at.fetch(URL_A))).toBe('0')
  })

  test('DO_NOT_CACHE of a rule writes nothing, whatever the response says (RC-128, RC-129)', async () => {
    await using at = world(numbered(), { rules: { '/a': DO_NOT_CACHE } })
    await text(at.fetch(URL_A))
    expect(await at.entries()).toEqual([])
  })

  test('a list of what may be cached ends with a rule for the rest (RC-134)', async () => {
    await using at = world(numbered(), { rules: { 'example.org': 60, '*': DO_NOT_CACHE } })
    await text(at.fetch(URL_A))
    await text(at.fetch('https://other.example/'))
    expect((await at.entries()).map(({ key }) => key.url)).toEqual([URL_A])
  })

  test('a fraction of a second is one, and less than nothing is an error, not for ever (trap 23)', async () => {
    expect(await fresh({}, 0.4, { expireAfter: 0.5 })).toBe(true)
    expect(await fresh({}, 0.5, { expireAfter: 0.5 })).toBe(false)
    await using at = world()
    for (const expireAfter of [-1, -0.001, Number.NaN, Number.NEGATIVE_INFINITY]) {
      await expect(at.fetch(URL_A, { httpCache: { expireAfter } })).rejects.toThrow(StowawayError)
    }
    expect(NEVER_EXPIRE).not.toBe(-1)
  })

  test("digits without a unit are an error, neither a minute nor 'expired' (trap 24, RC-124)", async () => {
    expect(() => world(numbered(), { expireAfter: '60' })).toThrow(/expireAfter.*'60'|expireAfter.*"60"/)
  })

  test('immutable adds nothing to a lifetime (trap 25)', async () => {
    expect(await fresh(cc('max-age=60, immutable'), 60)).toBe(false)
    expect(await fresh(cc('immutable'), 0)).toBe(false)
  })

  test('a store may drop what is of no more use, and never what never expires (trap 26)', async () => {
    const reclaimAt = async (headers: HeadersInit, options: CacheOptions): Promise<number | null | undefined> => {
      await using at = world(numbered(headers), options)
      await text(at.fetch(URL_A))
      const [entry] = await at.entries()
      return entry?.meta.reclaimAt && entry.meta.reclaimAt - entry.meta.createdAt
    }
    const DAY = 86_400_000
    expect(await reclaimAt({}, { expireAfter: NEVER_EXPIRE })).toBe(null)
    expect(await reclaimAt(cc('max-age=60'), {})).toBe(60_000 + 30 * DAY)
    expect(await reclaimAt(cc('max-age=60'), { staleIfError: '90d' })).toBe(60_000 + 90 * DAY)
    expect(await reclaimAt(cc('max-age=60, stale-while-revalidate=8640000'), {})).toBe(60_000 + 100 * DAY)
    expect(await reclaimAt(cc('max-age=60'), { staleIfError: true })).toBe(null)
  })

  test('a response that says nothing is not kept for ever (trap 27)', async () => {
    expect(await fresh({}, 0)).toBe(false)
    expect(await fresh({ 'last-modified': dated(-100) }, 9)).toBe(true)
    expect(await fresh({ 'last-modified': dated(-100) }, 10)).toBe(false)
    await settled()
  })
})

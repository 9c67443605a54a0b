/** When a store knows when an entry expires, and when that has to be worked out anew. */
import { describe, expect, test } from 'vitest'
import type { CachedEntry, CacheOptions } from '../../../src/index.ts'
import { A, B, KINDS, START, all, world } from './given.ts'
import type { World } from './given.ts'

/** What would be chosen if the store could narrow nothing. */
async function expectSame(it: World, cache: World['cache'], expired: readonly string[]): Promise<void> {
  const urls = ({ url }: CachedEntry): string => url
  const every = await all(cache.filter())
  expect(every.filter(({ isExpired }) => isExpired).map(urls)).toEqual(expired)
  expect((await all(cache.filter({ expired: true }))).map(urls)).toEqual(expired)
  expect(await cache.count({ expired: true })).toBe(expired.length)
  expect(await cache.count({ valid: true })).toBe(every.length - expired.length)
  const byExpiry = every.toSorted(
    (a, b) => (a.expires?.getTime() ?? Infinity) - (b.expires?.getTime() ?? Infinity) || 0,
  )
  expect((await all(cache.sorted({ key: 'expires' }))).map(urls)).toEqual(byExpiry.map(urls))
}

describe.each(KINDS)('in %s', (kind) => {
  test.each([
    ['less', 1000, 10, [A, B]],
    ['more', 10, 1000, []],
  ])(
    'a rule’s function that has changed its mind, to %s than was stored, is asked again',
    async (_, first, then, urls) => {
      let before = true
      const rules: CacheOptions['rules'] = [
        { match: () => before, expireAfter: first },
        { match: () => true, expireAfter: then },
      ]
      await using it = await world(kind, { rules })
      await it.get(A)
      await it.get(B)
      it.pass(20)
      before = false
      await expectSame(it, it.cache, urls)
      expect(await it.cache.delete({ expired: true })).toBe(urls.length)
      expect((await it.raw()).length).toBe(2 - urls.length)
    },
  )

  const age = 'h-age=50'
  test.each(['record', 'replay'] as const)('what was stored as headers say never expires in mode %s', async (mode) => {
    await using it = await world(kind)
    await it.get(`${A}?h-cache-control=max-age%3D100`)
    await it.get(`${B}?h-cache-control=max-age%3D10`)
    it.pass(20)
    await expectSame(it, it.cache, [`${B}?h-cache-control=max-age%3D10`])
    const taped = it.other({ mode })
    await expectSame(it, taped, [])
    expect((await all(taped.sorted())).map(({ expires }) => expires)).toEqual([null, null])
  })

  test('what a request had respected expires in no mode that does not', async () => {
    await using it = await world(kind)
    const httpCache = { cacheControl: true }
    await it.get(`${A}?h-cache-control=max-age%3D100`, { httpCache })
    await it.get(`${B}?h-cache-control=max-age%3D10`, { httpCache })
    it.pass(20)
    await expectSame(it, it.other({ mode: 'replay' }), [])
    await expectSame(it, it.cache, [`${B}?h-cache-control=max-age%3D10`])
  })

  test('what a request did not have respected expires by what headers say for others', async () => {
    await using it = await world(kind)
    await it.get(`${A}?${age}`, { httpCache: { cacheControl: false, expireAfter: 60 } })
    await it.get(B, { httpCache: { expireAfter: 30 } })
    it.pass(20)
    await expectSame(it, it.cache, [`${A}?${age}`])
    expect((await it.cache.match(`${A}?${age}`))?.expires).toEqual(new Date(START + 10_000))
    await expectSame(it, it.other({ mode: 'replay' }), [])
  })

  test('what was stored in mode record expires nowhere, but by a rule (RC-215)', async () => {
    const rules = { '/b*': { expireAfter: 60 } }
    await using it = await world(kind, { mode: 'record', rules })
    await it.get(`${A}?${age}`)
    await it.get(`${B}?${age}`)
    it.pass(20)
    for (const cache of [it.cache, it.other({ mode: 'replay', rules }), it.other({ rules }), it.other({})])
      await expectSame(it, cache, [])
  })
})

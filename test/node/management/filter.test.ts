import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cache, CachedEntry, Filter } from '../../../src/index.ts'
import { A, B, KINDS, START, all, world } from './given.ts'
import type { Kind, World } from './given.ts'

/** What a filter means, said once more and without haste. */
function model(entry: CachedEntry, filter: Filter, now: number): boolean {
  const names = ['valid', 'expired', 'invalid'] as const
  const wanted = names.filter((name) => filter[name])
  const states = wanted.length > 0 ? wanted : names.filter((name) => name !== 'invalid' && filter[name] !== false)
  const before = (time: Filter['olderThan']): number =>
    time === undefined ? Infinity : time instanceof Date ? time.getTime() : now - Number(time) * 1000
  const tags = typeof filter.tag === 'string' ? [filter.tag] : filter.tag
  const statuses = typeof filter.status === 'number' ? [filter.status] : filter.status
  return (
    states.includes(entry.state) &&
    entry.createdAt.getTime() < before(filter.olderThan) &&
    (entry.lastUsed ?? entry.createdAt).getTime() < before(filter.unusedFor) &&
    (filter.largerThan === undefined || entry.size > filter.largerThan) &&
    (filter.url === undefined || entry.url.includes(String(filter.url).replaceAll('*', ''))) &&
    (tags === undefined || tags.some((tag) => entry.tags.includes(tag))) &&
    (filter.method === undefined || entry.method === filter.method) &&
    (statuses === undefined || statuses.includes(entry.status))
  )
}

const absent = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const time = fc.oneof(
  fc.constantFrom(0, 10, 50, 100, 150, 200, 1000, Infinity),
  fc.constantFrom(0, 50, 100, 150, 300).map((s) => new Date(START + s * 1000)),
)
const filters = fc
  .record({
    valid: absent(fc.boolean()),
    expired: absent(fc.boolean()),
    invalid: absent(fc.boolean()),
    olderThan: absent(time),
    unusedFor: absent(time),
    largerThan: absent(fc.constantFrom(0, 1, 2, 5, 6, 1000)),
    url: absent(fc.constantFrom('*', '/a*', '/b*', '/c*')),
    tag: absent(fc.oneof(fc.constantFrom('x', 'y', 'z'), fc.subarray(['x', 'y', 'z']))),
    method: absent(fc.constantFrom('GET', 'HEAD', 'POST')),
    status: absent(fc.oneof(fc.constantFrom(200, 404), fc.subarray([200, 404, 410]))),
  })
  // Only present members are given; their types are the filter's.
  .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Filter)

/** Some of everything. */
async function filled(kind: Kind): Promise<World> {
  const it = await world(kind, { allowableMethods: ['GET', 'HEAD', 'POST'] })
  const steps: [string, Parameters<Cache['fetch']>[1]?][] = [
    [A, { httpCache: { tags: ['x'] } }],
    [`${A}?times=3`, { httpCache: { tags: ['x', 'y'] } }],
    [`${A}?status=404`, {}],
    [`${B}?h-vary=accept`, { headers: { accept: 'a/b' } }],
    [`${B}?h-vary=accept`, { headers: { accept: 'c/d' }, httpCache: { tags: ['z'], expireAfter: 1000 } }],
    [B, { method: 'HEAD' }],
    [`${B}?h-no-vary-search=params`, {}],
    ['https://example.org/c', { method: 'POST', body: 'x', httpCache: { expireAfter: 30 } }],
  ]
  for (const [url, init] of steps) {
    await it.get(url, init)
    it.pass(25)
  }
  await it.get(A)
  // As another release may have written it.
  const [entry] = await it.raw()
  if (entry)
    await it.store.put(
      { ...entry.key, url: 'https://example.org/d' },
      { ...entry.meta, basis: '99', envelope: { v: 99 } },
      new Uint8Array(3),
    )
  return it
}

describe.each(KINDS)('a filter in %s', (kind) => {
  test('has all of its conditions hold, and says which states are wanted (trap 58, RC-215)', async () => {
    await using it = await filled(kind)
    const everything = await all(it.cache.filter({ valid: true, expired: true, invalid: true }))
    expect(everything).toHaveLength(9)
    const now = START + 8 * 25_000
    const shown = ({ cacheKey, createdAt, state }: CachedEntry): unknown => ({ cacheKey, createdAt, state })
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const found = await all(it.cache.filter(filter))
        expect(found.map(shown)).toEqual(everything.filter((entry) => model(entry, filter, now)).map(shown))
        expect(await it.cache.count(filter)).toBe(found.length)
      }),
      { numRuns: 60 },
    )
  })

  test('of age alone restricts (trap 58, RC-215)', async () => {
    await using it = await filled(kind)
    expect(await it.cache.count()).toBe(8)
    expect(await it.cache.count({ olderThan: '160s' })).toBe(1)
    expect(await it.cache.count({ olderThan: new Date(START) })).toBe(0)
  })

  test('takes rules apart from what can not be read (RC-215)', async () => {
    await using it = await filled(kind)
    const [entry, ...rest] = await all(it.cache.filter({ invalid: true }))
    expect(rest).toEqual([])
    expect(entry).toMatchObject({
      cacheKey: '1 GET https://example.org/d',
      url: '',
      method: '',
      status: 0,
      size: 3,
      expires: null,
      tags: [],
      state: 'invalid',
    })
    await expect(entry?.response()).rejects.toMatchObject({ code: 'gone' })
  })
})

describe('what is no filter', () => {
  test.each([
    [{ older: 1 }, 'filter."older"'],
    [{ olderThan: '5' }, 'filter.olderThan'],
    [{ olderThan: new Date(NaN) }, 'filter.olderThan'],
    [{ valid: 1 }, 'filter.valid'],
    [{ largerThan: -1 }, 'filter.largerThan'],
    [{ tag: [1] }, 'filter.tag[0]'],
    [{ tag: 1 }, 'filter.tag'],
    [{ method: '' }, 'filter.method'],
    [{ status: '200' }, 'filter.status'],
    [{ url: 'https://[' }, 'filter.url'],
    [[], 'filter'],
  ])('is refused by name: %j', async (filter, name) => {
    await using it = await world('memory')
    // What is wrong is wrong in its type, too.
    const given = filter as unknown as Filter
    await expect(it.cache.count(given)).rejects.toThrow(`${name}`)
    await expect(all(it.cache.filter(given))).rejects.toMatchObject({ name: 'StowawayError' })
  })
})

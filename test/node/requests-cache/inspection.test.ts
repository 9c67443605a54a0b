/** What a cache tells of what it does. */
import { describe, expect, test } from 'vitest'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import type { World } from '../api/given.ts'
import { ORIGIN, as, confirming, failing, post } from './given.ts'

const TAGGED = { etag: '"1"', ...cc('max-age=60') }

/** What the response to one more call says of itself. */
async function status(at: World, init?: RequestInit): Promise<string | null> {
  const response = await at.fetch(URL_A, init)
  await response.text()
  return response.headers.get('cache-status')
}

describe('a response', () => {
  test('tells in one line where it came from, how long it is fresh, and why it is served all the same (RC-251)', async () => {
    await using at = world(failing(TAGGED, 500), { staleIfError: true })
    expect(await status(at)).toBe('stowaway;fwd=uri-miss;fwd-status=200;ttl=60;stored')
    at.pass(10)
    expect(await status(at)).toBe('stowaway;hit;ttl=50')
    at.pass(100)
    expect(await status(at)).toBe('stowaway;hit;ttl=-50;detail="stale-if-error: status 500"')
  })

  test.each<[said: HeadersInit, sent: RequestInit, clause: string]>([
    [cc('no-store'), {}, 'section 5.2.2.5 no-store'],
    [{ vary: '*', ...cc('max-age=60') }, {}, 'section 4.1'],
    [cc('max-age=60'), { headers: cc('no-store') }, 'no-store'],
    [{}, { httpCache: { cacheControl: false, allowableCodes: [404] } } as RequestInit, 'allowableCodes'],
  ])('that is not stored names what forbids it: %o, %o (RC-304, HI-6)', async (headers, init, clause) => {
    await using at = world(numbered(headers))
    expect(await status(at, init)).toContain(clause)
    await settled()
    expect(await at.entries()).toEqual([])
  })
})

describe('a cache', () => {
  test('is heard of each decision, and why (RC-304, RC-305)', async () => {
    await using at = world(failing(TAGGED), { staleIfError: true })
    await text(at.fetch(URL_A))
    await text(at.fetch(URL_A))
    at.pass(61)
    await text(at.fetch(URL_A))
    const heard = at.told.map(({ name, event }) => ('why' in event ? `${name}: ${event.why}` : name))
    expect(heard).toEqual([
      'miss: nothing stored that matches',
      'stored',
      'hit',
      expect.stringMatching(/^stale: stale-if-error/),
    ])
    at.cache.on('hit', () => heard.push('again'))()
    await text(at.fetch(URL_A))
    expect(heard).toHaveLength(4)
  })

  test('counts what it did (RC-305, HI-6)', async () => {
    await using at = world(confirming(TAGGED))
    await text(at.fetch(URL_A))
    await text(at.fetch(URL_A))
    at.pass(61)
    await text(at.fetch(URL_A))
    expect(await at.cache.stats()).toMatchObject({
      entries: 1,
      hits: 1,
      misses: 1,
      revalidated: 1,
      stored: 1,
      errors: 0,
    })
  })
})

describe('explain', () => {
  test('gives the key of a request under the present settings, before anything is stored (RC-213)', async () => {
    await using at = world(numbered(), { allowableMethods: ['GET', 'POST'], ignoredParameters: ['token'] })
    const key = async (...ask: Parameters<World['fetch']>): Promise<string | null> =>
      (await at.cache.explain(...ask)).cacheKey
    const own = await key(`${URL_A}?token=1`)
    expect(own).toBe(await key(`${URL_A}?token=2`))
    expect(own).not.toBe(await key(`${URL_A}?token=1&b=1`))
    expect(await key(URL_A, post('x'))).not.toBe(await key(URL_A, post('y')))
    expect(await at.entries()).toEqual([])
    const response = await at.fetch(`${URL_A}?token=3`)
    await response.text()
    expect(response.cacheKey).toBe(own)
    expect(await at.cache.contains(own ?? '')).toBe(true)
  })

  test('says what counts and what comes of it, without asking the origin (RC-304, HI-6)', async () => {
    await using at = world(confirming(TAGGED), { rules: [{ match: '/a', expireAfter: 5 }] })
    expect(await at.cache.explain(URL_A)).toMatchObject({ action: 'forward', variants: 0, stored: null })
    await text(at.fetch(URL_A))
    const rule = { index: 0, pattern: '/a' }
    expect(await at.cache.explain(URL_A)).toMatchObject({ action: 'reuse', rule, stored: { lifetimeFrom: 'rule' } })
    expect(await at.cache.explain(URL_A, as('cache-control', 'no-cache'))).toMatchObject({ action: 'validate' })
    at.pass(6)
    expect(await at.cache.explain(URL_A)).toMatchObject({ action: 'validate', why: '§4.2 stale' })
    expect((await at.cache.explain(`${ORIGIN}/b`)).rule).toBeNull()
    expect(at.sent).toHaveLength(1)
  })
})

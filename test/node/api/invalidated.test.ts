/** What was made invalid without being replaced (§4.3.5): by `invalidate`, or by a HEAD response that disagrees. */
import { describe, expect, test } from 'vitest'
import { START, URL_A, cc, settled, text, world } from './given.ts'
import type { Answer, World } from './given.ts'
import type { CacheOptions } from '../../../src/index.ts'

const down = new TypeError('fetch failed')
const once =
  (headers: HeadersInit): Answer =>
  (_, count) => {
    if (count > 0) throw down
    return new Response('old', { headers })
  }

/** Stored at the start, invalid after 10 s, looked at after 15 s. */
async function invalidated(headers: HeadersInit, options: CacheOptions = {}, answer = once(headers)): Promise<World> {
  const it = world(answer, options)
  await text(it.fetch(URL_A))
  it.pass(10)
  expect(await it.cache.invalidate(URL_A)).toBe(1)
  it.pass(5)
  return it
}

describe('what was invalidated', () => {
  test('is expired for all who ask, since that moment', async () => {
    await using it = await invalidated(cc('max-age=1000'))
    const offline = world(undefined, { mode: 'offline', now: () => START + 15_000 }, it.store)
    const entries = []
    for await (const entry of it.cache.filter({ expired: true })) entries.push(entry)
    const responses = [
      await it.cache.match(URL_A),
      await entries[0]?.response(),
      await it.fetch(URL_A, { cache: 'force-cache' }),
      await offline.fetch(URL_A),
    ]
    const expired = { isExpired: true, expires: new Date(START + 10_000) }
    expect(entries).toMatchObject([expired])
    for (const response of responses) {
      expect(response).toMatchObject(expired)
      expect(response?.headers.get('cache-status')).toMatch(/;hit;ttl=-5\b/)
      expect(await response?.text()).toBe('old')
    }
    const { action, stored, why } = await it.cache.explain(URL_A)
    expect([action, why, stored?.fresh]).toEqual(['forward', '§4.3.5 invalidated', false])
  })

  test('that had expired before expired then', async () => {
    await using it = await invalidated(cc('max-age=4'))
    expect(await it.cache.match(URL_A)).toMatchObject({ isExpired: true, expires: new Date(START + 4000) })
  })

  test('is fresh again once the origin has confirmed it', async () => {
    const headers = { ...cc('max-age=1000'), etag: '"1"' }
    const answer: Answer = ({ headers: sent }) =>
      sent.has('if-none-match') ? new Response(null, { status: 304, headers }) : new Response('old', { headers })
    await using it = await invalidated(headers, {}, answer)
    expect(await it.fetch(URL_A)).toMatchObject({ revalidated: true, isExpired: false })
    expect(await it.cache.match(URL_A)).toMatchObject({ isExpired: false, expires: new Date(START + 1_015_000) })
  })

  test('is served neither while it is validated nor on an error, and the error is that of fetch', async () => {
    const said = cc('max-age=1000, stale-while-revalidate=1000, stale-if-error=1000')
    await using it = await invalidated(said, { staleIfError: true, staleWhileRevalidate: true })
    await expect(it.fetch(URL_A)).rejects.toBe(down)
    await expect(it.fetch(URL_A, { headers: cc('max-stale') })).rejects.toBe(down)
    await settled()
    expect(it.errors).toEqual([])
  })

  test('and must be revalidated is a 504 with staleIfError (§5.2.2.2)', async () => {
    await using it = await invalidated(cc('max-age=1000, must-revalidate'), { staleIfError: true })
    expect((await it.fetch(URL_A)).status).toBe(504)
  })
})

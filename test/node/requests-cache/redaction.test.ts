import { describe, expect, test } from 'vitest'
import { URL_A, cc, numbered, text, world } from '../api/given.ts'
import type { CacheOptions } from '../../../src/index.ts'
import { ORIGIN, as, post, same } from './given.ts'
import type { Ask } from './given.ts'

const json = (value: unknown): Ask => [URL_A, post(JSON.stringify(value), 'application/json')]

/** All that the store holds after a request, but for the body. */
async function kept(ask: Ask, headers: HeadersInit = cc('max-age=60'), options: CacheOptions = {}): Promise<string> {
  await using at = world(numbered(headers), { allowableMethods: ['GET', 'POST'], ...options })
  await text(at.fetch(...ask))
  const entries = await at.entries()
  expect(entries).toHaveLength(1)
  return JSON.stringify(entries)
}

describe('ignored parameters', () => {
  test.each<[string, Ask, Ask]>([
    ['a query', [`${URL_A}?t=hidden-1`], [`${URL_A}?t=hidden-2`]],
    ['a header', [URL_A, as('t', 'hidden-1')], [URL_A, as('t', 'hidden-2')]],
    ['JSON', json({ t: 'hidden-1' }), json({ t: 'hidden-2' })],
    ['a form', [URL_A, post(new URLSearchParams('t=hidden-1'))], [URL_A, post(new URLSearchParams('t=hidden-2'))]],
  ])('one list is for %s, too (RC-100)', async (_, one, other) => {
    const options = { ignoredParameters: ['t'], matchHeaders: ['t'] }
    expect(await same(one, other, { matchHeaders: ['t'] })).toBe(false)
    expect(await same(one, other, options)).toBe(true)
    expect(await kept(one, { vary: 't', ...cc('max-age=60') }, options)).not.toContain('hidden')
  })

  test('an added name counts by its presence, a default one by a digest of its value (RC-40, RC-101)', async () => {
    const options = { ignoredParameters: ['k'] }
    expect(await same([`${URL_A}?k=1`], [`${URL_A}?k=2`], options)).toBe(true)
    expect(await same([`${URL_A}?k=1`], [URL_A], options)).toBe(false)
    expect(await same([`${URL_A}?api_key=1`], [`${URL_A}?api_key=2`], options)).toBe(false)
    expect(await same([`${URL_A}?api_key=1`], [`${URL_A}?api_key=1`], options)).toBe(true)
    expect(await kept([`${URL_A}?api_key=hidden`], undefined, options)).not.toContain('hidden')
  })

  test('a name without a value has nothing to hide, and is another request than one with an empty value (RC-103)', async () => {
    const options = { ignoredParameters: ['t'] }
    expect(await same([`${URL_A}?t`], [`${URL_A}?t=1`], options)).toBe(false)
    expect(await same([`${URL_A}?t`], [`${URL_A}?t`], options)).toBe(true)
    expect(await kept([`${URL_A}?t`], undefined, options)).not.toContain('REDACTED')
  })

  test('members of JSON are found at any depth, and items of arrays stay (RC-104)', async () => {
    const options = { ignoredParameters: ['t'] }
    expect(await same(json({ a: [{ b: { t: 1 } }] }), json({ a: [{ b: { t: 2 } }] }), options)).toBe(true)
    expect(await same(json(['t', 'a']), json(['a']), options)).toBe(false)
    expect(await same(json({ a: ['t'] }), json({ a: [] }), options)).toBe(false)
  })
})

describe('what is stored', () => {
  test('holds no secret of the request, nor one in a URL or header of the response (RC-105)', async () => {
    const secrets = {
      authorization: 'hidden-1',
      cookie: 'a=hidden-2',
      'x-api-key': 'hidden-3',
      referer: `${ORIGIN}/?api_key=hidden-4`,
    }
    const said = {
      'x-auth-token': 'hidden-5',
      'content-location': '/a?access_token=hidden-6',
      vary: 'referer, cookie, authorization',
      ...cc('max-age=60'),
    }
    expect(await kept([`${URL_A}?apikey=hidden-7`, { headers: secrets }], said)).not.toContain('hidden')
    expect(await kept(json({ access_token: 'hidden-8', deep: [{ api_key: 'hidden-9' }] }))).not.toContain('hidden')
    await using at = world(numbered({ location: '/b?api_key=hidden', ...cc('max-age=60') }, 302))
    await text(at.fetch(URL_A, { redirect: 'manual' }))
    expect(await at.entries()).toEqual([])
  })

  test('has the rest of the URL byte for byte, in its order (RC-106)', async () => {
    const kept = await (async () => {
      await using at = world()
      await text(at.fetch(`${URL_A}?z=%2b&api_key=1&a=%20+&a`))
      return (await at.entries()).map(({ key }) => key.url)
    })()
    expect(kept).toEqual([`${URL_A}?z=%2B&api_key=REDACTED&a=%20+&a`])
  })

  test('is redacted, and what the caller gets is not, from the origin or the store (RC-107)', async () => {
    await using at = world()
    const url = `${URL_A}?api_key=mine`
    const first = await at.fetch(url)
    await first.text()
    const hit = await at.fetch(url)
    expect([at.sent[0]?.url, first.url, hit.url, hit.fromCache]).toEqual([url, url, url, true])
    expect(hit.cacheKey).not.toContain('mine')
  })
})

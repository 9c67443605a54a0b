/** Whose response it is: mistakes that caches have made. */
import { describe, expect, test } from 'vitest'
import { URL_A, cc, numbered, text, world } from '../api/given.ts'
import type { Answer } from '../api/given.ts'
import type { CacheOptions } from '../../../src/index.ts'

const as = (name: string, value: string): RequestInit => ({ headers: { [name]: value } })

describe('identity', () => {
  test.each(['*', 'Accept, *', '*, Accept'])(
    'Vary: %s matches nothing, and is not stored (trap 44, RC-111)',
    async (vary) => {
      await using at = world(numbered({ vary, ...cc('max-age=60') }))
      await text(at.fetch(URL_A))
      await text(at.fetch(URL_A))
      expect(at.sent).toHaveLength(2)
      expect(await at.entries()).toEqual([])
    },
  )

  test.each(['Cookie', 'Authorization'])('a hand-set %s takes part in Vary (trap 45, RC-114)', async (name) => {
    await using at = world(numbered({ vary: name, ...cc('max-age=60, public') }))
    expect(await text(at.fetch(URL_A, as(name, 'a=1')))).toBe('0')
    expect(await text(at.fetch(URL_A, as(name, 'a=2')))).toBe('1')
    expect(await text(at.fetch(URL_A, as(name, 'a=1')))).toBe('0')
  })

  test('without Vary, users with different tokens do not share (trap 45, RC-109)', async () => {
    await using at = world()
    expect(await text(at.fetch(URL_A, as('authorization', 'alice')))).toBe('0')
    expect(await text(at.fetch(URL_A, as('authorization', 'bob')))).toBe('1')
    expect(await text(at.fetch(URL_A))).toBe('2')
    expect(await text(at.fetch(URL_A, as('authorization', 'alice')))).toBe('0')
  })

  test.each([
    ['max-age=60', false],
    ['max-age=60, public', true],
    ['s-maxage=60', true],
    ['max-age=60, must-revalidate', true],
  ])('shared, a response to Authorization that says %s is stored: %s (trap 45)', async (said, stored) => {
    await using at = world(numbered(cc(said)), { shared: true })
    await text(at.fetch(URL_A, as('authorization', 'alice')))
    expect(await at.entries()).toHaveLength(stored ? 1 : 0)
  })

  test('shared, what is private is not stored (trap 45, RC-161)', async () => {
    await using at = world(numbered(cc('max-age=60, private')), { shared: true })
    await text(at.fetch(URL_A))
    expect(await at.entries()).toEqual([])
  })

  const varied: Answer = ({ headers, method }, count) =>
    new Response(method === 'HEAD' ? null : `${count}`, {
      headers: { vary: headers.get('x-vary') ?? 'accept', ...cc('max-age=60') },
    })

  test('by URL, all variants and methods are found and go (trap 46, RC-113, RC-214, RC-216)', async () => {
    const options: CacheOptions = { allowableMethods: ['GET', 'HEAD', 'POST'] }
    await using at = world(varied, options)
    await text(at.fetch(URL_A, as('accept', 'a/a')))
    await text(at.fetch(URL_A, as('accept', 'b/b')))
    expect(await at.cache.hasUrl(URL_A)).toBe(true)
    expect(await at.entries()).toHaveLength(2)
    expect(await at.cache.delete(URL_A)).toBe(2)
    expect(await at.cache.hasUrl(URL_A)).toBe(false)
    await text(at.fetch(URL_A, { method: 'POST', body: 'x' }))
    expect(await at.cache.hasUrl(URL_A)).toBe(true)
    expect(await at.cache.delete(new URL(`${URL_A}#part`))).toBe(1)
    expect(await at.entries()).toEqual([])
  })

  test('what was stored under an older Vary can still be deleted (trap 47, RC-113)', async () => {
    await using at = world(varied)
    await text(at.fetch(URL_A, { headers: { 'x-vary': 'accept', accept: 'a/a' } }))
    await text(at.fetch(URL_A, { headers: { 'x-vary': 'x-other', 'x-other': '1', accept: 'b/b' } }))
    expect(await at.entries()).toHaveLength(2)
    expect(await at.cache.delete(URL_A)).toBe(2)
    expect(await at.entries()).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { URL_A, cc, numbered, text, world } from '../api/given.ts'
import type { Answer } from '../api/given.ts'
import { as, isConditional } from './given.ts'

const varied = (vary: string, headers: Record<string, string> = cc('max-age=60')): Answer =>
  numbered({ vary, ...headers })

describe('Vary', () => {
  test.each([true, false])(
    'counts whatever else of the headers does: cacheControl %s (RC-110)',
    async (cacheControl) => {
      await using at = world(varied('x-a'), { cacheControl })
      expect(await text(at.fetch(URL_A, as('x-a', '1')))).toBe('0')
      expect(await text(at.fetch(URL_A, as('x-a', '2')))).toBe('1')
      expect(await text(at.fetch(URL_A))).toBe('2')
      expect(await text(at.fetch(URL_A, { headers: { 'x-a': '1', 'x-b': '1' } }))).toBe('0')
    },
  )

  test('variants live beside each other, found by one look-up (RC-112)', async () => {
    const held = world(varied('x-a'))
    let looked = 0
    const { get } = held.store
    await using at = world(
      varied('x-a'),
      {},
      {
        ...held.store,
        get(key, touch) {
          looked++
          return get(key, touch)
        },
      },
    )
    for (const value of ['1', '2', '3']) await text(at.fetch(URL_A, as('x-a', value)))
    expect(await at.entries()).toHaveLength(3)
    looked = 0
    for (const value of ['1', '2', '3']) expect((await at.fetch(URL_A, as('x-a', value))).fromCache).toBe(true)
    expect(looked).toBe(3)
  })

  test('of an ignored name, a secret counts by its digest, an added one by its presence (RC-115)', async () => {
    await using at = world(varied('x-api-key, x-own'), { ignoredParameters: ['x-own'] })
    const ask = (secret: string, own?: string): Promise<string> =>
      text(at.fetch(URL_A, { headers: { 'x-api-key': secret, ...(own && { 'x-own': own }) } }))
    expect(await ask('alice', '1')).toBe('0')
    expect(await ask('alice', '2')).toBe('0')
    expect(await ask('alice')).toBe('1')
    expect(await ask('bob', '1')).toBe('2')
  })

  test('another variant is asked for without the validator of this one, so that no 304 can mix them up (RC-116, HI-35)', async () => {
    await using at = world(({ headers }) =>
      isConditional(headers)
        ? new Response(null, { status: 304 })
        : new Response(headers.get('x-a'), {
            headers: { vary: 'x-a', 'last-modified': 'Wed, 31 Dec 2025 00:00:00 GMT', ...cc('max-age=0') },
          }),
    )
    for (const value of ['1', '2', '1', '2']) expect(await text(at.fetch(URL_A, as('x-a', value)))).toBe(value)
    expect(at.sent.map(({ headers }) => isConditional(headers))).toEqual([false, false, true, true])
  })

  test.each([
    ['accept-encoding', 'gzip, br', 'BR,gzip;q=1.0', true],
    ['accept', 'text/html,*/*;q=0.5', 'TEXT/HTML, */*;q=0.50', true],
    ['accept-language', 'de, en;q=0.5', 'en;q=0.5,de', true],
    ['x-list', 'a,b', 'a, b', true],
    ['x-list', 'a,b', 'b,a', false],
    ['x-list', 'a', 'A', false],
    ['cookie', 'a=1; b=2', 'a=1;b=2', false],
  ])('%s: %j and %j are one variant: %s (RC-117, HI-40)', async (name, one, other, together) => {
    await using at = world(varied(name, cc('max-age=60, public')))
    await text(at.fetch(URL_A, as(name, one)))
    await text(at.fetch(URL_A, as(name, other)))
    expect(at.sent).toHaveLength(together ? 1 : 2)
  })
})

import { describe, expect, test } from 'vitest'
import { type KeyRequest, keyOf } from '../../../src/key/key.ts'
import { type Given, keyFor, request, settings, whole } from './given.ts'

describe('keyFn', () => {
  const keyFn = ({ url }: KeyRequest): string => new URL(url).pathname

  test('takes the place of URL and body', async () => {
    const one = await keyFor({ url: 'https://a.test/x?1', method: 'POST', body: 'a' }, { keyFn })
    const other = await keyFor({ url: 'https://b.test/x?2', method: 'POST', body: 'b' }, { keyFn })
    expect(one).toEqual(other)
    expect(one).toEqual({
      key: { namespace: 'http', url: '/x', selector: 'custom:POST' },
      identity: '',
      cacheKey: '1 custom:POST /x',
    })
  })

  test('is told the method that the request has, whatever overrides it', async () => {
    const told: string[] = []
    await keyFor({ method: 'GET>PUT' }, { keyFn: ({ method }) => (told.push(method), 'x') })
    expect(told).toEqual(['GET'])
  })

  test('takes the place of neither the method nor the credentials', async () => {
    const given: Given[] = [
      {},
      { method: 'POST' },
      { headers: { Cookie: 'a' } },
      { url: 'https://a.test/?apikey=a' },
      { method: 'POST', body: 'apikey=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ]
    const keys = await Promise.all(given.map((one) => whole(one, { keyFn })))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('its result collides with no URL', async () => {
    const custom = await keyFor({}, { keyFn: () => 'https://a.test/' })
    const usual = await keyFor({})
    expect(custom.key).not.toEqual(usual.key)
    expect(custom.cacheKey).not.toBe(usual.cacheKey)
  })

  test('secrets in its result are redacted and count', async () => {
    const one = await keyFor({}, { keyFn: () => '/x?apikey=s3cret' })
    expect(one.key.url).toBe('/x?apikey=REDACTED')
    expect(one.identity).not.toBe((await keyFor({}, { keyFn: () => '/x?apikey=other' })).identity)
  })

  test('its cacheKey is printable, and still its own', async () => {
    const shown = async (text: string): Promise<string> => (await keyFor({}, { keyFn: () => text })).cacheKey
    expect(await shown('a\n\0é😀\\\ud800')).toBe('1 custom: a\\u{a}\\u{0}\\u{e9}\\u{1f600}\\u{5c}\\u{d800}')
    expect(await shown('\\u{a}')).not.toBe(await shown('\n'))
  })

  test.each([undefined, null, 1, {}, Promise.resolve('a')])('is refused where it returns %s (RC-192)', (value) => {
    // What JavaScript callers may do in spite of the types.
    const odd = (() => value) as unknown as () => string
    expect(() => keyOf(request({}), { ...settings, keyFn: odd })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })
})

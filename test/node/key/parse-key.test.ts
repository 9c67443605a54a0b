import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cacheKeyOf } from '../../../src/key/key.ts'
import { parseCacheKey } from '../../../src/key/parse-key.ts'

const method = fc.stringMatching(/^[A-Za-z-]{1,12}(>[A-Z%0-9]{1,8})?$/).filter((name) => name !== 'GET')
const digest = fc.stringMatching(/^[\w-]{43}$/)
const other = fc.record({
  namespace: fc.constant('http'),
  selector: fc.oneof(
    fc.constant(''),
    method,
    fc.tuple(method, digest).map((parts) => parts.join(' ')),
  ),
  url: fc.webUrl({ withQueryParameters: true }).map((url) => new URL(url).href),
})
const custom = fc.record({
  namespace: fc.constant('http'),
  selector: fc.oneof(fc.constant(''), method).map((name) => `custom:${name}`),
  url: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\\', 'u', '{', '}', '4', '1', ' ', '\n', '\ud800', '😀') }),
    fc.tuple(digest, fc.string()).map((parts) => parts.join(' ')),
  ),
})

describe('a cacheKey', () => {
  test('read back is the key that it was printed from', () => {
    fc.assert(fc.property(fc.oneof(other, custom), (key) => void expect(parseCacheKey(cacheKeyOf(key))).toEqual(key)))
  })

  test('of another version names nothing, and other text is none', () => {
    expect(parseCacheKey('2 GET https://a.b/')).toBeNull()
    for (const text of ['', '1', '1 GET', 'GET https://a.b/', 'https://a.b/', '1 GET https://a.b/ c d', 'x GET y'])
      expect(parseCacheKey(text)).toBeUndefined()
  })

  test('never fails to be looked at', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCacheKey(text)))
    expect(parseCacheKey('1 custom: \\u{110000}')?.url).toBe('\\u{110000}')
  })
})

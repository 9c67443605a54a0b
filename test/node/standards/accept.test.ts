import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeSelectingValue, selectsLanguage } from '../../../src/standards/accept.ts'

describe('selecting fields that mean the same (RFC 9111 §4.1)', () => {
  test.each([
    ['foo', '1,2', ' 1, 2 '],
    ['foo', '1,,2,', '1 , 2'],
    ['accept-language', 'en, de', 'de, en'],
    ['accept-language', 'en, de', 'eN, De'],
    ['accept-language', 'en, de', ' en ,   de'],
    ['accept-language', 'en;q=1.000, de ; Q=0.50', 'de;q=0.5,en'],
    ['accept-encoding', 'GZIP, br', 'br,gzip'],
    ['accept-charset', 'utf-8;q=0.0, *', '*,UTF-8;q=0'],
    ['accept', 'text/html;q=0.5, Text/Plain;Format=flowed', 'text/plain;format=flowed, text/html;q=0.5'],
    ['accept', 'a/b;q=0.5;level=1', 'a/b;level=1;q=0.5'],
  ])('%s: %s = %s', (name, a, b) => expect(normalizeSelectingValue(name, a)).toBe(normalizeSelectingValue(name, b)))

  test.each([
    ['foo', 'a', 'A'],
    ['foo', '1, 2', '2, 1'],
    ['foo', '"a, b"', '"a,b"'],
    ['foo', 'a b', 'a  b'],
    ['foo', '1, 2', '12'],
    ['cookie', 'a=1, b', 'a=1,b'],
    ['authorization', 'Digest a,b', 'Digest a, b'],
    ['accept-language', 'en, de;q=0.9', 'de, en;q=0.9'],
    ['accept-language', 'en', 'en;q=0'],
    ['accept-language', 'en;q=x, de', 'de, en;q=x'],
    ['accept-language', 'en;q=0.1;q=0.2, de', 'de, en;q=0.1;q=0.2'],
    ['accept-language', 'en;q=1.1', 'en'],
    ['accept-language', 'en us, de', 'de, en us'],
    ['accept', 'text/html, application/json', 'application/json, text/html'],
    ['accept', 'a/b;profile="X"', 'a/b;profile="x"'],
    ['accept', 'a/b;x="1, 2"', 'a/b;x="1,2"'],
  ])('%s: %s differs from %s', (name, a, b) => {
    expect(normalizeSelectingValue(name, a)).not.toBe(normalizeSelectingValue(name, b))
  })

  test('names of the prototype are names like any other', () => {
    expect(normalizeSelectingValue('constructor', 'B, a')).toBe('B, a')
  })

  test('normalizing twice changes nothing, and no string is an exception', () => {
    const name = fc.constantFrom('accept', 'accept-language', 'accept-encoding', 'cookie', 'foo')
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab;q=01., "\\*') }))
    fc.assert(
      fc.property(name, value, (field, text) => {
        const once = normalizeSelectingValue(field, text)
        expect(normalizeSelectingValue(field, once)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['a,', 'a;', '"', 'a;q=', '";', ';"\\"'])('reading a quarter megabyte of %j takes linear time', (piece) => {
    const started = performance.now()
    normalizeSelectingValue('accept-language', piece.repeat(250_000 / piece.length))
    expect(performance.now() - started).toBeLessThan(1500)
  })
})

describe('a stored Content-Language under another Accept-Language', () => {
  test.each([
    ['de', 'en, de', 'fr;q=0.5, de;q=1.0'],
    ['DE', 'en, de', 'de'],
    ['de-AT', 'de-AT', 'De-at, de;q=0.9, *;q=0.1'],
  ])('%s, stored for %s, is what %s selects', (language, stored, presented) => {
    expect(selectsLanguage(language, stored, presented)).toBe(true)
  })

  test.each([
    ['de', 'en, de', 'en;q=0.5, fr', 'another language is preferred'],
    ['de', 'en, de', 'de, fr', 'another is preferred as much'],
    ['de', 'en, de', 'de, *', 'any other is preferred as much'],
    ['de', 'en, de', 'de;q=0.5, fr', 'another is preferred'],
    ['de', 'en, de', '*', 'the server may choose'],
    ['de', 'en, de', 'de;q=0', 'it is refused'],
    ['de-AT', 'de-AT', 'de', 'a less specific range can select another'],
    ['de', 'en', 'de', 'it was not negotiated when stored'],
    ['de', 'en, de;q=0', 'de', 'it was refused when stored'],
    ['de, en', 'en, de', 'de', 'it is in two languages'],
    ['', 'en, de', 'de', 'its language is unknown'],
    ['*', '*', '*', 'a wildcard is no language'],
    ['de', 'de', 'de;q=x', 'the new value is malformed'],
    ['de', 'de;q=x', 'de', 'the old value is malformed'],
    ['de', 'de', '', 'nothing is asked'],
  ])('%s, stored for %s, is not taken for %j: %s', (language, stored, presented) => {
    expect(selectsLanguage(language, stored, presented)).toBe(false)
  })
})

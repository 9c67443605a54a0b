import { describe, expect, test } from 'vitest'
import { freshens, headAgrees } from '../../../src/rfc9111/4-3-4-freshening.ts'
import { conditionalFields } from '../../../src/rfc9111/4-3-validating.ts'
import { dated, response } from './given.ts'

describe('§4.3.1 the request', () => {
  const modified = dated(-100)
  test.for<[Record<string, string>, [string, string][]]>([
    [{}, []],
    [{ etag: '"1"' }, [['if-none-match', '"1"']]],
    [{ etag: 'W/"1"' }, [['if-none-match', 'W/"1"']]],
    [{ 'last-modified': modified }, [['if-modified-since', modified]]],
    [
      { etag: '"1"', 'last-modified': modified },
      [
        ['if-none-match', '"1"'],
        ['if-modified-since', modified],
      ],
    ],
    [{ 'last-modified': 'odd' }, [['if-modified-since', 'odd']]],
    [{ etag: '"1", "2"' }, []],
    [{ etag: '' }, []],
    [{ date: modified }, []],
  ])('%o gives %o', ([headers, expected]) => expect(conditionalFields(response(headers))).toEqual(expected))
})

describe('§4.3.4 the 304', () => {
  test.for<[string | undefined, string | undefined, boolean]>([
    ['"1"', '"1"', true],
    ['"1"', undefined, true],
    [undefined, undefined, true],
    [undefined, '"1"', true],
    ['"1"', '"2"', false],
    ['W/"1"', 'W/"1"', true],
    ['W/"1"', '"1"', true],
    ['"1"', 'W/"1"', true],
    ['W/"1"', 'W/"2"', false],
  ])('for a stored %s, one with %s freshens: %o', ([stored, update, expected]) => {
    const tagged = (etag: string | undefined) => response(etag === undefined ? {} : { etag })
    expect(freshens(tagged(stored), tagged(update))).toBe(expected)
  })
})

describe('§4.3.5 HEAD', () => {
  const stored = response({ etag: '"1"', 'last-modified': dated(-9), 'content-length': '3' })
  test.for<[Record<string, string>, boolean]>([
    [{}, true],
    [{ etag: '"1"' }, true],
    [{ etag: '"2"' }, false],
    [{ 'last-modified': dated(-9) }, true],
    [{ 'last-modified': dated(-8) }, false],
    [{ 'content-length': '3' }, true],
    [{ 'content-length': '4' }, false],
    [{ etag: '"1"', 'content-length': '4' }, false],
    [{ 'x-other': '1' }, true],
  ])('%o agrees with what is stored: %o', ([headers, expected]) => {
    expect(headAgrees(stored, response(headers))).toBe(expected)
  })
  test('a validator that is new is a change', () => {
    expect(headAgrees(response(), response({ etag: '"1"' }))).toBe(false)
  })
})

import { describe, expect, test } from 'vitest'
import { selectingFields, selectingMatch } from '../../../src/rfc9111/4-1-vary.ts'
import type { Selecting } from '../../../src/rfc9111/4-1-vary.ts'
import { response } from './given.ts'

const select = (names: string[], headers: HeadersInit): Selecting =>
  selectingFields(names, new Headers(headers), (_, value) => value)

describe('§4.1 Vary', () => {
  test.for<[string, string[]]>([
    ['Accept', ['accept']],
    ['b, A ,, a', ['a', 'b']],
    ['', []],
    ['accept, *', ['*']],
    ['not a name', ['*']],
    ['*', ['*']],
  ])('%s names %o', ([vary, names]) => expect(response({ vary }).vary).toEqual(names))

  test.for<[string, HeadersInit, HeadersInit]>([
    ['foo', { foo: '1' }, { foo: ' 1 ' }],
    ['foo', { foo: 'a,b' }, { foo: 'a, b' }],
    [
      'foo',
      [
        ['foo', 'a'],
        ['foo', 'b'],
      ],
      { foo: 'a, b' },
    ],
    ['accept-language', { 'accept-language': 'en;q=0.5, de' }, { 'accept-language': 'DE, en; q=0.50' }],
    ['accept-encoding', { 'accept-encoding': 'gzip, br' }, { 'accept-encoding': 'br,gzip' }],
    ['foo', {}, {}],
  ])('of %s, %o and %o select the same', ([name, one, other]) => {
    expect(selectingMatch(select([name], one), select([name], other))).toBe(true)
  })

  test.for<[string, HeadersInit, HeadersInit]>([
    ['foo', { foo: '1' }, { foo: '2' }],
    ['foo', { foo: 'A' }, { foo: 'a' }],
    ['foo', { foo: 'a, b' }, { foo: 'b, a' }],
    ['foo', { foo: '1' }, {}],
    ['foo', {}, { foo: '1' }],
    ['foo', { foo: '' }, {}],
    ['accept', { accept: 'a/b, c/d' }, { accept: 'c/d, a/b' }],
    ['cookie', { cookie: 'a=1; b=2' }, { cookie: 'a=1;b=2' }],
    ['authorization', { authorization: 'A  b' }, { authorization: 'A b' }],
  ])('of %s, %o and %o do not', ([name, one, other]) => {
    expect(selectingMatch(select([name], one), select([name], other))).toBe(false)
  })

  test('all names have to agree, and others do not count', () => {
    const stored = select(['a', 'b'], { a: '1', b: '2' })
    expect(selectingMatch(stored, select(['a', 'b', 'c'], { a: '1', b: '2', c: '3' }))).toBe(true)
    expect(selectingMatch(stored, select(['a', 'b'], { a: '1', b: '3' }))).toBe(false)
    expect(selectingMatch(stored, select(['a'], { a: '1' }))).toBe(false)
  })

  test('values are protected after they were normalised, absent ones never', () => {
    const seen: string[] = []
    const protect = (name: string, value: string): string => `${seen.push(`${name}=${value}`)}`
    expect(selectingFields(['foo', 'bar'], new Headers({ foo: 'a,b' }), protect)).toEqual({ foo: '1', bar: null })
    expect(seen).toEqual(['foo=a, b'])
  })
})

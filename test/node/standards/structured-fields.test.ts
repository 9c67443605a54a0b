import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDictionary } from '../../../src/standards/structured-fields.ts'
import { serializeParameter, serializeString } from '../../../src/standards/structured-values.ts'
import type { BareItem } from '../../../src/standards/structured-fields.ts'

const NO_PARAMS = new Map<string, BareItem>()

/** The one bare item of `x=…`. */
function item(text: string): unknown {
  const member = parseDictionary(`x=${text}`)?.get('x')
  if (!member) return undefined
  expect(member.params).toEqual(NO_PARAMS)
  const { params: _params, ...bare } = member
  return bare
}

describe('bare items (RFC 9651 §4.2.3.1)', () => {
  test.each([
    ['1', 'integer', 1],
    ['-042', 'integer', -42],
    ['999999999999999', 'integer', 999_999_999_999_999],
    ['1.5', 'decimal', 1.5],
    ['-123456789012.125', 'decimal', -123_456_789_012.125],
    ['1.0', 'decimal', 1],
    ['""', 'string', ''],
    ['"a \\"b\\" \\\\, ;c"', 'string', 'a "b" \\, ;c'],
    ['a', 'token', 'a'],
    ['*a/b:c%d', 'token', '*a/b:c%d'],
    ['?1', 'boolean', true],
    ['?0', 'boolean', false],
    ['@1659578233', 'date', 1_659_578_233],
    ['@-1', 'date', -1],
    ['%"a"', 'display', 'a'],
    ['%"f%c3%bc%c3%bc %22"', 'display', 'füü "'],
    ['%"%2fABC"', 'display', '/ABC'],
    [':aGVsbG8=:', 'bytes', new TextEncoder().encode('hello')],
    [':aGVsbG8:', 'bytes', new TextEncoder().encode('hello')],
    ['::', 'bytes', new Uint8Array()],
  ])('%s is a value of type %s', (text, type, value) => expect(item(text)).toEqual({ type, value }))

  test.each([
    '',
    '-',
    '+1',
    '--1',
    '1.',
    '.5',
    '1.2345',
    '1234567890123456',
    '1234567890123.1',
    '1e3',
    '1.5.2',
    '"a',
    '"\\a"',
    '"é"',
    '"\t"',
    "'a'",
    '&a',
    'é',
    '?2',
    '?true',
    '@1.5',
    '@',
    ':a:',
    ':a=b:',
    ':aGVsbG8=',
    ':aGk===:',
    ':a-_b:',
    '%"%C3%BC"',
    '%"%c3"',
    '%"%"',
    '%"a',
    '%a',
    '%"é"',
    '()(',
    '(1',
    '(1"a")',
    '(1,2)',
    '((1))',
    '(&)',
  ])('%j is no value', (text) => expect(parseDictionary(`x=${text}`)).toBeUndefined())
})

describe('dictionaries (RFC 9651 §4.2.2)', () => {
  const keys = (text: string): string[] | undefined => {
    const members = parseDictionary(text)
    return members && [...members.keys()]
  }

  test.each([
    ['', []],
    ['   ', []],
    ['a', ['a']],
    [' a,b ,\tc ', ['a', 'b', 'c']],
    ['a=1, b=2, a=3', ['a', 'b']],
    ['*a-_.*9', ['*a-_.*9']],
    ['a,', undefined],
    [',a', undefined],
    ['a,,b', undefined],
    ['a b', undefined],
    ['A', undefined],
    ['1a', undefined],
    ['a =1', undefined],
    ['a= 1', undefined],
    ['a=1;', undefined],
    ['a=1 ;b', undefined],
    ['a=1;B', undefined],
    ['a;b=', undefined],
    ['a\n', undefined],
    ['max-age=10000, &&&&&', undefined],
  ])('%j has the keys %j', (text, expected) => expect(keys(text)).toEqual(expected))

  test('the last of repeated members counts', () => {
    expect(parseDictionary('a=1, a=2')?.get('a')?.value).toBe(2)
  })

  test('a member without a value is true, with its parameters', () => {
    const params = new Map<string, BareItem>([
      ['b', { type: 'boolean', value: true }],
      ['c', { type: 'integer', value: 2 }],
    ])
    expect(parseDictionary('a;b;c=1;  c=2')).toEqual(new Map([['a', { type: 'boolean', value: true, params }]]))
  })

  test('an inner list has items and parameters of its own', () => {
    const token = { type: 'token', value: 'x', params: new Map([['q', { type: 'decimal', value: 0.5 }]]) }
    const string = { type: 'string', value: 'y', params: NO_PARAMS }
    const params = new Map([['p', { type: 'boolean', value: false }]])
    expect(parseDictionary('a=( x;q=0.5   "y" );p=?0, b=()')).toEqual(
      new Map([
        ['a', { type: 'list', value: [token, string], params }],
        ['b', { type: 'list', value: [], params: NO_PARAMS }],
      ]),
    )
  })

  test('an arbitrary string is read without an exception', () => {
    const odd = fc.string({ unit: fc.constantFrom(...'ab1.-"\\:=?@%();, \t') })
    fc.assert(
      fc.property(fc.oneof(odd, fc.string({ unit: 'binary' })), (text) => void parseDictionary(text)),
      { numRuns: 2000 },
    )
  })

  test.each(['a,', 'a=(', 'a="\\"', 'a;b', ' ', 'a=:', 'a=%"', '%00', '9', 'a\t', '" ', '\\"'])(
    'reading half a megabyte of %j takes linear time',
    (piece) => {
      const long = piece.repeat(500_000 / piece.length)
      const started = performance.now()
      for (const text of [long, `x=${long}`, `x="${long}`, `x=%"${long}`, `x=(${long}`]) parseDictionary(text)
      expect(performance.now() - started).toBeLessThan(2500)
    },
  )
})

describe('serializing (RFC 9651 §4.1)', () => {
  test('parameters come back as they were', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
      fc.boolean(),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z*][a-z\d_.*-]*$/), value), (params) => {
        const entries = Object.entries(params)
        const parsed =
          parseDictionary(`x${entries.map(([key, value]) => serializeParameter(key, value)).join('')}`)?.get('x')
            ?.params ?? NO_PARAMS
        expect([...parsed].map(([key, bare]) => [key, bare.value])).toEqual(
          entries.map(([key, given]) => [key, given === 0 ? 0 : given]),
        )
      }),
    )
  })

  test('true is a bare key, what is no token is a string, fractions and extremes become integers', () => {
    const params: [string, string | number | boolean][] = [
      ['a', true],
      ['b', false],
      ['c', 'x-y'],
      ['d', 'x y'],
      ['e', -1.5],
      ['f', 1e20],
    ]
    expect(params.map(([key, value]) => serializeParameter(key, value)).join('')).toBe(
      ';a;b=?0;c=x-y;d="x y";e=-2;f=999999999999999',
    )
  })

  test('what a string can not hold is replaced', () => {
    expect(serializeString('a"b\\c\ndé\u{1f600}')).toBe('"a\\"b\\\\c?d??"')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatContentRange, unsatisfiedRange } from '../../../src/standards/content-range-values.ts'
import { parseContentRange } from '../../../src/standards/content-ranges.ts'
import { parseRange } from '../../../src/standards/ranges.ts'

describe('Range (RFC 9110 §14.2)', () => {
  test.each([
    ['bytes=0-1', { start: 0, end: 2 }],
    ['bytes=1-', { start: 1, end: 11 }],
    ['bytes=-1', { start: 10, end: 11 }],
    ['BYTES=3-3', { start: 3, end: 4 }],
    ['bytes=0-999', { start: 0, end: 11 }],
    ['bytes=-999', { start: 0, end: 11 }],
    [`bytes=0-${'9'.repeat(400)}`, { start: 0, end: 11 }],
    [`bytes=-${'9'.repeat(400)}`, { start: 0, end: 11 }],
    ['bytes=11-', 'unsatisfiable'],
    ['bytes=99-100', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    [`bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
    [null, undefined],
    ['', undefined],
    ['bytes=', undefined],
    ['bytes=-', undefined],
    ['bytes=5-4', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=0-1,', undefined],
    ['bytes=0-1 ', undefined],
    ['bytes=a-b', undefined],
    ['bytes=0x1-2', undefined],
    ['bytes=--1', undefined],
    ['bytes 0-1', undefined],
    ['items=0-1', undefined],
  ])('%j of eleven bytes is %j', (value, expected) => expect(parseRange(value, 11)).toEqual(expected))

  test('an empty representation has no part', () => {
    expect(['bytes=0-', 'bytes=-5', 'bytes=-0'].map((value) => parseRange(value, 0))).toEqual([
      'unsatisfiable',
      undefined,
      'unsatisfiable',
    ])
  })

  test('what is satisfiable lies within the representation and is not empty', () => {
    const number = fc.oneof(fc.nat(30).map(String), fc.constant(''))
    fc.assert(
      fc.property(number, number, fc.nat(20), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size)
        return typeof range !== 'object' || (0 <= range.start && range.start < range.end && range.end <= size)
      }),
    )
  })
})

describe('Content-Range (RFC 9110 §14.4)', () => {
  test.each([
    ['bytes 4-9/10', { start: 4, end: 10, size: 10 }],
    ['Bytes 0-0/1', { start: 0, end: 1, size: 1 }],
    ['bytes 0-4/*', { start: 0, end: 5 }],
    ['bytes */10', undefined],
    ['bytes 4-3/10', undefined],
    ['bytes 4-10/10', undefined],
    ['bytes 4-9', undefined],
    ['bytes=4-9/10', undefined],
    ['items 4-9/10', undefined],
    ['bytes 4-9/-1', undefined],
    [`bytes 0-${'9'.repeat(400)}/*`, undefined],
    [`bytes 0-1/${'9'.repeat(400)}`, undefined],
    ['bytes 0-9007199254740992/*', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j is %j', (value, expected) => expect(parseContentRange(value)).toEqual(expected))

  test('what is formatted is read again', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1 }), fc.option(fc.nat()), (start, length, rest) => {
        const range = { start, end: start + length, ...(rest === null ? {} : { size: start + length + rest }) }
        expect(parseContentRange(formatContentRange(range))).toEqual(range)
      }),
    )
  })

  test('a 416 tells the size', () => expect(unsatisfiedRange(10)).toBe('bytes */10'))

  test('an arbitrary string is read without an exception', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(),
        (text, size) => [parseContentRange(text), parseRange(text, size)].length === 2,
      ),
    )
  })
})

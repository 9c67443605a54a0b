import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entityTag, entityTags, listMatches, strongMatch, weakMatch } from '../../../src/standards/entity-tags.ts'

const tag = fc
  .tuple(fc.constantFrom('', 'W/'), fc.string({ unit: fc.constantFrom(...'abc, \\/ü') }))
  .map(([weak, opaque]) => `${weak}"${opaque}"`)

describe('entity tags (RFC 9110 §8.8.3)', () => {
  test.each([
    ['"a"', '"a"'],
    [' W/"a" ', 'W/"a"'],
    ['""', '""'],
    ['"a, b"', '"a, b"'],
    ['"ü"', '"ü"'],
    ['abc', 'abc'],
    [null, undefined],
    ['', undefined],
    ['"a", "b"', undefined],
    ['"a', undefined],
    ['a b', undefined],
  ])('the ETag %j is %j', (value, expected) => expect(entityTag(value)).toBe(expected))

  test.each([
    ['"a","b" , W/"c"', ['"a"', '"b"', 'W/"c"']],
    ['"a,b", c, , "d"', ['"a,b"', 'c', '"d"']],
    ['"a""b"', ['"a"', '"b"']],
    ['w/"a"', ['w/"a"']],
    ['"open', ['open']],
    ['', []],
  ])('the list %j has the tags %j', (list, expected) => expect(entityTags(list)).toEqual(expected))

  test('a list gives its tags back', () => {
    fc.assert(fc.property(fc.array(tag), (tags) => void expect(entityTags(tags.join(', '))).toEqual(tags)))
  })

  test.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
    ['"1"', '"2"', false, false],
    ['w/"1"', '"1"', false, false],
    ['1', '1', false, true],
    ['1', '"1"', false, false],
  ])('§8.8.3.2: %s and %s match strongly: %s, weakly: %s', (a, b, strong, weak) => {
    expect([strongMatch(a, b), strongMatch(b, a)]).toEqual([strong, strong])
    expect([weakMatch(a, b), weakMatch(b, a)]).toEqual([weak, weak])
  })

  test('strong tags that match strongly match weakly', () => {
    fc.assert(fc.property(tag, tag, (a, b) => !strongMatch(a, b) || weakMatch(a, b)))
  })

  test.each([
    ['"x", "a"', '"a"', true],
    ['W/"a"', '"a"', true],
    ['"x"', '"a"', false],
    ['', '"a"', false],
    [' * ', '"a"', true],
    ['*', undefined, true],
    ['"a"', undefined, false],
    ['"*"', '"a"', false],
    ['"x", *', '"a"', false],
  ])('§13.1.2: the list %j names %s: %s', (list, etag, names) => {
    expect(listMatches(list, etag)).toBe(names)
  })

  test.each(['"', 'a', '"a', ',"', 'W/', '" '])('reading half a megabyte of %j takes linear time', (piece) => {
    const started = performance.now()
    listMatches(piece.repeat(500_000 / piece.length), '"a"')
    expect(performance.now() - started).toBeLessThan(1500)
  })
})

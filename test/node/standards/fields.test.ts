import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isToken, listMembers, memberParts } from '../../../src/standards/fields.ts'

describe('list fields (RFC 9110 §5.6.1)', () => {
  test.each([
    ['', []],
    [' , ,', []],
    [' a ,b,, c ', ['a', 'b', 'c']],
    ['"a, b",c', ['"a, b"', 'c']],
    ['a="x\\", y", z', ['a="x\\", y"', 'z']],
    ['a, "open, b', ['a', '"open, b']],
    ['"\\', ['"\\']],
  ])('%j has the members %j', (value, expected) => expect(listMembers(value)).toEqual(expected))

  test('a member has its value and its parameters', () => {
    expect(memberParts('a ; b="c;d";; e')).toEqual(['a', 'b="c;d"', 'e'])
  })

  test('tokens are told from the rest', () => {
    expect(['set-cookie', "!#$%&'*+-.^_`|~", 'a b', '', 'a"', 'é'].map(isToken)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })

  test('members without quotes come back as they were', () => {
    const member = fc
      .string({ unit: fc.constantFrom(...'ab= ;\\') })
      .map((text) => text.trim())
      .filter(Boolean)
    fc.assert(
      fc.property(fc.array(member), (members) => void expect(listMembers(members.join(' ,, '))).toEqual(members)),
    )
  })

  test.each(['"', '"\\', 'a"', ',', ' ', '"a,', '\\"'])('reading half a megabyte of %j takes linear time', (piece) => {
    const started = performance.now()
    listMembers(piece.repeat(500_000 / piece.length))
    memberParts(piece.repeat(500_000 / piece.length))
    expect(performance.now() - started).toBeLessThan(1500)
  })
})

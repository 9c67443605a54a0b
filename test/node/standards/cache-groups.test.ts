import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupTag, groupTags } from '../../../src/standards/cache-groups.ts'
import { parseList } from '../../../src/standards/structured-fields.ts'

const ORIGIN = 'https://a.test'
const names = (field: string): string[] =>
  groupTags(field, `${ORIGIN}/x?y`).map((tag) => tag.slice(groupTag(ORIGIN, '').length))

test.each<[string, string[]]>([
  ['"a"', ['a']],
  ['"a", "b"', ['a', 'b']],
  ['"a";x=1;y, "b";z="q"', ['a', 'b']],
  ['"a", "a"', ['a']],
  ['"A", "a"', ['A', 'a']],
  ['"a b, c\\"d"', ['a b, c"d']],
  ['""', ['']],
  ['', []],
  ['a', []],
  ['"a", b', []],
  ['"a", 1', []],
  ['("a" "b")', []],
  ['"a",', []],
  ['"a" "b"', []],
  ['"a', []],
])('%s names the groups %j (RFC 9875 §2)', (field, expected) => {
  expect(names(field)).toEqual(expected)
})

test('at least 32 groups of 32 characters count, and no more than 128 of 1024 (RFC 9875 §2)', () => {
  const many = (count: number, length: number): string =>
    Array.from({ length: count }, (_, index) => `"${String(index).padStart(length, '0')}"`).join(', ')
  expect(names(many(32, 32))).toHaveLength(32)
  expect(names(many(500, 10))).toHaveLength(128)
  expect(names(many(2, 1024))).toHaveLength(2)
  expect(names(many(2, 1025))).toHaveLength(0)
})

test('a group of one origin is none of another, and no field value spells it (RFC 9875 §2.1)', () => {
  expect(groupTags('"a"', 'https://a.test/')).not.toEqual(groupTags('"a"', 'https://a.test:444/'))
  expect(groupTags('"a"', 'https://a.test/')).not.toEqual(groupTags('"a"', 'http://a.test/'))
  expect(() => new Headers({ 'cache-tag': groupTag(ORIGIN, 'a') })).toThrow(/invalid/i)
})

test('what is of no known origin is in no group', () => {
  expect(groupTags('"a"', '')).toEqual([])
})

test('nothing makes it throw, and what it gives is spelled by the origin', () => {
  const pieces = fc.constantFrom('"', 'a', ',', ' ', ';', '=', '\\', '(', ')', '1', '?', ':', '@', '%', '\t')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((all) => all.join('')),
      ),
      (field) => {
        for (const tag of groupTags(field, ORIGIN)) expect(tag.startsWith(groupTag(ORIGIN, ''))).toBe(true)
      },
    ),
  )
})

test('a list has members of any type, in order (RFC 9651 §4.2.1)', () => {
  expect(parseList('1, a;b, ("c" 2);d, "e"')?.map(({ type }) => type)).toEqual(['integer', 'token', 'list', 'string'])
  expect(parseList('  ')).toEqual([])
  expect(parseList('1,,2')).toBeUndefined()
  expect(parseList('1 2')).toBeUndefined()
})

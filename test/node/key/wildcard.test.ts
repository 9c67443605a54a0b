import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wildcard } from '../../../src/key/wildcard.ts'

test.each([
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['utm_*', 'utm_', true],
  ['utm_*', 'utm_source', true],
  ['utm_*', 'xutm_source', false],
  ['*_id', 'user_id', true],
  ['*_id', 'user_ids', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['*ab*ab*', 'abab', true],
  ['*ab*ab*', 'aab', false],
  ['a**b', 'ab', true],
  ['a.c', 'abc', false],
])('%s says of %s: %s', (pattern, text, matches) => {
  expect(wildcard(pattern)(text)).toBe(matches)
})

test('says what the regular expression would that has .* for each star', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const plain = text.replaceAll('*', 'c')
      expect(wildcard(pattern)(plain)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(plain))
    }),
  )
})

test('many stars and a long text take no time to speak of', () => {
  const begun = performance.now()
  expect(wildcard(`${'a*'.repeat(200)}b`)('a'.repeat(100_000))).toBe(false)
  expect(performance.now() - begun).toBeLessThan(1000)
})

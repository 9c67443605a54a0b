import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseNoVarySearch, simplifySearch } from '../../../src/standards/no-vary-search.ts'
import type { NoVarySearch } from '../../../src/standards/no-vary-search.ts'

describe('the No-Vary-Search field', () => {
  test.each<[string, NoVarySearch]>([
    ['key-order', { keyOrder: true, params: false, except: [] }],
    ['key-order=?1', { keyOrder: true, params: false, except: [] }],
    ['params', { keyOrder: false, params: true, except: [] }],
    ['params=("a" "b";x)', { keyOrder: false, params: ['a', 'b'], except: [] }],
    ['params, except=("x")', { keyOrder: false, params: true, except: ['x'] }],
    ['params, key-order, except=()', { keyOrder: true, params: true, except: [] }],
    ['params, future=1', { keyOrder: false, params: true, except: [] }],
    ['key-order, params=?0', { keyOrder: true, params: false, except: [] }],
    ['params=("%C3%A9+%E6%B0%97" "a%26b" "a&b=c")', { keyOrder: false, params: ['é 気', 'a&b', 'a&b=c'], except: [] }],
  ])('%s is a rule', (value, rule) => expect(parseNoVarySearch(value)).toEqual(rule))

  test.each([
    null,
    '',
    'unknown-key',
    'key-order="not a boolean"',
    'params="not a boolean or inner list"',
    'params=(not-a-string)',
    'params=("a"), except=("x")',
    'params=(), except=()',
    'params=?0, except=("x")',
    'params, except=(not-a-string)',
    'params, except="not an inner list"',
    'params, except=?1',
    'params, except',
    'except=("x")',
    'except=()',
    'params=?0',
    'params=()',
    'key-order=?0',
    'params, key-order=1',
    'params,',
  ])('%j leaves every difference to count', (value) => expect(parseNoVarySearch(value)).toBeUndefined())
})

describe('the simplified URL', () => {
  const rule = (value: string): NoVarySearch => parseNoVarySearch(value) ?? expect.fail(value)
  const BASE = 'https://example.com/'

  test.each([
    ['key-order', '?b=1&a=2&b=0#f', '?a=2&b=1&b=0'],
    ['key-order', '?a=x&&&&', '?a=x'],
    ['key-order', '?a', '?a='],
    ['key-order', '?%61=%78', '?a=x'],
    ['key-order', '?a=%f6', '?a=%EF%BF%BD'],
    ['key-order', '?a=%20', '?a=+'],
    ['key-order', '?', ''],
    ['key-order', '#?a', ''],
    ['key-order', '??a=1', '?%3Fa=1'],
    ['params', '?a=1&b', ''],
    ['params=("a")', '?b=2&a=1&b=1', '?b=2&b=1'],
    ['params, except=("a")', '?b=2&a=1&c', '?a=1'],
  ])('under %s, %s is %j', (value, search, expected) => {
    expect(simplifySearch(BASE + search, rule(value))).toBe(BASE + expected)
  })

  const equivalent = (a: string, b: string, given: NoVarySearch): boolean =>
    simplifySearch(a, given) === simplifySearch(b, given)

  test('another path is never equivalent', () => {
    expect(equivalent(`${BASE}a?x`, `${BASE}b?x`, rule('params'))).toBe(false)
  })

  test('repeated parameters keep their order, so another order of them is not equivalent', () => {
    expect(equivalent(`${BASE}?a=1&b&a=2`, `${BASE}?b&a=1&a=2`, rule('key-order'))).toBe(true)
    expect(equivalent(`${BASE}?a=1&a=2`, `${BASE}?a=2&a=1`, rule('key-order'))).toBe(false)
  })

  /** The comparison as the draft puts it, step by step. */
  function equivalentByDraft(a: string, b: string, { keyOrder, params, except }: NoVarySearch): boolean {
    const list = (search: string): string[] => {
      let pairs = [...new URLSearchParams(search)]
      if (Array.isArray(params)) pairs = pairs.filter(([name]) => !params.includes(name))
      if (params === true) pairs = pairs.filter(([name]) => except.includes(name))
      if (keyOrder) pairs.sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0))
      return pairs.map((pair) => JSON.stringify(pair))
    }
    const [first, second] = [list(a), list(b)]
    return first.length === second.length && first.every((pair, i) => pair === second[i])
  }

  const search = fc
    .array(fc.constantFrom('a', 'b', 'a=', 'a=1', 'b=%31', 'b=1', '%61=1', 'c=+', 'c=%20', '', '=', '=1'), {
      maxLength: 5,
    })
    .map((parts) => `?${parts.join('&')}`)
  const anyRule = fc.record({
    keyOrder: fc.boolean(),
    params: fc.oneof(fc.boolean(), fc.subarray(['a', 'b', ''])),
    except: fc.subarray(['a', 'c', '']),
  })

  test('is the same for two URLs exactly when the draft calls them equivalent', () => {
    fc.assert(
      fc.property(search, search, anyRule, (a, b, given) => {
        expect(equivalent(BASE + a, BASE + b, given)).toBe(equivalentByDraft(a, b, given))
      }),
      { numRuns: 3000 },
    )
  })

  test('is equivalent to the URL and simplifies to itself, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), anyRule, (text, given) => {
        const simplified = simplifySearch(`${BASE}?${text}`, given)
        expect(simplifySearch(simplified, given)).toBe(simplified)
        parseNoVarySearch(text)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../src/key/json.ts'

const plain = (text: string): string => canonicalJson(text, () => false)

/** The same value with the members of each object in reverse order and white space added. */
function shuffled(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(shuffled).join(' ,\n')} ]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, of]) => `${JSON.stringify(name)} :\t${shuffled(of)}`)
  return `{ ${members.reverse().join(', ')} }`
}

describe('canonicalJson', () => {
  test.each([
    ['{"b":1,"a":{"d":[],"c":{}}}', '{"a":{"c":{},"d":[]},"b":1}'],
    [' [ 3 , 1,2 ] ', '[3,1,2]'],
    ['[{"b":1,"a":2}]', '[{"a":2,"b":1}]'],
    ['"\\u0061\\/"', '"a/"'],
    ['{"\\u0062":1,"a":2}', '{"a":2,"b":1}'],
    ['"a, b: [c] {d} \\" \\\\"', '"a, b: [c] {d} \\" \\\\"'],
    ['{"a":2,"a":1}', '{"a":2,"a":1}'],
    ['{"__proto__":1}', '{"__proto__":1}'],
    ['"\\ud800"', '"\\ud800"'],
    ['null', 'null'],
    ['""', '""'],
  ])('%s becomes %s', (text, expected) => {
    expect(plain(text)).toBe(expected)
  })

  test.each([
    ['1', '1.0'],
    ['12345678901234567890', '12345678901234567891'],
    ['1e400', '1e401'],
    ['0', '-0'],
    ['[1,2]', '[2,1]'],
    ['[[1,2]]', '[[2,1]]'],
    ['"1"', '1'],
    ['{"a":1,"a":2}', '{"a":2,"a":1}'],
    ['{"a":[1]}', '{"a":[[1]]}'],
    ['{}', '[]'],
    ['{"a":null}', '{}'],
  ])('%s and %s stay different', (one, other) => {
    expect(plain(one)).not.toBe(plain(other))
  })

  test('the order of members counts at no depth, white space nowhere, and the value stays', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(plain(shuffled(JSON.parse(text)))).toBe(plain(text))
        expect(JSON.parse(plain(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  test('the values of named members are replaced, whatever they are and however deep', () => {
    const text = '{"k":[1,{"x":2}],"a":[{"K":{"x":1}}],"\\u006b":null,"v":"k"}'
    expect(canonicalJson(text, (name) => name.toLowerCase() === 'k')).toBe(
      '{"a":[{"K":"REDACTED"}],"k":"REDACTED","k":"REDACTED","v":"k"}',
    )
  })

  test.each(['', '{', '[1,]', '{"a":1}{"b":2}', '1\n2', '{a:1}', "'a'", '\ufeff1'])('%j throws', (text) => {
    expect(() => plain(text)).toThrow(SyntaxError)
  })

  test('a long string is no problem', () => {
    const text = JSON.stringify('ab"\\\n'.repeat(300_000))
    expect(plain(text)).toBe(text)
  })
})

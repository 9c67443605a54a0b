import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadDigest } from '../../../src/key/digest.ts'
import { canonicalJson } from '../../../src/key/json.ts'
import { ignoredPatterns } from '../../../src/key/patterns.ts'
import { redactHeaders } from '../../../src/key/redact-fields.ts'
import { ignoredOf, redactUrl } from '../../../src/key/redact.ts'
import { keyFor, whole } from './given.ts'

const patterns = (...names: string[]) => ignoredPatterns(new Set(names))

function redacted(json: string, ...names: string[]): string {
  const { isIgnored, paths } = patterns(...names)
  return canonicalJson(json, isIgnored, paths)
}

describe('names with wildcards', () => {
  test.each([
    ['utm_*', 'utm_source', true],
    ['UTM_*', 'Utm_Medium', true],
    ['utm_*', 'autm_x', false],
    ['*token*', 'csrfTokenValue', true],
    ['a.b', 'a.b', true],
    ['items[*].id', 'items[7].id', true],
    ['$.token', 'token', false],
    ['$filter', '$filter', true],
    ['user[id]', 'user[id]', true],
  ])('%s is said of the name %s: %s', (pattern, name, ignored) => {
    expect(patterns(pattern).isIgnored(name)).toBe(ignored)
  })

  test('a name on the default list stays a secret whatever covers it (RC-108)', () => {
    const { isIgnored, isSecret } = patterns('x-*')
    expect([isSecret('X-API-Key'), isIgnored('X-API-Key'), isSecret('x-trace'), isIgnored('x-trace')]).toEqual([
      true,
      true,
      false,
      true,
    ])
  })

  test('they hide values in stored URLs and header fields, in any case (RC-102, RC-105)', () => {
    const ignored = patterns('utm_*', 'x-trace*')
    expect(redactUrl('https://a.test/?UTM_Source=s&b=1&utm_x#utm_a=s', ignored).url).toBe(
      'https://a.test/?UTM_Source=REDACTED&b=1&utm_x#utm_a=REDACTED',
    )
    expect(
      redactHeaders(
        [
          ['X-Trace-Id', 's'],
          ['x-other', 'v'],
        ],
        ignored,
      ),
    ).toEqual([
      ['X-Trace-Id', 'REDACTED'],
      ['x-other', 'v'],
    ])
  })
})

describe('JSON', () => {
  const BODY = '{"user":{"token":"t","name":"n"},"token":"u","items":[{"id":1,"n":2},{"id":3}],"a":{"b":{"c":4}}}'

  test.each([
    ['token', '{"user":{"token":"R","name":"n"},"token":"R","items":[{"id":1,"n":2},{"id":3}],"a":{"b":{"c":4}}}'],
    ['user.token', '{"user":{"token":"R","name":"n"},"token":"u","items":[{"id":1,"n":2},{"id":3}],"a":{"b":{"c":4}}}'],
    ['USER.Token', '{"user":{"token":"R","name":"n"},"token":"u","items":[{"id":1,"n":2},{"id":3}],"a":{"b":{"c":4}}}'],
    ['$.token', '{"user":{"token":"t","name":"n"},"token":"R","items":[{"id":1,"n":2},{"id":3}],"a":{"b":{"c":4}}}'],
    [
      'items[*].id',
      '{"user":{"token":"t","name":"n"},"token":"u","items":[{"id":"R","n":2},{"id":"R"}],"a":{"b":{"c":4}}}',
    ],
    [
      'items[1].id',
      '{"user":{"token":"t","name":"n"},"token":"u","items":[{"id":1,"n":2},{"id":"R"}],"a":{"b":{"c":4}}}',
    ],
    ['items[0]', '{"user":{"token":"t","name":"n"},"token":"u","items":["R",{"id":3}],"a":{"b":{"c":4}}}'],
    ['$.a.b', '{"user":{"token":"t","name":"n"},"token":"u","items":[{"id":1,"n":2},{"id":3}],"a":{"b":"R"}}'],
    ['$.a.*.c', '{"user":{"token":"t","name":"n"},"token":"u","items":[{"id":1,"n":2},{"id":3}],"a":{"b":{"c":"R"}}}'],
    ['user.na*', '{"user":{"token":"t","name":"R"},"token":"u","items":[{"id":1,"n":2},{"id":3}],"a":{"b":{"c":4}}}'],
    ['items.id', BODY],
    ['b.c', BODY],
  ])('%s leads from the root, or is a name at any depth (RC-37, RC-104)', (name, expected) => {
    const sorted = canonicalJson(expected.replaceAll('"R"', '"REDACTED"'), () => false)
    expect(redacted(BODY, name)).toBe(sorted)
  })

  test('an array at the root, and arrays in arrays', () => {
    expect(redacted('[{"id":1},[{"id":2}]]', '$[*].id')).toBe('[{"id":"REDACTED"},[{"id":2}]]')
    expect(redacted('[{"id":1},[{"id":2}]]', '$[1][0].id')).toBe('[{"id":1},[{"id":"REDACTED"}]]')
  })

  test('items of an array are no names (RC-104)', () => {
    expect(redacted('["token","a"]', 'token')).toBe('["token","a"]')
  })

  test('what a path leads to tells no requests apart, what stands elsewhere does (RC-100, RC-101)', async () => {
    const ignored = patterns('user.token')
    const key = (body: string) =>
      whole({ method: 'POST', body, headers: { 'content-type': 'application/json' } }, { ignored })
    const one = await key('{"user":{"token":1},"a":1}')
    expect(await key('{"user":{"token":2},"a":1}')).toBe(one)
    expect(await key('{"user":{},"a":1}')).not.toBe(one)
    expect(await key('{"user":{"token":1},"a":2}')).not.toBe(one)
    expect(await key('{"token":2,"user":{"token":1},"a":1}')).not.toBe(one)
  })

  test('a secret inside of what is ignored counts as a digest, and the ignored value does not', async () => {
    const digest = await loadDigest(new Uint8Array(32))
    const of = (body: string) =>
      keyFor(
        { method: 'POST', body, headers: { 'content-type': 'application/json' } },
        { ignored: patterns('$.s'), digest: async () => digest },
      )
    const [a, b, c] = [
      await of('{"api_key":1,"s":1}'),
      await of('{"api_key":1,"s":2}'),
      await of('{"api_key":2,"s":1}'),
    ]
    expect(b).toEqual(a)
    expect(c.key).toEqual(a.key)
    expect(c.identity).not.toBe(a.identity)
  })
})

test('a path replaces what walking the parsed value would, and nothing else', () => {
  const key = fc.constantFrom('a', 'b', 'c')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.constantFrom(1, 'x', null), tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  }))
  const step = fc.oneof(key, fc.constantFrom('[0]', '[1]', '[*]', '*'))
  function walk(at: unknown, [first, ...rest]: readonly string[]): unknown {
    if (first === undefined) return 'REDACTED'
    if (typeof at !== 'object' || at === null) return at
    const all = Object.entries(at).map(([name, of]): [string, unknown] => {
      const leads = first === '*' || (Array.isArray(at) ? first === `[${name}]` || first === '[*]' : first === name)
      return [name, leads ? walk(of, rest) : of]
    })
    return Array.isArray(at) ? all.map(([, of]) => of) : Object.fromEntries(all)
  }
  fc.assert(
    fc.property(value, fc.array(step, { minLength: 1, maxLength: 4 }), (json, steps) => {
      const path = steps.reduce((text, one) => text + (one.startsWith('[') ? one : `.${one}`), '$')
      const expected = canonicalJson(JSON.stringify(walk(json, steps)), () => false)
      expect(redacted(JSON.stringify(json), path)).toBe(expected)
    }),
    { numRuns: 500 },
  )
})

test('one list covers query, form, JSON and headers, at the same time (RC-100)', async () => {
  const ignored = patterns('s*n')
  const form = (body: string) =>
    whole({ method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }, { ignored })
  expect(await form('session=1&b=2')).toBe(await form('session=9&b=2'))
  expect(await whole({ url: 'https://a.test/?session=1' }, { ignored })).toBe(
    await whole({ url: 'https://a.test/?session=2' }, { ignored }),
  )
  expect(await whole({ url: 'https://a.test/?session=1' }, { ignored })).not.toBe(
    await whole({ url: 'https://a.test/' }, { ignored }),
  )
})

test('plain names need no promise, and the same set gives the same answer', async () => {
  const [plain, wild] = [new Set(['a']), new Set(['a*'])]
  expect(ignoredOf(plain)).not.toBeInstanceOf(Promise)
  expect(ignoredOf(plain)).toBe(ignoredOf(plain))
  const first = await ignoredOf(wild)
  expect(ignoredOf(wild)).toBe(first)
  expect(first.isIgnored('ab')).toBe(true)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { operationsIn } from '../../../src/standards/graphql.ts'

const of = (document: string): string[] | undefined =>
  operationsIn(document)?.map(({ kind, name }) => `${kind}:${name}`)

test.each<[string, string[] | undefined]>([
  ['', []],
  ['{ a }', ['query:']],
  ['query { a }', ['query:']],
  ['query A { a }', ['query:A']],
  ['query mutation { a }', ['query:mutation']],
  ['mutation B($x: In = {a: [1, {b: 2}]}) @live(if: {c: true}) { b(x: $x) { c } }', ['mutation:B']],
  ['subscription($x: Int = 1) { c }', ['subscription:']],
  ['query @a { a }', ['query:']],
  ['query A{a}mutation B{b}', ['query:A', 'mutation:B']],
  ['fragment F on T { a } query A { ...F }', ['query:A']],
  ['# mutation X { x }\nquery A { a } # }', ['query:A']],
  ['query A { a(s: "} mutation X { \\" }") }', ['query:A']],
  ['query A { a(s: """ } " \\""" mutation X { """) }', ['query:A']],
  ['query A { a(s: """""") } mutation B { b }', ['query:A', 'mutation:B']],
  ['"what it does" query A { a }', ['query:A']],
  ['\uFEFF,,query A { a(f: -1.5e+3, v: $v, e: E) | ! & = : }', ['query:A']],
  ['type T { a: Int }', undefined],
  ['extend { a }', undefined],
  ['query A', undefined],
  ['query A { a', undefined],
  ['query A { a }}', undefined],
  ['query A ( }', undefined],
  ['query A { ( } )', undefined],
  ['query A { a(s: "x\n") }', undefined],
  ['query A { a(s: """x) }', undefined],
  ['query A { a; b }', undefined],
  ['query "a" { a }', undefined],
])('%j holds %j', (document, expected) => {
  expect(of(document)).toEqual(expected)
})

const name = fc.stringMatching(/^[A-Za-z_]\w{0,5}$/)
const noise = fc.constantFrom(' ', ',', '\n', '# } { "\n')
const value = fc.constantFrom('1', '"}"', '"\\""', '"""} \\""" {"""', '[{a: "{"}]', '$v', 'E')

test('each definition is found, whatever is in it', () => {
  const definition = fc.record({
    kind: fc.constantFrom('query', 'mutation', 'subscription', 'fragment'),
    name,
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
    noise,
  })
  fc.assert(
    fc.property(fc.array(definition, { maxLength: 5 }), (definitions) => {
      const document = definitions
        .map((one) => {
          const head =
            one.kind === 'fragment' ? `fragment ${one.name} on T` : `${one.kind} ${one.name}($v: In = {a: 1})`
          return `${one.noise}${head}${one.noise}{${one.values.map((v) => `f(a: ${v}) {${one.noise} g }`).join(one.noise)}}`
        })
        .join('')
      const expected = definitions.filter(({ kind }) => kind !== 'fragment').map((one) => `${one.kind}:${one.name}`)
      expect(of(document)).toEqual(expected)
    }),
  )
})

test('nothing makes it throw', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '"',
    '"""',
    '\\',
    '#',
    '\n',
    'query',
    'mutation',
    '@',
    '…',
    '\0',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((all) => all.join('')),
      ),
      (document) => {
        const found = operationsIn(document)
        expect(found === undefined || found.length <= document.length).toBe(true)
      },
    ),
  )
})

test.each([
  ['(', 1],
  ['{', 1],
  ['"', 1],
  ['"""', 3],
  ['\\"""', 4],
  ['#', 1],
  ['a', 1],
  ['-', 1],
  [' ', 1],
  ['{}', 2],
  ['"\\', 2],
])('a long run of %j takes time in proportion', (piece, length) => {
  const begun = performance.now()
  operationsIn(`query A { a(s: ${piece.repeat(2_000_000 / length)}`)
  operationsIn(`"""${piece.repeat(2_000_000 / length)}`)
  expect(performance.now() - begun).toBeLessThan(4000)
})

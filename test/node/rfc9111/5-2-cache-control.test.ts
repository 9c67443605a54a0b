import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deltaSeconds,
  directives,
  parseRequestDirectives,
  parseResponseDirectives,
} from '../../../src/rfc9111/5-2-cache-control.ts'

const NOTHING = {
  noStore: false,
  noCache: false,
  private: false,
  public: false,
  mustRevalidate: false,
  proxyRevalidate: false,
  mustUnderstand: false,
}

const QUIET = { noCache: false, noStore: false, onlyIfCached: false }

describe('§1.2.2 delta-seconds', () => {
  test.each([
    ['0', 0],
    ['003600', 3600],
    ['2147483647', 2147483647],
    ['2147483648', 2147483648],
    ['99999999999', 2147483648],
    ['9'.repeat(400), 2147483648],
  ])('%s is %d', (text, expected) => expect(deltaSeconds(text)).toBe(expected))

  test.each(['', '-1', '+1', '1.0', '1e3', '0x10', ' 1', '1 ', '1a', 'a1', "'1'", '١'])('%j is none', (text) => {
    expect(deltaSeconds(text)).toBeUndefined()
  })
})

describe('the members of Cache-Control', () => {
  const cases: [string | null, [string, string | undefined][]][] = [
    [null, []],
    ['', []],
    [' , ,', []],
    ['No-Store', [['no-store', undefined]]],
    [
      'a=b,c="d, e" , f',
      [
        ['a', 'b'],
        ['c', 'd, e'],
        ['f', undefined],
      ],
    ],
    [
      'a="x\\"y, z\\\\", b',
      [
        ['a', 'x"y, z\\'],
        ['b', undefined],
      ],
    ],
    [
      'a="open, no-store',
      [
        ['a', '"open'],
        ['no-store', undefined],
      ],
    ],
    [
      'a="b"c, d',
      [
        ['a', '"b"c'],
        ['d', undefined],
      ],
    ],
    ['a =1', [['a', ' 1']]],
    ['a= 1', [['a', ' 1']]],
    ['=1, a', [['a', undefined]]],
    ['a=', [['a', '']]],
    ['a==b', [['a', '=b']]],
  ]
  test.each(cases)('%j is read', (value, expected) => expect([...directives(value)]).toEqual(expected))

  test('any quoted argument comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (values) => {
        const field = values.map((value) => `x="${value.replace(/["\\]/g, '\\$&')}"`).join(', ')
        expect([...directives(field)]).toEqual(values.map((value) => ['x', value]))
      }),
    )
  })

  test('an arbitrary string is read without an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'a="\\, \t') })),
        (value) => {
          expect(() => parseResponseDirectives(value)).not.toThrow()
          expect(() => parseRequestDirectives(value)).not.toThrow()
        },
      ),
    )
  })

  test.each(['a="', '="\\', 'a="\\",', ' ', ',', 'a="b"c', '"', 'private="a,', ' =', 'private=" '])(
    'reading half a megabyte of %j takes linear time',
    (piece) => {
      const started = performance.now()
      parseResponseDirectives(piece.repeat(500_000 / piece.length))
      expect(performance.now() - started).toBeLessThan(1500)
    },
  )
})

describe('§5.2.2 response directives', () => {
  test('a response without the field says nothing', () => {
    expect(parseResponseDirectives(null)).toEqual(NOTHING)
    expect(parseResponseDirectives('foobar, foo=bar, foo="no-store"')).toEqual(NOTHING)
  })

  test('all directives are read in any case', () => {
    const field =
      'MaX-aGe=1, S-maxage=2, No-StOrE, no-cache, Private, public, must-revalidate, proxy-revalidate, ' +
      'must-understand, stale-while-revalidate=3, stale-if-error=4'
    expect(parseResponseDirectives(field)).toEqual({
      maxAge: 1,
      sMaxage: 2,
      noStore: true,
      noCache: true,
      private: true,
      public: true,
      mustRevalidate: true,
      proxyRevalidate: true,
      mustUnderstand: true,
      staleWhileRevalidate: 3,
      staleIfError: 4,
    })
  })

  test.each([
    ['max-age=3600', 3600],
    ['max-age="3600"', 3600],
    ['max-age=003600', 3600],
    ['max-age=99999999999', 2147483648],
    ['extension="max-age=3600", max-age=1', 1],
    ['max-age="1", extension="max-age=3600"', 1],
    ['max-age=1800, max-age=1', 1],
    ['max-age=1, max-age=1800', 1],
  ])('%s lives for %d s', (field, seconds) => expect(parseResponseDirectives(field).maxAge).toBe(seconds))

  test.each([
    "max-age='3600'",
    'max-age=-3600',
    'max-age=3600.0',
    'max-age=3600.5',
    'max-age =3600',
    'max-age= 3600',
    'max-age= "3600"',
    'max-age=a3600',
    'max-age=3600a',
    'max-age=3600;x',
    'max-age="3600',
    'max-age="36""00"',
    'max-age',
    'max-age=',
    'max-age=""',
    'max-age=3600, max-age=x',
  ])('§4.2.1: %s is malformed, so already stale', (field) => expect(parseResponseDirectives(field).maxAge).toBe(0))

  test('several lines are one list', () => {
    const headers = new Headers([
      ['cache-control', 's-maxage=3600'],
      ['cache-control', 'max-age=1'],
    ])
    expect(parseResponseDirectives(headers.get('cache-control'))).toEqual({ ...NOTHING, maxAge: 1, sMaxage: 3600 })
  })

  test('a malformed window for staleness is none', () => {
    const { staleIfError, staleWhileRevalidate } = parseResponseDirectives('stale-if-error=-1, stale-while-revalidate')
    expect([staleIfError, staleWhileRevalidate]).toEqual([0, 0])
  })

  test.each(['no-store=1', 'no-store="no"', 'no-store =', 'NO-STORE, max-age=5', 'a="x, no-store'])(
    '%s forbids storing',
    (field) => expect(parseResponseDirectives(field).noStore).toBe(true),
  )

  test.each(['private="x, no-store"', 'a="\\", no-store"', 'no-store-not', 'x=no-store'])(
    '%s does not forbid storing',
    (field) => expect(parseResponseDirectives(field).noStore).toBe(false),
  )

  test.each([
    ['no-cache="A"', ['a']],
    ['no-cache="a, B"', ['a', 'b']],
    ['no-cache="a,,b"', ['a', 'b']],
    ['no-cache=Set-Cookie', ['set-cookie']],
    ['no-cache="a", no-cache="b"', ['a', 'b']],
    ['no-cache', true],
    ['no-cache, no-cache="a"', true],
    ['no-cache=""', true],
    ['no-cache=","', true],
    ['no-cache="a b"', true],
    ['no-cache="a, b', true],
    ['no-cache= "a b"', true],
  ])('§5.2.2.4: %s means %j', (field, expected) => {
    expect(parseResponseDirectives(field).noCache).toEqual(expected)
    expect(parseResponseDirectives(field.replaceAll('no-cache', 'private')).private).toEqual(expected)
  })

  test('what permits more counts only as the RFC writes it', () => {
    expect(parseResponseDirectives('public=x, must-understand="y"')).toEqual(NOTHING)
    expect(parseResponseDirectives('must-revalidate=x, proxy-revalidate=y')).toEqual({
      ...NOTHING,
      mustRevalidate: true,
      proxyRevalidate: true,
    })
  })
})

describe('§5.2.1 request directives', () => {
  test('all directives are read', () => {
    expect(parseRequestDirectives(null)).toEqual(QUIET)
    expect(
      parseRequestDirectives(
        'max-age=1, max-stale=2, min-fresh=3, no-cache, no-store, only-if-cached, stale-if-error=4, stale-while-revalidate=5',
      ),
    ).toEqual({
      maxAge: 1,
      maxStale: 2,
      minFresh: 3,
      noCache: true,
      noStore: true,
      onlyIfCached: true,
      staleIfError: 4,
      staleWhileRevalidate: 5,
    })
  })

  test('§5.2.1.2: max-stale without a value takes any staleness', () => {
    expect(parseRequestDirectives('max-stale')).toEqual({ ...QUIET, maxStale: Infinity })
    expect(parseRequestDirectives('max-stale, max-stale=5').maxStale).toBe(5)
  })

  test('malformed values are read in the stricter sense of each directive', () => {
    expect(parseRequestDirectives('max-age=x, max-stale=x, min-fresh=x, no-store=x, no-cache="x"')).toEqual({
      ...QUIET,
      maxAge: 0,
      maxStale: 0,
      minFresh: 2147483648,
      noStore: true,
      noCache: true,
    })
    expect(parseRequestDirectives('min-fresh=1, min-fresh=5').minFresh).toBe(5)
  })
})

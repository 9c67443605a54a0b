import { describe, expect, test } from 'vitest'
import { parseResponseDirectives, responseDirectives } from '../../../src/rfc9111/5-2-cache-control.ts'
import type { ResponseDirectives } from '../../../src/rfc9111/5-2-cache-control.ts'
import { targetedDirectives } from '../../../src/standards/targeted-fields.ts'

function read(fields: Headers, targets: readonly string[]): ResponseDirectives | undefined {
  const said = targetedDirectives(fields, targets)
  return said && responseDirectives(said)
}

const of = (value: string): ResponseDirectives | undefined =>
  read(new Headers({ 'cdn-cache-control': value, 'cache-control': 'no-store' }), ['cdn-cache-control'])
const nothing = parseResponseDirectives(null)

describe('targeted fields (RFC 9213)', () => {
  test.each([
    ['max-age=3600', { ...nothing, maxAge: 3600 }],
    ['max-age=99999999999', { ...nothing, maxAge: 2147483648 }],
    ['foobar, max-age=0', { ...nothing, maxAge: 0 }],
    ['max-age=3600;not-for-you', { ...nothing, maxAge: 3600 }],
    ['max-age=1, max-age=2', { ...nothing, maxAge: 2 }],
    [
      'private, no-cache, no-store, must-revalidate',
      { ...nothing, private: true, noCache: true, noStore: true, mustRevalidate: true },
    ],
    ['no-cache="a, B", private="c"', { ...nothing, noCache: ['a', 'b'], private: ['c'] }],
    [
      's-maxage=1, stale-while-revalidate=2, stale-if-error=3',
      { ...nothing, sMaxage: 1, staleWhileRevalidate: 2, staleIfError: 3 },
    ],
    ['max-age=-1', { ...nothing, maxAge: 0 }],
  ])('%s replaces Cache-Control', (value, expected) => expect(of(value)).toEqual(expected))

  test.each([
    'max-age="10000"',
    'max-age=1.5',
    'max-age',
    'max-age=(1)',
    'no-store=?0',
    'no-store=1',
    'no-store="x"',
    'private=x',
    'public=a',
  ])('a directive of the wrong type is ignored: %s', (value) => expect(of(value)).toEqual(nothing))

  test.each(['', '  ', 'max-age=10000, &&&&&', 'max-age =100', 'max-age= 100', 'MaX-aGe=3600', 'no-store,'])(
    '§2.2: %j is invalid or empty, so Cache-Control decides',
    (value) => expect(of(value)).toBeUndefined(),
  )

  test('the first usable target decides', () => {
    const fields = new Headers({
      'a-cache-control': '!',
      'b-cache-control': 'max-age=2',
      'c-cache-control': 'max-age=3',
    })
    const targets = ['x-cache-control', 'a-cache-control', 'b-cache-control', 'c-cache-control']
    expect(read(fields, targets)?.maxAge).toBe(2)
    expect(read(fields, [])).toBeUndefined()
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { show } from '../../../src/options/refuse.ts'

const fail = (): never => {
  throw new Error('hostile')
}
const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

describe('a value in a message', () => {
  class Session {
    readonly token = 'secret'
  }
  test.for<[unknown, string]>([
    ['60', '"60"'],
    ['a\nb', '"a\\nb"'],
    [5, '5'],
    [-0.5, '-0.5'],
    [7n, '7'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('x'), 'Symbol(x)'],
    [() => 1, 'a function'],
    [[], 'an Array'],
    [['x'], 'an Array'],
    [{}, '{}'],
    [Object.create(null), '{}'],
    [{ hours: 1, expireAfter: 'secret' }, '{ hours, expireAfter }'],
    [{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }, '{ a, b, c, d, e, f, g }'],
    [{ 'two words': 1 }, '{ two words }'],
    [new Map([['secret', 1]]), 'a Map'],
    [new URL('https://a.test/?token=secret'), 'a URL'],
    [new Error('secret'), 'an Error'],
    [Promise.resolve('secret'), 'a Promise'],
    [new Session(), '{ token }'],
    [new (class {})(), '{}'],
    [new Date(Number.NaN), 'Invalid Date'],
    ['\u202Eevil', '"\uFFFDevil"'],
  ])('%o is %s', ([value, said]) => expect(show(value)).toBe(said))

  test('is short, however long it is', () => {
    const long = 'x'.repeat(100_000)
    const values = [long, '\0'.repeat(1000), { [long]: 1 }, Symbol(long), 10n ** 1000n, new (class extends Map {})()]
    for (const value of [...values, Object.fromEntries(Array.from(long, (_, at) => [`name${at}`, 1]))]) {
      expect(show(value).length).toBeLessThanOrEqual(64)
    }
    expect(show(long)).toMatch(/^"x{40,}…"$/)
  })

  test.for<[string, unknown]>([
    ['a revoked proxy', revoked()],
    ['a proxy that throws', new Proxy({}, { getPrototypeOf: fail, ownKeys: fail, get: fail })],
    ['a getter that throws', Object.defineProperty({}, Symbol.toStringTag, { get: fail })],
    ['a date with a method of its own', Object.assign(new Date(0), { toString: fail })],
  ])('never throws: %s', ([, value]) => expect(show(value)).toBe('an object'))

  test('is one line of printable text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), (value) => {
        expect(show(value)).toMatch(/^[^\p{C}\u2028\u2029]{1,64}$/u)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StowawayError } from '../../../src/errors.ts'
import {
  DO_NOT_CACHE,
  EXPIRE_IMMEDIATELY,
  isLifetime,
  NEVER_EXPIRE,
  parseDuration,
  parseLifetime,
} from '../../../src/options/duration.ts'

/** What Temporal.Duration looks like where it is native: getters on the prototype, no own members. */
class TemporalDuration {
  readonly #parts: Readonly<Record<string, number>>
  constructor(parts: Readonly<Record<string, number>>) {
    this.#parts = parts
  }
  get sign() {
    return Math.sign(Object.values(this.#parts).reduce((sum, part) => sum + part, 0))
  }
  get years() {
    return this.#parts['years'] ?? 0
  }
  get months() {
    return this.#parts['months'] ?? 0
  }
  get weeks() {
    return this.#parts['weeks'] ?? 0
  }
  get days() {
    return this.#parts['days'] ?? 0
  }
  get hours() {
    return this.#parts['hours'] ?? 0
  }
  get minutes() {
    return this.#parts['minutes'] ?? 0
  }
  get seconds() {
    return this.#parts['seconds'] ?? 0
  }
  get milliseconds() {
    return this.#parts['milliseconds'] ?? 0
  }
  get microseconds() {
    return this.#parts['microseconds'] ?? 0
  }
  get nanoseconds() {
    return this.#parts['nanoseconds'] ?? 0
  }
}

const errorOf = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('a duration in milliseconds', () => {
  test.for<[unknown, number]>([
    [0, 0],
    [-0, 0],
    [EXPIRE_IMMEDIATELY, 0],
    [60, 60_000],
    [0.5, 500],
    [0.1 + 0.2, 300],
    [0.0001, 1],
    [1e300, Infinity],
    [NEVER_EXPIRE, Infinity],
    ['90s', 90_000],
    ['500ms', 500],
    ['5m', 300_000],
    ['5ms', 5],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['1.1s', 1100],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['1w1d1h1m1s1ms', 694_861_001],
    ['0s', 0],
    ['0.2ms', 1],
    [{ hours: 1 }, 3_600_000],
    [{ weeks: 1, days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 694_861_001],
    [{ seconds: 0 }, 0],
    [{ minutes: 0.5 }, 30_000],
    [new TemporalDuration({ hours: 1, microseconds: 1500, nanoseconds: 500_000 }), 3_600_002],
    [new TemporalDuration({ days: 1 }), 86_400_000],
    [new TemporalDuration({}), 0],
  ])('%o is %d', ([value, ms]) => {
    expect(parseDuration('x', value)).toBe(ms)
    expect(parseLifetime('x', value)).toEqual({ for: ms })
  })

  test.for<[unknown]>([
    [NaN],
    [-1],
    [-0.5],
    [-Infinity],
    ['60'],
    [''],
    [' '],
    ['1h '],
    [' 1h'],
    ['1h  30m'],
    ['-1h'],
    ['+1h'],
    ['.5h'],
    ['1.h'],
    ['1e3s'],
    ['1H'],
    ['1y'],
    ['1 h'],
    ['h'],
    ['1h30'],
    ['PT1H'],
    ['Thu, 01 Jan 2026 00:00:00 GMT'],
    ['१h'],
    [null],
    [undefined],
    [true],
    [false],
    [10n],
    [Symbol('x')],
    [() => 1],
    [[]],
    [[1]],
    [new Map([['hours', 1]])],
    [{}],
    [{ hour: 1 }],
    [{ hours: 1, months: 1 }],
    [{ hours: -1 }],
    [{ hours: 2, minutes: -1 }],
    [{ hours: '1' }],
    [{ hours: NaN }],
    [{ hours: undefined }],
    [{ microseconds: 1 }],
    [{ years: 0 }],
    [{ constructor: 1 }],
    [new TemporalDuration({ years: 1 })],
    [new TemporalDuration({ months: 1, days: 1 })],
    [new TemporalDuration({ hours: -1 })],
    [new Date(NaN)],
  ])('%o is refused with invalid-duration', ([value]) => {
    const expected = {
      name: 'StowawayError',
      code: 'invalid-duration',
      message: expect.stringMatching(/^rule\.x: .+; give /) as unknown,
    }
    expect(errorOf(() => parseDuration('rule.x', value))).toMatchObject(expected)
    expect(errorOf(() => parseLifetime('rule.x', value))).toMatchObject(expected)
  })

  test('the error names the option, what was given and what is accepted', () => {
    expect(() => parseDuration('expireAfter', '60')).toThrow(
      `expireAfter: "60" is not accepted; give seconds as a number, '1h30m' (ms s m h d w), { hours: 1 }`,
    )
    expect(() => parseDuration('x', { hour: 1, secret: 'abc' })).toThrow('x: { hour, secret } is not accepted')
    expect(() => parseDuration('x', 'a'.repeat(1e6))).toThrow(/^.{1,300}$/)
  })

  test.for([[-1], [null], [-Infinity]])('%o is told of NEVER_EXPIRE', ([value]) => {
    expect(() => parseLifetime('expireAfter', value)).toThrow('NEVER_EXPIRE')
    expect(() => parseLifetime('expireAfter', '60')).not.toThrow('NEVER_EXPIRE')
  })

  test('long text is refused in linear time', () => {
    expect(() => parseDuration('x', `${'1'.repeat(500_000)}x`)).toThrow('x: ')
    expect(() => parseDuration('x', `${'1h '.repeat(200_000)}x`)).toThrow('x: ')
  })

  test('what is written in whole units is read back', () => {
    const parts = fc.record({
      weeks: fc.nat(500),
      days: fc.nat(500),
      hours: fc.nat(500),
      minutes: fc.nat(500),
      seconds: fc.nat(500),
      milliseconds: fc.nat(5000),
    })
    fc.assert(
      fc.property(parts, (given) => {
        const { weeks: w, days: d, hours: h, minutes: m, seconds: s, milliseconds: ms } = given
        const total = ((((w * 7 + d) * 24 + h) * 60 + m) * 60 + s) * 1000 + ms
        expect(parseDuration('x', given)).toBe(total)
        expect(parseDuration('x', `${w}w${d}d${h}h${m}m${s}s${ms}ms`)).toBe(total)
        expect(parseDuration('x', total / 1000)).toBe(total)
        expect(parseDuration('x', new TemporalDuration(given))).toBe(total)
      }),
    )
  })

  test('any value at all is read as zero or more, or refused with invalid-duration', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const ms = errorOf(() => parseDuration('x', value))
        expect([true, 'invalid-duration']).toContain(ms instanceof StowawayError ? ms.code : Number(ms) >= 0)
      }),
    )
  })
})

describe('a lifetime', () => {
  test('is absolute as a Date, in the past too', () => {
    expect(parseLifetime('x', new Date(5000))).toEqual({ until: 5000 })
    expect(parseLifetime('x', new Date(-5000))).toEqual({ until: -5000 })
  })

  test('is DO_NOT_CACHE as itself, which is no duration', () => {
    expect(parseLifetime('x', DO_NOT_CACHE)).toBe(DO_NOT_CACHE)
    expect(() => parseDuration('x', DO_NOT_CACHE)).toThrow('x: "do-not-cache" is not accepted')
  })

  test('a Date is no duration', () => {
    expect(() => parseDuration('staleIfError', new Date(0))).toThrow('staleIfError: ')
  })

  test.for<[unknown, boolean]>([
    [60, true],
    ['1h', true],
    [new Date(0), true],
    [{ hours: 1 }, true],
    [{ hours: 1, expireAfter: 1 }, true],
    [new TemporalDuration({ hours: 1 }), true],
    [{ expireAfter: 60 }, false],
    [{ hour: 1 }, false],
    [{}, false],
  ])('%o stands for a lifetime: %s', ([value, is]) => {
    expect(isLifetime(value)).toBe(is)
  })
})

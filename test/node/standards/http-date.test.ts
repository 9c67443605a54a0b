import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatHttpDate, parseHttpDate } from '../../../src/standards/http-date.ts'

const NOW = Date.UTC(2026, 6, 20)
const parse = (text: string): number | undefined => parseHttpDate(text, NOW)

describe('HTTP dates (RFC 9110 §5.6.7)', () => {
  test.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['Sun Nov  6 08:49:37 1994', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['Sun Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Sun, 21 Nov 2286 04:46:39 GMT', Date.UTC(2286, 10, 21, 4, 46, 39)],
    ['THU, 18 AUG 2050 02:01:18 gMT', Date.UTC(2050, 7, 18, 2, 1, 18)],
    ['Mon, 18 Aug 2050 02:01:18 GMT', Date.UTC(2050, 7, 18, 2, 1, 18)],
    ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('%s is an instant', (text, expected) => expect(parse(text)).toBe(expected))

  test.each([
    ['Thu, 18 Aug 2050 02:01:18 UTC', 'another name for the zone'],
    ['Thu, 18 Aug 2050 02:01:18 AEST', 'another zone'],
    ['Thu, 18 Aug 2050 02:01:18 +0000', 'an offset'],
    ['Thu, 18 Aug 50 02:01:18 GMT', 'a two-digit year'],
    ['Thu 18 Aug 2050 02:01:18 GMT', 'no comma'],
    ['Thu, 18  Aug  2050 02:01:18 GMT', 'several spaces'],
    ['Thu, 18-Aug-2050 02:01:18 GMT', 'dashes'],
    ['Thu, 18 Aug 2050 02.01.18 GMT', 'periods'],
    ['Thu, 18 Aug 2050 2:01:18 GMT', 'a one-digit hour'],
    ['Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:19 GMT', 'two lines'],
    ['Thu, 8 Aug 2050 02:01:18 GMT', 'a one-digit day'],
    ['Thu, 30 Feb 2050 02:01:18 GMT', 'no such day'],
    ['Thu, 29 Feb 2023 02:01:18 GMT', 'no leap year'],
    ['Thu, 00 Aug 2050 02:01:18 GMT', 'day zero'],
    ['Thu, 18 Anf 2050 02:01:18 GMT', 'no such month'],
    ['Thu, 18 Aug 2050 24:00:00 GMT', 'hour 24'],
    ['Thu, 18 Aug 2050 23:60:00 GMT', 'minute 60'],
    ['Thu, 18 Aug 2050 23:00:61 GMT', 'second 61'],
    ['Xxx, 18 Aug 2050 02:01:18 GMT', 'no such weekday'],
    ['Thu, 18-Aug-50 02:01:18 GMT', 'a short weekday in the rfc850 form'],
    [' Thu, 18 Aug 2050 02:01:18 GMT', 'a leading space'],
    ['Thu, 18 Aug 2050 02:01:18 GMT\n', 'a trailing newline'],
    ['Thu, 18 Aug ２０５０ 02:01:18 GMT', 'wide digits'],
    ['2050-08-18T02:01:18Z', 'ISO 8601'],
    ['0', 'a number'],
    ['', 'nothing'],
  ])('%j is refused: %s', (text) => expect(parse(text)).toBeUndefined())

  test.each([
    ['50', 2050],
    ['76', 2076],
    ['77', 1977],
    ['99', 1999],
    ['00', 2000],
  ])('the rfc850 year %s, read in 2026, is %d: at most 50 years ahead', (digits, year) => {
    expect(parse(`Thursday, 01-Jan-${digits} 00:00:00 GMT`)).toBe(Date.UTC(year, 0, 1))
  })

  test('an rfc850 year can lie in the next century', () => {
    expect(parseHttpDate('Thursday, 01-Jan-05 00:00:00 GMT', Date.UTC(2090, 0))).toBe(Date.UTC(2105, 0, 1))
  })

  test('an rfc850 date counts as past from one that is more than 50 years ahead to the day', () => {
    expect(parse('Monday, 20-Jul-76 00:00:00 GMT')).toBe(Date.UTC(2076, 6, 20))
    expect(parse('Tuesday, 21-Jul-76 00:00:00 GMT')).toBe(Date.UTC(1976, 6, 21))
  })

  test('what is formatted is read again as the same second', () => {
    const years = { min: new Date(Date.UTC(1000, 0)), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }
    fc.assert(
      fc.property(fc.date(years), (date) => {
        expect(parse(formatHttpDate(date.getTime()))).toBe(Math.floor(date.getTime() / 1000) * 1000)
      }),
    )
  })

  test('an arbitrary string is read without an exception', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.double(), (text, now) => void parseHttpDate(text, now)))
    expect(parseHttpDate('Thursday, 01-Jan-50 00:00:00 GMT', NaN)).toBeUndefined()
  })
})

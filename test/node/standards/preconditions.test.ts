import { describe, expect, test } from 'vitest'
import { evaluate, ifRange } from '../../../src/standards/preconditions.ts'

const NOW = Date.UTC(2026, 6, 20)
const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5)
const AT = 'Fri, 02 Jan 2026 03:04:05 GMT'
const BEFORE = 'Fri, 02 Jan 2026 03:04:04 GMT'
const AFTER = 'Fri, 02 Jan 2026 03:04:06 GMT'
const stored = { etag: '"a"', lastModified: MODIFIED, date: NOW }

describe('conditions of a request (RFC 9110 §13.2.2, RFC 9111 §4.3.2)', () => {
  const cases: [string, Record<string, string>, typeof stored | object, string][] = [
    ['no condition', {}, stored, 'none'],
    ['If-None-Match with the tag', { 'if-none-match': '"x", W/"a"' }, stored, 'unmodified'],
    ['If-None-Match with another tag', { 'if-none-match': '"x"' }, stored, 'modified'],
    ['If-None-Match with any', { 'if-none-match': '*' }, {}, 'unmodified'],
    ['If-None-Match and no tag stored', { 'if-none-match': '"a"' }, {}, 'modified'],
    ['If-Modified-Since at the modification', { 'if-modified-since': AT }, stored, 'unmodified'],
    ['If-Modified-Since after it', { 'if-modified-since': AFTER }, stored, 'unmodified'],
    ['If-Modified-Since before it', { 'if-modified-since': BEFORE }, stored, 'modified'],
    ['If-Modified-Since in rfc850', { 'if-modified-since': 'Friday, 02-Jan-26 03:04:05 GMT' }, stored, 'unmodified'],
    ['If-Modified-Since against Date', { 'if-modified-since': AFTER }, { date: MODIFIED }, 'unmodified'],
    ['If-Modified-Since before Date', { 'if-modified-since': BEFORE }, { date: MODIFIED }, 'modified'],
    ['If-Modified-Since against nothing', { 'if-modified-since': AT }, {}, 'none'],
    ['an invalid If-Modified-Since', { 'if-modified-since': 'yesterday' }, stored, 'none'],
    [
      'a matching tag and an earlier date',
      { 'if-none-match': '"a"', 'if-modified-since': BEFORE },
      stored,
      'unmodified',
    ],
    ['another tag and a later date', { 'if-none-match': '"x"', 'if-modified-since': AFTER }, stored, 'modified'],
  ]
  test.each(cases)('%s', (_, fields, validators, expected) => {
    expect(evaluate(new Headers(fields), validators, NOW)).toBe(expected)
  })
})

describe('If-Range (RFC 9110 §13.1.5)', () => {
  const cases: [string, string, object, boolean][] = [
    ['the strong tag', '"a"', stored, true],
    ['another tag', '"b"', stored, false],
    ['a weak tag, though it is the stored one', 'W/"a"', { etag: 'W/"a"' }, false],
    ['a tag without quotes', 'a', { etag: 'a' }, false],
    ['any tag', '*', stored, false],
    ['the date', AT, stored, true],
    ['a later date', AFTER, stored, false],
    ['an earlier date', BEFORE, stored, false],
    ['a date within the second of the answer', AT, { lastModified: MODIFIED, date: MODIFIED + 999 }, false],
    ['a date a second before the answer', AT, { lastModified: MODIFIED, date: MODIFIED + 1000 }, true],
    ['a date without a stored one', AT, { date: NOW }, false],
    ['a date when the answer has none', AT, { lastModified: MODIFIED }, false],
    ['nonsense', 'x y', stored, false],
  ]
  test.each(cases)('%s', (_, value, validators, expected) => expect(ifRange(value, validators, NOW)).toBe(expected))
})

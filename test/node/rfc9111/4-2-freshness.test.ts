import { describe, expect, test } from 'vitest'
import {
  correctedInitialAge,
  currentAge,
  forbidsStale,
  freshnessLifetime,
  heuristicLifetime,
} from '../../../src/rfc9111/4-2-freshness.ts'
import { NOW, dated, response } from './given.ts'

describe('§4.2.1 freshness lifetime', () => {
  const cases: readonly [
    why: string,
    headers: Record<string, string>,
    own: number | undefined,
    shared: number | undefined,
  ][] = [
    ['nothing is said', {}, undefined, undefined],
    ['max-age', { 'cache-control': 'max-age=60' }, 60, 60],
    ['s-maxage is for shared caches', { 'cache-control': 's-maxage=60' }, undefined, 60],
    ['s-maxage first', { 'cache-control': 'max-age=1, s-maxage=60' }, 1, 60],
    ['max-age before Expires', { 'cache-control': 'max-age=60', expires: dated(5), date: dated(0) }, 60, 60],
    ['max-age=0 before Expires', { 'cache-control': 'max-age=0', expires: dated(5) }, 0, 0],
    ['s-maxage before Expires', { 'cache-control': 's-maxage=60', expires: dated(5), date: dated(0) }, 5, 60],
    ['Expires counts from Date', { expires: dated(60), date: dated(-40) }, 100, 100],
    ['Expires without Date counts from receipt', { expires: dated(60) }, 60, 60],
    ['Expires in the past', { expires: dated(-60), date: dated(0) }, 0, 0],
    ['Expires that is Date', { expires: dated(0), date: dated(0) }, 0, 0],
    ['an invalid Expires is the past', { expires: '0' }, 0, 0],
    ['an empty Expires is the past', { expires: '' }, 0, 0],
    ['an invalid Expires beside max-age', { expires: '-1', 'cache-control': 'max-age=60' }, 60, 60],
    ['an invalid max-age is 0, not the next source', { expires: dated(60), 'cache-control': 'max-age=x' }, 0, 0],
    ['a negative max-age is 0', { 'cache-control': 'max-age=-1' }, 0, 0],
    ['of two the smaller', { 'cache-control': 'max-age=60, max-age=5' }, 5, 5],
    ['immutable extends nothing (RFC 8246 §2)', { 'cache-control': 'max-age=60, immutable' }, 60, 60],
    ['immutable alone is no lifetime', { 'cache-control': 'immutable' }, undefined, undefined],
    ['what is huge is clamped', { 'cache-control': 'max-age=99999999999999999999' }, 2 ** 31, 2 ** 31],
  ]
  test.for(cases)('%s', ([, headers, own, shared]) => {
    const ms = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1000)
    expect(freshnessLifetime(response(headers), false)).toBe(ms(own))
    expect(freshnessLifetime(response(headers), true)).toBe(ms(shared))
  })
})

describe('§4.2.2 heuristic', () => {
  const DAY = 86_400
  test('a tenth of the age since Last-Modified', () => {
    expect(heuristicLifetime(response({ 'last-modified': dated(-100), date: dated(0) }))).toBe(10_000)
    expect(heuristicLifetime(response({ 'last-modified': dated(-100), date: dated(-50) }))).toBe(5_000)
  })
  test('a week at most', () => {
    expect(heuristicLifetime(response({ 'last-modified': dated(-69 * DAY) }))).toBe(6.9 * DAY * 1000)
    expect(heuristicLifetime(response({ 'last-modified': dated(-71 * DAY) }))).toBe(7 * DAY * 1000)
  })
  test('nothing where Last-Modified is in the future', () => {
    expect(heuristicLifetime(response({ 'last-modified': dated(100) }))).toBe(0)
  })
  test.for([{}, { 'last-modified': 'then' }, { 'last-modified': '' }])('none from %o', (headers) => {
    expect(heuristicLifetime(response(headers))).toBeUndefined()
  })
  test.for([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501])('%i may be guessed', (status) => {
    expect(heuristicLifetime(response({ 'last-modified': dated(-100) }, status))).toBe(10_000)
  })
  test.for([201, 302, 303, 307, 400, 403, 418, 500, 502, 503, 504, 599])('%i only when it is public', (status) => {
    const headers = { 'last-modified': dated(-100) }
    expect(heuristicLifetime(response(headers, status))).toBeUndefined()
    expect(heuristicLifetime(response({ ...headers, 'cache-control': 'public' }, status))).toBe(10_000)
  })
})

describe('§4.2.3 age', () => {
  const cases: readonly [why: string, headers: Record<string, string>, delay: number, seconds: number][] = [
    ['neither Age nor Date', {}, 0, 0],
    ['Age', { age: '59' }, 0, 59],
    ['Date in the past', { date: dated(-30) }, 0, 30],
    ['Date in the future', { date: dated(30) }, 0, 0],
    ['the larger: Age', { age: '40', date: dated(-30) }, 0, 40],
    ['the larger: Date', { age: '20', date: dated(-30) }, 0, 30],
    ['the time that the answer took', {}, 7, 7],
    ['Age and the time that the answer took', { age: '20' }, 7, 27],
    ['the first of several', { age: '20, 30' }, 0, 20],
    ['without parameters', { age: '20;x=1' }, 0, 20],
    ['a negative Age', { age: '-20' }, 0, 0],
    ['a fractional Age', { age: '20.5' }, 0, 0],
    ['an Age of letters', { age: 'abc' }, 0, 0],
    ['a huge Age', { age: '9'.repeat(50) }, 0, 2 ** 31],
    ['an invalid Date', { date: 'yesterday' }, 0, 0],
  ]
  test.for(cases)('%s', ([, headers, delay, seconds]) => {
    expect(correctedInitialAge(response(headers, 200, delay))).toBe(seconds * 1000)
  })
  test('time in the cache adds up', () => {
    expect(currentAge(response({ age: '59' }), NOW + 1000)).toBe(60_000)
  })
  test('a clock that was set back makes nothing younger than when it was received', () => {
    expect(currentAge(response({ age: '59' }), NOW - 3_600_000)).toBe(59_000)
    expect(currentAge({ ...response({ age: '59' }), requestTime: NOW + 5000 }, NOW)).toBe(59_000)
  })
})

describe('§4.2.4 serving stale', () => {
  test.for<[string, boolean, boolean]>([
    ['max-age=1', false, false],
    ['must-revalidate', true, true],
    ['no-cache', true, true],
    ['no-cache="x"', false, false],
    ['proxy-revalidate', false, true],
    ['s-maxage=1', false, true],
    ['immutable', false, false],
    ['must-revalidate=x', true, true],
  ])('%s forbids it to a private cache: %o, to a shared one: %o', ([value, own, shared]) => {
    expect(forbidsStale(response({ 'cache-control': value }), false)).toBe(own)
    expect(forbidsStale(response({ 'cache-control': value }), true)).toBe(shared)
  })
})

import { describe, expect, test } from 'vitest'
import { acceptsStale, mustValidate } from '../../../src/rfc9111/4-reusing.ts'
import { request, response } from './given.ts'

/** Ages and lifetimes in seconds. */
const validate = (asked: Record<string, string>, said: string, age: number, lifetime: number): string | undefined =>
  mustValidate(request(asked).cacheControl, response({ 'cache-control': said }).cacheControl, {
    age: age * 1000,
    lifetime: lifetime * 1000,
  })
const cc = (value: string): Record<string, string> => ({ 'cache-control': value })

describe('§4 validation of what is fresh', () => {
  test.for<[string, Record<string, string>, string, number, number, string | undefined]>([
    ['nothing asks for it', {}, '', 5, 60, undefined],
    ['no-cache in the response', {}, 'no-cache', 5, 60, '§5.2.2.4 no-cache'],
    ['no-cache with fields does not', {}, 'no-cache="x"', 5, 60, undefined],
    ['must-revalidate does not', {}, 'must-revalidate', 5, 60, undefined],
    ['immutable does not prevent it (RFC 8246)', cc('no-cache'), 'immutable', 5, 60, '§5.2.1.4 no-cache'],
    ['no-cache in the request', cc('no-cache'), '', 5, 60, '§5.2.1.4 no-cache'],
    ['§5.4 Pragma', { pragma: 'no-cache' }, '', 5, 60, '§5.2.1.4 no-cache'],
    ['§5.4 Pragma among others', { pragma: 'x, No-Cache' }, '', 5, 60, '§5.2.1.4 no-cache'],
    ['§5.4 Pragma beside Cache-Control does not', { pragma: 'no-cache', ...cc('max-age=60') }, '', 5, 60, undefined],
    ['§5.4 Pragma beside an empty Cache-Control does not', { pragma: 'no-cache', ...cc('') }, '', 5, 60, undefined],
    ['max-age that is younger', cc('max-age=4'), '', 5, 60, '§5.2.1.1 max-age'],
    ['max-age that is as old does not', cc('max-age=5'), '', 5, 60, undefined],
    ['max-age=0', cc('max-age=0'), '', 1, 60, '§5.2.1.1 max-age'],
    ['a malformed max-age', cc('max-age=x'), '', 1, 60, '§5.2.1.1 max-age'],
    ['min-fresh that is not left', cc('min-fresh=56'), '', 5, 60, '§5.2.1.3 min-fresh'],
    ['min-fresh that is left does not', cc('min-fresh=55'), '', 5, 60, undefined],
    ['a malformed min-fresh', cc('min-fresh=x'), '', 5, 60, '§5.2.1.3 min-fresh'],
    ['min-fresh of what never expires does not', cc('min-fresh=99999'), '', 5, Infinity, undefined],
    ['max-stale does not', cc('max-stale=1'), '', 5, 60, undefined],
    ['no-store does not', cc('no-store'), '', 5, 60, undefined],
    ['only-if-cached does not', cc('only-if-cached'), '', 5, 60, undefined],
  ])('%s', ([, asked, said, age, lifetime, expected]) => expect(validate(asked, said, age, lifetime)).toBe(expected))
})

describe('§5.2.1.2 max-stale', () => {
  test.for<[string, number, boolean]>([
    ['', 1, false],
    ['max-stale=10', 10, true],
    ['max-stale=10', 11, false],
    ['max-stale', 1e9, true],
    ['max-stale=0', 1, false],
    ['max-stale=x', 1, false],
    ['max-stale, max-stale=10', 11, false],
    ['max-stale=10, min-fresh=1', 1, false],
    ['max-stale=10, min-fresh=0', 1, false],
  ])('%j takes what has been stale for %d s: %o', ([value, seconds, expected]) => {
    expect(acceptsStale(request(cc(value)).cacheControl, seconds * 1000)).toBe(expected)
  })
})

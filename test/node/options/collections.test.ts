/** Settings that are lists of patterns. */
import { describe, expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'
import { merge, parseRequestOptions, parseSettings } from '../../../src/options/settings.ts'

describe('ignoredParameters', () => {
  test.each([
    'utm_*',
    '*_id',
    'user.token',
    'items[*].id',
    'items[0]',
    '$.a.b',
    '$[*].id',
    '$filter',
    'user[id]',
    'ids[]',
  ])('takes %s (RC-40)', (name) => {
    expect(parseSettings({ ignoredParameters: [name] }, '').ignoredParameters).toEqual(new Set([name]))
  })

  test.each(['*', '**', '$', '$.', '$..a', 'a..b', '.a', 'a.', 'a.b[', 'items[].id', 'items[x].id', '$[a]', 'a[1]b.c'])(
    'refuses %s',
    (name) => {
      expect(() => createCache({ backend: 'memory', ignoredParameters: ['ok', name] })).toThrow(
        /^ignoredParameters\[1\]: .* is not accepted; give names such as 'utm_\*', or paths such as 'user\.token'/,
      )
    },
  )

  test('content_root_key has become a path (RC-37)', () => {
    expect(() => parseSettings({ content_root_key: 'a' }, '')).toThrow(/use ignoredParameters with a path/)
  })
})

describe('operations', () => {
  test('takes patterns of the four kinds, and the narrower wins', () => {
    const given = ['query:*', 'mutation:get*', 'subscription:', 'call:eth_get*']
    const cache = parseSettings({ operations: given }, '')
    expect(cache.operations).toEqual(given)
    expect(merge(cache, parseSettings({ operations: [] }, ''), parseRequestOptions(undefined)).operations).toEqual([])
  })

  test.each([['query'], ['*:*'], ['Query:a'], [''], [1]])('refuses %j', (pattern) => {
    expect(() => parseRequestOptions({ operations: [pattern] })).toThrow(
      /^httpCache\.operations\[0\]: .* is not accepted; give patterns such as 'query:\*'/,
    )
  })
})

describe('tags', () => {
  test('of cache, rule and request add up', () => {
    const [cache, rule] = [parseSettings({ tags: ['a'] }, ''), parseSettings({ tags: ['b'] }, '')]
    const request = parseRequestOptions({ tags: ['c'] })
    expect(merge(cache, rule, request).tags).toEqual(['a', 'b', 'c'])
    expect(merge(cache, rule, parseRequestOptions(undefined)).tags).toEqual(['a', 'b'])
    expect(merge({}, undefined, request).tags).toEqual(['c'])
    expect(merge({}, rule, parseRequestOptions({ refresh: true })).tags).toEqual(['b'])
  })

  test.each([[''], ['a\nb'], ['a\0'], ['x'.repeat(1025)], [1]])('%j is none', (tag) => {
    expect(() => parseSettings({ tags: [tag] }, '')).toThrow(/tags\[0\]: .* give texts of at most 1024 characters/)
  })
})

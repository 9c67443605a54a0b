import { describe, expect, test } from 'vitest'
import { matches, select, variantName } from '../../src/select.ts'
import type { ResponseRecord } from '../../src/record.ts'
import { NOW, presented, stored } from './decide/given.ts'

const variant = (record: Partial<ResponseRecord>, headers: Record<string, string> = {}) => stored(headers, { record })

describe('§4.1 selection', () => {
  test('of several that match the one with the latest Date, then the one received last', () => {
    const at = (seconds: number): Record<string, string> => ({ date: new Date(NOW + seconds * 1000).toUTCString() })
    const [a, b] = [stored(at(-20)), stored(at(-10))]
    expect(select([a, b], presented())).toBe(b)
    expect(select([b, a], presented())).toBe(b)
    const [early, late] = [stored(at(-10), { since: 5 }), stored(at(-10), { since: 1 })]
    expect(select([early, late], presented())).toBe(late)
    expect(select([late, early], presented())).toBe(late)
  })

  test('each is matched by the names of its own Vary', () => {
    const plain = stored({}, { since: 50 })
    const byAccept = variant({ selecting: { accept: 'a/b' } })
    const byFoo = variant({ selecting: { foo: '1', accept: 'c/d' } })
    const all = [plain, byAccept, byFoo]
    expect(select(all, presented({ accept: 'a/b' }))).toBe(byAccept)
    expect(select(all, presented({ accept: 'c/d', foo: '1' }))).toBe(byFoo)
    expect(select(all, presented({ accept: 'c/d', foo: '2' }))).toBe(plain)
    expect(select([byAccept, byFoo], presented({ accept: 'c/d' }))).toBeUndefined()
    expect(select([], presented())).toBeUndefined()
  })

  test('an absent field matches an absent one only', () => {
    const absent = variant({ selecting: { foo: null } })
    expect(matches(absent, presented())).toBe(true)
    expect(matches(absent, presented({ foo: '' }))).toBe(false)
  })

  test.for<[string, string | null, string, boolean]>([
    ['the same credentials', 'x', 'x', true],
    ['others', 'x', 'y', false],
    ['none, stored with some', 'x', '', false],
    ['some, stored with none', '', 'x', false],
    ['any, when anyone may have it', null, 'x', true],
  ])('%s', ([, identity, asked, expected]) => {
    expect(matches(variant({ identity }), presented({}, { identity: asked }))).toBe(expected)
  })

  test('a response to HEAD answers HEAD only, one to GET both', () => {
    const head = variant({ method: 'HEAD' })
    expect(matches(head, presented({}, { method: 'HEAD' }))).toBe(true)
    expect(matches(head, presented())).toBe(false)
    expect(matches(variant({}), presented({}, { method: 'HEAD' }))).toBe(true)
  })

  test('a response that was followed to answers only those who follow', () => {
    const followed = variant({ followedTo: 'https://example.org/b' })
    expect(matches(followed, presented())).toBe(true)
    expect(matches(followed, presented({}, { follows: false }))).toBe(false)
  })

  test.for<[range: string | null, method: string, expected: boolean]>([
    ['bytes=2-3', 'GET', true],
    ['bytes=2-4', 'GET', true],
    ['bytes=-6', 'GET', false],
    ['bytes=1-3', 'GET', false],
    ['bytes=2-5', 'GET', false],
    ['bytes=2-', 'GET', false],
    ['bytes=99-', 'GET', false],
    ['bytes=3-2', 'GET', false],
    ['nonsense', 'GET', false],
    [null, 'GET', false],
    ['bytes=2-3', 'HEAD', false],
  ])('a part of bytes 2 to 4 of 10 answers %s of %s: %o', ([range, method, expected]) => {
    expect(matches(variant({ part: { start: 2, end: 5, size: 10 } }), presented({}, { method, range }))).toBe(expected)
  })

  test.for<[string, string, string, string, boolean]>([
    ['the language that is preferred', 'de', 'en, de;q=0.5', 'de, en;q=0.5', true],
    ['another that is preferred', 'en', 'en, de;q=0.5', 'de, en;q=0.5', false],
    ['one preferred no more than another', 'de', 'de', 'de, en', false],
    ['one that was not negotiated', 'de', 'en', 'de', false],
    ['one that was refused', 'de', 'en, de;q=0', 'de', false],
    ['several languages', 'de, en', 'de', 'de;q=0.9', false],
  ])('Accept-Language may differ: %s', ([, language, storedFor, asked, expected]) => {
    const kept = variant({ selecting: { 'accept-language': storedFor } }, { 'content-language': language })
    expect(matches(kept, presented({ 'accept-language': asked }))).toBe(expected)
  })

  test('other selecting fields still count beside the language', () => {
    const kept = variant({ selecting: { 'accept-language': 'de', foo: '1' } }, { 'content-language': 'de' })
    expect(matches(kept, presented({ 'accept-language': 'de;q=0.9', foo: '1' }))).toBe(true)
    expect(matches(kept, presented({ 'accept-language': 'de;q=0.9', foo: '2' }))).toBe(false)
  })
})

describe('the name of a variant', () => {
  const name = (record: Partial<ResponseRecord>): string => variantName(variant(record).record)

  test('is empty for the plain one', () => expect(name({})).toBe(''))
  test('does not depend on what the response says', () => {
    expect(name({ status: 404, fields: [['x', '1']], responseTime: 1 })).toBe('')
  })
  test('does not depend on the order of selecting fields', () => {
    expect(name({ selecting: { a: '1', b: '2' } })).toBe(name({ selecting: { b: '2', a: '1' } }))
  })
  test('differs in all that tells variants apart', () => {
    const different: Partial<ResponseRecord>[] = [
      {},
      { method: 'HEAD' },
      { identity: 'x' },
      { identity: 'y' },
      { identity: null },
      { followedTo: 'https://example.org/b' },
      { part: { start: 0, end: 1, size: 2 } },
      { selecting: { a: '1' } },
      { selecting: { a: null } },
      { selecting: { a: 'null' } },
      { selecting: { a: '' } },
      { selecting: { a: '1', b: '2' } },
      { selecting: { a: '1","b":"2' } },
      { identity: 'x', selecting: { a: '1' } },
    ]
    expect(new Set(different.map(name)).size).toBe(different.length)
  })
})

import { describe, expect, test } from 'vitest'
import { URL_A, cc, numbered, settled, text, world } from './given.ts'

const vary = (names: string, more: Record<string, string> = {}) =>
  numbered({ ...cc('max-age=60'), vary: names, ...more })
const get = (headers: HeadersInit) => ({ headers })

describe('§4.1 Vary', () => {
  test('several variants live side by side', async () => {
    await using it = world(vary('Accept'))
    for (const accept of ['a/a', 'b/b', 'c/c']) await text(it.fetch(URL_A, get({ accept })))
    expect(await text(it.fetch(URL_A, get({ accept: 'b/b' })))).toBe('1')
    expect(await text(it.fetch(URL_A, get({ accept: 'a/a' })))).toBe('0')
    expect(await text(it.fetch(URL_A, get({ accept: 'd/d' })))).toBe('3')
    expect(it.sent).toHaveLength(4)
  })

  test.for<[string, HeadersInit, HeadersInit]>([
    ['foo', { foo: 'a,b' }, { Foo: ' a, b ' }],
    ['accept-language', { 'accept-language': 'en, de;q=0.5' }, { 'accept-language': 'EN,de;q=0.50' }],
    ['accept-encoding', { 'accept-encoding': 'gzip, br' }, { 'accept-encoding': 'br, gzip' }],
  ])('of %s values that mean the same match', async ([name, one, other]) => {
    await using it = world(vary(name))
    await text(it.fetch(URL_A, get(one)))
    expect((await it.fetch(URL_A, get(other))).fromCache).toBe(true)
  })

  test.for(['*', 'accept, *', '*, accept', 'no name'])('%s is not stored', async (names) => {
    await using it = world(vary(names))
    await text(it.fetch(URL_A))
    expect(await text(it.fetch(URL_A))).toBe('1')
    await settled()
    expect(await it.entries()).toEqual([])
  })

  test('names that change over time leave earlier variants matching by theirs', async () => {
    const names = ['a', 'b', '']
    await using it = world(
      (_, count) => new Response(`${count}`, { headers: { ...cc('max-age=60'), vary: names[count] ?? '' } }),
    )
    await text(it.fetch(URL_A, get({ a: '1', b: '1' })))
    await text(it.fetch(URL_A, get({ a: '2', b: '2' })))
    expect(await text(it.fetch(URL_A, get({ a: '1', b: '9' })))).toBe('0')
    expect(await text(it.fetch(URL_A, get({ a: '9', b: '2' })))).toBe('1')
    expect(await text(it.fetch(URL_A, get({ a: '9', b: '9' })))).toBe('2')
    expect(await text(it.fetch(URL_A, get({ a: '8', b: '8' })))).toBe('2')
  })

  test('all of them go with an unsafe request', async () => {
    await using it = world(vary('accept'))
    for (const accept of ['a/a', 'b/b']) await text(it.fetch(URL_A, get({ accept })))
    await text(it.fetch(URL_A, { method: 'DELETE' }))
    expect(await it.entries()).toEqual([])
  })

  test('at most 64 are kept, the oldest goes', async () => {
    await using it = world(vary('foo'))
    for (let foo = 0; foo < 66; foo++) await text(it.fetch(URL_A, get({ foo: `${foo}` })))
    await settled()
    expect(await it.entries()).toHaveLength(64)
    expect(await text(it.fetch(URL_A, get({ foo: '65' })))).toBe('65')
    expect(await text(it.fetch(URL_A, get({ foo: '0' })))).toBe('66')
  })

  test('the validators of the variant that matches are sent, and none where none matches', async () => {
    await using it = world(
      (_, count) => new Response(`${count}`, { headers: { ...cc('max-age=0'), vary: 'accept', etag: `"${count}"` } }),
    )
    await text(it.fetch(URL_A, get({ accept: 'a/a' })))
    await text(it.fetch(URL_A, get({ accept: 'b/b' })))
    expect(it.sent[1]?.headers.get('if-none-match')).toBeNull()
    it.pass(1)
    await text(it.fetch(URL_A, get({ accept: 'a/a' })))
    expect(it.sent[2]?.headers.get('if-none-match')).toBe('"0"')
  })

  test('a miss because of the variant says so (RFC 9211)', async () => {
    await using it = world(vary('accept'))
    await text(it.fetch(URL_A, get({ accept: 'a/a' })))
    const { headers } = await it.fetch(URL_A, get({ accept: 'b/b' }))
    expect(headers.get('cache-status')).toContain('fwd=vary-miss')
  })

  test('another language that the stored response is in selects it', async () => {
    await using it = world(vary('accept-language', { 'content-language': 'de' }))
    await text(it.fetch(URL_A, get({ 'accept-language': 'de, en;q=0.5' })))
    expect((await it.fetch(URL_A, get({ 'accept-language': 'de, fr;q=0.1' }))).fromCache).toBe(true)
    expect((await it.fetch(URL_A, get({ 'accept-language': 'en, de;q=0.5' }))).fromCache).toBe(false)
  })
})

describe('matchHeaders', () => {
  test('named headers count as if Vary named them', async () => {
    await using it = world(numbered(), { matchHeaders: ['X-Tenant'] })
    await text(it.fetch(URL_A, get({ 'x-tenant': 'a', 'x-other': '1' })))
    expect(await text(it.fetch(URL_A, get({ 'x-tenant': 'a', 'x-other': '2' })))).toBe('0')
    expect(await text(it.fetch(URL_A, get({ 'x-tenant': 'b' })))).toBe('1')
    expect(await text(it.fetch(URL_A))).toBe('2')
  })

  test('true is all, but those that steer the cache', async () => {
    await using it = world(numbered(), { matchHeaders: true })
    await text(it.fetch(URL_A, get({ 'x-a': '1' })))
    expect(await text(it.fetch(URL_A, get({ 'x-a': '1', 'cache-control': 'max-age=50' })))).toBe('0')
    expect(await text(it.fetch(URL_A, get({ 'x-a': '2' })))).toBe('1')
    expect(await text(it.fetch(URL_A, get({ 'x-a': '1', 'x-b': '1' })))).toBe('2')
  })

  test('true leaves out the values of those that are ignored', async () => {
    await using it = world(numbered(), { matchHeaders: true, ignoredParameters: ['X-Request-Id'] })
    await text(it.fetch(URL_A, get({ 'x-a': '1', 'x-request-id': '1' })))
    expect(await text(it.fetch(URL_A, get({ 'x-a': '1', 'x-request-id': '2' })))).toBe('0')
    expect(await text(it.fetch(URL_A, get({ 'x-a': '2', 'x-request-id': '1' })))).toBe('1')
    expect(await text(it.fetch(URL_A, get({ 'x-a': '1' })))).toBe('2')
  })

  test.for([['authorization'], true] as const)('a credential counts as a digest: %o', async (matchHeaders) => {
    await using it = world(numbered(cc('public, max-age=60')), { matchHeaders })
    await text(it.fetch(URL_A, get({ authorization: 'Bearer one' })))
    expect(await text(it.fetch(URL_A, get({ authorization: 'Bearer one' })))).toBe('0')
    expect(await text(it.fetch(URL_A, get({ authorization: 'Bearer two' })))).toBe('1')
    expect(JSON.stringify(await it.entries())).not.toMatch(/Bearer|one|two/)
  })

  test('a request names others than the cache', async () => {
    await using it = world(numbered(), { matchHeaders: ['x-a'] })
    const asked = { httpCache: { matchHeaders: ['x-b'] } }
    await text(it.fetch(URL_A, { ...get({ 'x-a': '1', 'x-b': '1' }), ...asked }))
    expect(await text(it.fetch(URL_A, { ...get({ 'x-a': '2', 'x-b': '1' }), ...asked }))).toBe('0')
    expect(await text(it.fetch(URL_A, { ...get({ 'x-a': '2', 'x-b': '2' }), ...asked }))).toBe('1')
  })
})

describe('ignoredParameters', () => {
  test('a value that is ignored does not count, its name does', async () => {
    await using it = world(numbered(), { ignoredParameters: ['utm'] })
    await text(it.fetch(`${URL_A}?x=1&utm=a`))
    expect(await text(it.fetch(`${URL_A}?x=1&UTM=b`))).toBe('1')
    expect(await text(it.fetch(`${URL_A}?x=1&utm=b`))).toBe('0')
    expect(await text(it.fetch(`${URL_A}?x=2&utm=b`))).toBe('2')
    expect(await text(it.fetch(`${URL_A}?x=1`))).toBe('3')
    expect(it.sent[0]?.url).toContain('utm=a')
  })

  test('those of a rule and of a request add to those of the cache', async () => {
    await using it = world(numbered(), { ignoredParameters: ['a'], rules: { '/a': { ignoredParameters: ['b'] } } })
    const asked = { httpCache: { ignoredParameters: ['c'] } }
    await text(it.fetch(`${URL_A}?a=1&b=1&c=1`, asked))
    expect(await text(it.fetch(`${URL_A}?a=2&b=2&c=2`, asked))).toBe('0')
    expect(await text(it.fetch(`${URL_A}?a=2&b=2&c=2`))).toBe('1')
  })

  test('a name that is on the default list, too, stays a secret that counts', async () => {
    await using it = world(numbered(), { ignoredParameters: ['api_key'] })
    await text(it.fetch(`${URL_A}?api_key=one`))
    expect(await text(it.fetch(`${URL_A}?api_key=two`))).toBe('1')
    expect(await text(it.fetch(`${URL_A}?api_key=one`))).toBe('0')
  })
})

describe('the key', () => {
  test('the fragment never counts', async () => {
    await using it = world()
    await text(it.fetch(`${URL_A}#x`))
    expect(await text(it.fetch(`${URL_A}#y`))).toBe('0')
  })

  test('keyFn takes the place of the URL, also for what an unsafe request makes invalid', async () => {
    await using it = world(numbered(), { keyFn: ({ url }) => new URL(url).pathname })
    await text(it.fetch('https://example.org/a?x=1'))
    expect(await text(it.fetch('https://example.org/a?x=2'))).toBe('0')
    await text(it.fetch('https://example.org/a?x=3', { method: 'POST' }))
    expect(await text(it.fetch('https://example.org/a?x=1'))).toBe('2')
  })

  test('keyFn does not mix credentials', async () => {
    await using it = world(numbered(), { keyFn: () => 'all' })
    await text(it.fetch(URL_A, get({ authorization: 'one' })))
    expect(await text(it.fetch(URL_A, get({ authorization: 'two' })))).toBe('1')
  })

  test('a partition separates caches that share a store', async () => {
    await using one = world(numbered(), { partition: 'one' })
    await using other = world(numbered(), { partition: 'two' }, one.store)
    await using same = world(numbered(), { partition: 'one' }, one.store)
    await text(one.fetch(URL_A))
    expect((await other.fetch(URL_A)).fromCache).toBe(false)
    expect((await same.fetch(URL_A)).fromCache).toBe(true)
    expect(JSON.stringify(await one.entries())).not.toContain('"one"')
  })

  test('noVarySearch as an option merges URLs', async () => {
    await using it = world(numbered(), { noVarySearch: { params: ['utm'], keyOrder: true } })
    await text(it.fetch(`${URL_A}?a=1&b=2&utm=1`))
    expect(await text(it.fetch(`${URL_A}?b=2&a=1`))).toBe('0')
    expect(await text(it.fetch(`${URL_A}?b=2`))).toBe('1')
  })

  test('No-Vary-Search in the response merges URLs, and invalidation follows', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), 'no-vary-search': 'params=("utm"), key-order' }))
    await text(it.fetch(`${URL_A}?a=1&b=2&utm=1`))
    await settled()
    expect(await text(it.fetch(`${URL_A}?b=2&utm=9&a=1`))).toBe('0')
    expect(await text(it.fetch(`${URL_A}?b=2&a=2`))).toBe('1')
    await text(it.fetch(`${URL_A}?utm=5&a=1&b=2`, { method: 'PUT' }))
    expect(await text(it.fetch(`${URL_A}?a=1&b=2`))).toBe('3')
    expect(await text(it.fetch(`${URL_A}?b=2&a=2`))).toBe('1')
  })

  test('a No-Vary-Search that is malformed merges nothing', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), 'no-vary-search': 'params=utm' }))
    await text(it.fetch(`${URL_A}?utm=1`))
    await settled()
    expect(await text(it.fetch(`${URL_A}?utm=2`))).toBe('1')
  })

  test('No-Vary-Search does not merge users', async () => {
    await using it = world(numbered({ ...cc('max-age=60'), 'no-vary-search': 'params' }))
    await text(it.fetch(`${URL_A}?api_key=one`))
    await settled()
    expect(await text(it.fetch(`${URL_A}?api_key=two`))).toBe('1')
    expect(await text(it.fetch(URL_A))).toBe('2')
    expect(await text(it.fetch(`${URL_A}?api_key=one&x=1`))).toBe('0')
  })
})

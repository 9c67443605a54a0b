import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type Digest, loadDigest } from '../../../src/key/digest.ts'
import { KEY_VERSION, keyOf, type RequestKey } from '../../../src/key/key.ts'
import { type Given, keyFor, request, settings, whole } from './given.ts'

describe('golden vectors of version 1', () => {
  test.each<[Given, RequestKey]>([
    [
      { url: 'HTTPS://A.test:443/%7Eme/../x%2f?b=2&a=1#frag' },
      {
        key: { namespace: 'http', url: 'https://a.test/x%2F?b=2&a=1', selector: '' },
        identity: '',
        cacheKey: '1 GET https://a.test/x%2F?b=2&a=1',
      },
    ],
    [
      { url: 'https://a.test/?apikey=s3cret', headers: { Authorization: 'Bearer s3cret', Cookie: 'a=1' } },
      {
        key: { namespace: 'http', url: 'https://a.test/?apikey=REDACTED', selector: '' },
        identity: 'jjC6baVB-4sx5LlqfgTfxSRH5hpelRrWiKklMitpmV8',
        cacheKey: '1 GET https://a.test/?apikey=REDACTED',
      },
    ],
    [
      {
        method: 'POST',
        body: '{"b":1.0,"a":[2,1],"access_token":"s3cret"}',
        headers: { 'Content-Type': 'application/json' },
      },
      {
        key: {
          namespace: 'http',
          url: 'https://a.test/',
          selector: 'POST ZT7vKgfSgY_tXmjNzFoooL6z2GFioI5lymQinamZAbQ',
        },
        identity: '0Z1x5xnFBZTGQMQPsi4TL6WSCYiWYeIO6WqBcEblMMY',
        cacheKey: '1 POST ZT7vKgfSgY_tXmjNzFoooL6z2GFioI5lymQinamZAbQ https://a.test/',
      },
    ],
    [
      { method: 'QUERY', body: new URLSearchParams('q=%7E&q=2'), credentials: 'omit' },
      {
        key: {
          namespace: 'http',
          url: 'https://a.test/',
          selector: 'QUERY tGkU8h1H8WN0hjjK-ShL2qD47GL1pIi-KkR2PrYCo7Y',
        },
        identity: 'omit',
        cacheKey: '1 QUERY tGkU8h1H8WN0hjjK-ShL2qD47GL1pIi-KkR2PrYCo7Y https://a.test/',
      },
    ],
  ])('%#', async (given, expected) => {
    expect(KEY_VERSION).toBe('1')
    expect(await keyFor(given)).toEqual(expected)
  })
})

describe('what is synchronous', () => {
  test.each<Given>([
    {},
    { method: 'HEAD' },
    { url: 'https://a.test/?a=1&session=2' },
    { method: 'DELETE' },
    { method: 'POST', body: null },
    { credentials: 'include' },
    { headers: { Accept: '*/*', Session: '1' } },
  ])('%j needs no promise and no digest', (given) => {
    const load = vi.fn<() => Promise<Digest>>(settings.digest)
    expect(keyOf(request(given), { ...settings, digest: load })).not.toBeInstanceOf(Promise)
    expect(load).not.toHaveBeenCalled()
  })

  test('a Request without a body is a request', () => {
    expect(keyOf(new Request('https://a.test/#x'), settings)).toMatchObject({
      key: { url: 'https://a.test/' },
      identity: '',
    })
  })
})

describe('what differs', () => {
  test('URL, method, body and its type give different keys', async () => {
    const keys = await Promise.all(
      [
        {},
        { url: 'http://a.test/' },
        { url: 'https://a.test/b' },
        { method: 'DELETE' },
        { method: 'patch' },
        { method: 'PATCH' },
        { method: 'POST' },
        { method: 'POST', body: '' },
        { method: 'POST', body: 'b' },
        { method: 'PUT', body: 'b' },
        { method: 'POST', body: 'b', headers: { 'Content-Type': 'text/html' } },
        { method: 'GET', body: 'b' },
      ].map(async (given) => JSON.stringify((await keyFor(given)).key)),
    )
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('GET and HEAD have one key', async () => {
    expect(await keyFor({ method: 'HEAD' })).toEqual(await keyFor({}))
  })

  test('a body is no continuation of the URL', async () => {
    expect((await keyFor({ method: 'POST', body: 'b' })).key).not.toEqual(
      (await keyFor({ method: 'POST', url: 'https://a.test/b', body: '' })).key,
    )
  })

  test('credentials give different identities under one key', async () => {
    const given: Given[] = [
      { headers: {} },
      { headers: { Authorization: 'a' } },
      { headers: { Authorization: 'b' } },
      { headers: { Authorization: '' } },
      { headers: { Cookie: 'a' } },
      { headers: { 'Proxy-Authorization': 'a' } },
      { headers: { 'X-Api-Key': 'a' } },
      { headers: { apikey: 'a' } },
      { headers: { Authorization: 'a', Cookie: 'b' } },
      { headers: { Authorization: 'b', Cookie: 'a' } },
      { credentials: 'include' },
      { credentials: 'omit' },
      { credentials: 'omit', headers: { Cookie: 'a' } },
      { credentials: 'include', headers: { Cookie: 'a' } },
    ]
    const keys = [
      ...(await Promise.all(given.map((one) => keyFor(one)))),
      ...(await Promise.all(['', 'a', 'b'].map((partition) => keyFor({}, { partition })))),
    ]
    expect(new Set(keys.map(({ identity }) => identity)).size).toBe(keys.length)
    expect(new Set(keys.map(({ key }) => JSON.stringify(key))).size).toBe(1)
  })

  test('a secret in the URL, in user information, a field or a body does not stand for one elsewhere', async () => {
    const json = { 'Content-Type': 'application/json' }
    const keys = await Promise.all([
      whole({ method: 'POST', url: 'https://a.test/?apikey=x', body: '{"apikey":"y"}', headers: json }),
      whole({ method: 'POST', url: 'https://a.test/?apikey=y', body: '{"apikey":"x"}', headers: json }),
      whole({
        method: 'POST',
        url: 'https://a.test/?apikey=REDACTED',
        body: '{"apikey":"x"}',
        headers: { ...json, apikey: 'y' },
      }),
      whole({ method: 'POST', url: 'https://a.test/?apikey=x', body: '{}', headers: { ...json, apikey: 'y' } }),
      whole({ method: 'POST', url: 'https://x@a.test/', body: '{}', headers: json }),
      whole({ method: 'POST', url: 'https://y@a.test/', body: '{}', headers: json }),
    ])
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('same-origin, the default, is as good as no mode', async () => {
    expect(await keyFor({ credentials: 'same-origin' })).toEqual(await keyFor({}))
  })

  test('distinct requests have distinct keys, equal ones have equal keys', async () => {
    const words = fc.constantFrom('', 'a', 'b', 'apikey', '=', '&', '/', '%20', 'REDACTED', ' ', ':')
    const given = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT'),
      url: fc.array(words, { maxLength: 6 }).map((parts) => new URL(`https://a.test/?${parts.join('')}`).href),
      body: fc.array(words, { maxLength: 4 }).map((parts) => parts.join('')),
      authorization: fc.array(words, { maxLength: 3 }).map((parts) => parts.join('').trim()),
      type: fc.constantFrom('text/plain', 'application/x-www-form-urlencoded'),
    })
    const toGiven = ({
      authorization,
      type,
      ...rest
    }: {
      authorization: string
      type: string
      url: string
      method: string
      body: string
    }): Given => ({
      ...rest,
      headers: { authorization, 'content-type': type },
    })
    await fc.assert(
      fc.asyncProperty(given, given, async (one, other) => {
        const equal = JSON.stringify(one) === JSON.stringify(other)
        expect((await whole(toGiven(one))) === (await whole(toGiven(other)))).toBe(equal)
        expect(await whole(toGiven(one))).toBe(await whole(toGiven(one)))
      }),
    )
  })
})

describe('what does not differ', () => {
  test.each<[string, Given, Given]>([
    ['host case, default port, %7E', { url: 'HTTPS://A.TEST:443/%7E' }, { url: 'https://a.test/~' }],
    ['the fragment', { url: 'https://a.test/#a' }, { url: 'https://a.test/' }],
    ['an ignored value', { url: 'https://a.test/?session=1' }, { url: 'https://a.test/?session=2' }],
    ['an ignored field', { headers: { Session: '1' } }, { headers: { Session: '2' } }],
    ['other fields', { headers: { Accept: 'a', 'Cache-Control': 'no-cache' } }, {}],
    [
      'the order of members',
      { method: 'POST', body: '{"a":{"b":1,"c":2}}', headers: { 'content-type': 'application/json' } },
      { method: 'POST', body: '{ "a": {"c":2, "b":1} }', headers: { 'content-type': 'application/json' } },
    ],
  ])('%s', async (_, one, other) => {
    expect(await keyFor(one)).toEqual(await keyFor(other))
  })

  test('the order and case of fields', async () => {
    const pairs: [string, string][] = [
      ['Cookie', 'a'],
      ['AUTHORIZATION', 'b'],
      ['x-api-key', 'c'],
    ]
    const get = (): null => null
    const raw = (list: [string, string][]) =>
      keyOf({ method: 'GET', url: 'https://a.test/', headers: Object.assign(list, { get }) }, settings)
    expect(await raw([...pairs].reverse())).toEqual(await raw(pairs))
    expect(await raw(pairs)).toEqual(await keyFor({ headers: pairs }))
  })

  test('the key is the same in every store, the identity is not', async () => {
    const other = await loadDigest(new Uint8Array(32))
    const given: Given = { method: 'POST', body: 'a', headers: { Authorization: 'x' } }
    const [one, two] = [await keyFor(given), await keyFor(given, { digest: async () => other })]
    expect(two.key).toEqual(one.key)
    expect(two.identity).not.toBe(one.identity)
  })
})

describe('redaction', () => {
  test('no secret and no ignored value appears anywhere', async () => {
    const secret = fc.stringMatching(/^[a-z]{12}$/)
    const body = (value: string) =>
      fc.constantFrom(
        [JSON.stringify({ a: [{ api_key: value }], session: value }), 'application/json'],
        [`access%5Ftoken=${value}&SESSION=${value}`, 'application/x-www-form-urlencoded'],
      )
    await fc.assert(
      fc.asyncProperty(
        secret.chain((value) => fc.tuple(fc.constant(value), body(value))),
        async ([value, [text, type]]) => {
          const url = `https://${value}:${value}@a.test/?API%5fKEY=${value}&b&session=${value}`
          const headers = {
            authorization: value,
            cookie: value,
            'x-auth-token': value,
            session: value,
            'content-type': type ?? '',
          }
          const shown = await whole({ method: 'POST', url, body: text, headers }, { partition: value })
          expect(shown.toLowerCase()).not.toContain(value)
        },
      ),
    )
  })
})

describe('bodies', () => {
  test('a request whose body is a stream has no key', async () => {
    const given = request({ method: 'POST', body: new ReadableStream() })
    expect(await keyOf(given, settings)).toBeUndefined()
    expect(await keyOf(given, { ...settings, keyFn: () => 'x' })).toBeUndefined()
  })
})

/** What must and what must not tell two requests apart: mistakes that caches have made. */
import { describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../../adapters/filesystem.ts'
import { createSqliteStore } from '../../../adapters/sqlite.ts'
import { DEFAULT_IGNORED_PARAMETERS } from '../../../src/key/redact.ts'
import type { CacheOptions } from '../../../src/index.ts'
import { cc, numbered, text, world } from '../api/given.ts'
import { keyFor } from '../key/given.ts'
import { temporary } from '../../support/temporary.ts'

type Ask = readonly [url: string, init?: RequestInit]

/** Whether the second of two requests is answered by what the first one stored. */
async function same(first: Ask, second: Ask, options: CacheOptions = {}): Promise<boolean> {
  await using at = world(numbered(), { allowableMethods: ['GET', 'HEAD', 'POST'], ...options })
  await text(at.fetch(...first))
  await text(at.fetch(...second))
  return at.sent.length === 1
}

const O = 'https://example.org'
const post = (body: RequestInit['body'], type?: string): RequestInit => ({
  method: 'POST',
  body: body ?? null,
  ...(type && { headers: { 'content-type': type } }),
})
const json = (body: string): Ask => [`${O}/j`, post(body, 'application/json')]

describe('keys', () => {
  test('a body is no continuation of the URL (trap 1, RC-94)', async () => {
    expect(await same([`${O}/a`, post('b')], [`${O}/ab`, post('')])).toBe(false)
    expect(await same([`${O}/a`, post('bc')], [`${O}/ab`, post('c')])).toBe(false)
  })

  test.each([
    ['/a%2Fb', '/a/b'],
    ['/?q=a%2Bb', '/?q=a+b'],
    ['/a//b', '/a/b'],
  ])('%s is not %s (trap 2, RC-74, RC-75, RC-76)', async (one, other) => {
    expect(await same([O + one], [O + other])).toBe(false)
  })

  test.each([
    [`${O}/%7Euser`, `${O}/~user`],
    ['https://EXAMPLE.org/', `${O}/`],
    ['https://example.org:443/', `${O}/`],
  ])('%s is %s (trap 2)', async (one, other) => {
    expect(await same([one], [other])).toBe(true)
  })

  test.each([
    ['/?a=', '/?a'],
    ['/?a=', '/'],
    ['/?a', '/'],
  ])('%s is not %s (trap 3, RC-78)', async (one, other) => {
    expect(await same([O + one], [O + other])).toBe(false)
  })

  test('the fragment counts neither in keys nor in rules, and is not stored (trap 4, RC-73, HI-38)', async () => {
    expect(await same([`${O}/a#one`], [`${O}/a#two`])).toBe(true)
    await using at = world(numbered({}), { rules: [{ match: /secret/, expireAfter: 60 }] })
    await text(at.fetch(`${O}/a#secret`))
    expect((await at.cache.explain(`${O}/a#secret`)).rule).toBe(null)
    expect(JSON.stringify(await at.entries())).not.toContain('secret')
  })

  test('where the order of parameters does not count, that of repeated ones still does (trap 5, RC-77)', async () => {
    const options = { noVarySearch: { keyOrder: true } }
    expect(await same([`${O}/?b=1&a=1&a=2`], [`${O}/?a=1&a=2&b=1`], options)).toBe(true)
    expect(await same([`${O}/?a=1&a=2`], [`${O}/?a=2&a=1`], options)).toBe(false)
  })

  test('members of JSON have no order at any depth, items of arrays have (trap 6, RC-81, RC-82)', async () => {
    expect(await same(json('{"a":{"b":1,"c":[1,2]}}'), json('{ "a": { "c": [1,2], "b": 1 } }'))).toBe(true)
    expect(await same(json('[1,2]'), json('[2,1]'))).toBe(false)
    expect(await same(json('{"a":[{"b":1},{"c":2}]}'), json('{"a":[{"c":2},{"b":1}]}'))).toBe(false)
  })

  test.each([
    ['9007199254740993', '9007199254740992'],
    ['1.0', '1'],
    ['1e400', '2e400'],
  ])('the JSON number %s is not %s (trap 6)', async (one, other) => {
    expect(await same(json(`{"n":${one}}`), json(`{"n":${other}}`))).toBe(false)
  })

  test('only what says that it is JSON, and is, counts as JSON (trap 7, RC-80, RC-83)', async () => {
    const [one, other] = ['{"a":1,"b":2}', '{"b":2,"a":1}']
    expect(await same([O, post(one, 'text/plain')], [O, post(other, 'text/plain')])).toBe(false)
    expect(
      await same([O, post(`${one}\n`, 'application/x-ndjson')], [O, post(`${other}\n`, 'application/x-ndjson')]),
    ).toBe(false)
    expect(await same([O, post(`${one} `, 'application/json')], [O, post(`${one} x`, 'application/json')])).toBe(false)
    expect(await same([O, post(one, 'application/vnd.api+json')], [O, post(other, 'application/vnd.api+json')])).toBe(
      true,
    )
  })

  test('a stream is neither read ahead nor locked: its request passes by (trap 8, RC-87)', async () => {
    await using at = world(
      async ({ init }) => {
        const body = await new Response(init.body).text()
        return new Response(body, { headers: cc('max-age=60') })
      },
      { allowableMethods: ['POST'] },
    )
    const stream = (): RequestInit => ({ ...post(new Blob(['whole']).stream()), duplex: 'half' }) as RequestInit
    expect(await text(at.fetch(O, stream()))).toBe('whole')
    expect(await text(at.fetch(O, stream()))).toBe('whole')
    expect(at.sent).toHaveLength(2)
    expect(await at.entries()).toEqual([])
  })

  test('multipart bodies are compared by their parts, whatever the boundary (trap 9, RC-88)', async () => {
    const form = (value: string): FormData => {
      const made = new FormData()
      made.append('name', value)
      return made
    }
    expect(await same([O, post(form('a'))], [O, post(form('a'))])).toBe(true)
    expect(await same([O, post(form('a'))], [O, post(form('b'))])).toBe(false)
  })

  test('what steers the cache gets neither into the key nor onto the wire (trap 10, RC-93)', async () => {
    await using at = world(numbered(cc('max-age=60')), { matchHeaders: true })
    await text(at.fetch(O, { httpCache: { expireAfter: 60, staleIfError: true } }))
    await text(at.fetch(O, { httpCache: { expireAfter: 30, onlyIfCached: true } }))
    expect(at.sent).toHaveLength(1)
    expect([...(at.sent[0]?.headers ?? [])]).toEqual([])
    expect(Object.keys(at.sent[0]?.init ?? {})).not.toContain('httpCache')
  })

  test.each(['Authorization', 'X-API-Key'])(
    'matched by %s, users do not share what the word REDACTED stands for (trap 11, RC-108)',
    async (name) => {
      const as = (who: string): Ask => [O, { headers: { [name]: who } }]
      const options = { matchHeaders: [name] }
      expect(await same(as('alice'), as('bob'), options)).toBe(false)
      expect(await same(as('alice'), as('alice'), options)).toBe(true)
    },
  )

  test('the case of a name never counts, in matching or in redaction (trap 12, RC-102)', async () => {
    await using at = world()
    await text(at.fetch(O, { headers: { 'x-api-KEY': 'hidden-1' } }))
    await text(at.fetch(`${O}/?API_KEY=hidden-2`))
    expect(JSON.stringify(await at.entries())).not.toMatch(/hidden/)
    expect(
      await same([O, { headers: { 'X-A': '1' } }], [O, { headers: { 'x-a': '2' } }], { matchHeaders: ['x-A'] }),
    ).toBe(false)
  })

  test.each(["'; DROP TABLE x; --", '../../etc/passwd', 'a/b\\c:*?"<>|', '\0', '\u{1f4a9}', ''.padEnd(5000, 'k')])(
    'a custom key may be anything: %j (trap 13)',
    async (key) => {
      await using place = await temporary()
      for (const store of [
        createSqliteStore({ path: place.join('c.sqlite') }),
        createFilesystemStore({ path: place.join('files') }),
      ]) {
        await using at = world(numbered(), { keyFn: () => key }, store)
        expect(await text(at.fetch(`${O}/a`))).toBe('0')
        expect(await text(at.fetch(`${O}/b`))).toBe('0')
        expect(at.errors).toEqual([])
        await store.close()
      }
      expect(await place.names()).toEqual(expect.arrayContaining(['c.sqlite', 'files']))
    },
  )

  test('the key begins with the version of its scheme and says nothing of the store (trap 14, RC-90)', async () => {
    expect((await keyFor({ url: `${O}/a` })).cacheKey).toBe(`1 GET ${O}/a`)
  })

  test('the default names are those that people know (RC-40)', () => {
    expect(DEFAULT_IGNORED_PARAMETERS).toEqual([
      'Authorization',
      'Proxy-Authorization',
      'X-API-Key',
      'X-Auth-Token',
      'X-API-Token',
      'X-Access-Token',
      'access_token',
      'api_key',
      'apikey',
    ])
  })
})

/** Which methods use the cache, under which keys, and what they invalidate. */
import { describe, expect, test } from 'vitest'
import type { CacheOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, text, world } from '../api/given.ts'

const POST: CacheOptions = { allowableMethods: ['GET', 'HEAD', 'POST'] }
const query = (body: string, type = 'text/plain'): RequestInit => ({
  method: 'QUERY',
  body,
  headers: { 'content-type': type },
})

describe('QUERY (RFC 10008)', () => {
  test('uses the cache by default, and its body and their type are part of the key (RC-34)', async () => {
    await using it = world()
    const answers = []
    for (const init of [query('a'), query('b'), query('a', 'text/css'), query('a'), query('b'), query('a', 'text/css')])
      answers.push(await text(it.fetch(URL_A, init)))
    expect(answers).toEqual(['0', '1', '2', '0', '1', '2'])
  })

  test('JSON bodies are compared by what they mean (RC-80)', async () => {
    await using it = world()
    await text(it.fetch(URL_A, query('{"a":1,"b":2}', 'application/json')))
    expect(await text(it.fetch(URL_A, query('{ "b": 2, "a": 1 }', 'application/json')))).toBe('0')
  })

  test('a type without a body tells requests apart too', async () => {
    await using it = world()
    const bare = (type: string): RequestInit => ({ method: 'QUERY', headers: { 'content-type': type } })
    expect(await text(it.fetch(URL_A, bare('text/a')))).toBe('0')
    expect(await text(it.fetch(URL_A, bare('text/b')))).toBe('1')
    expect(await text(it.fetch(URL_A, bare('text/a')))).toBe('0')
  })

  test('is safe: it invalidates nothing, also where it is not cached', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, query('a')))
    await text(it.fetch(URL_A, { ...query('b'), cache: 'no-store' }))
    expect(await text(it.fetch(URL_A))).toBe('0')
  })

  test('a list of methods without it leaves it out', async () => {
    await using it = world(numbered(), { allowableMethods: ['GET'] })
    await text(it.fetch(URL_A, query('a')))
    expect(await text(it.fetch(URL_A, query('a')))).toBe('1')
  })
})

describe('bodies', () => {
  const post = (body: RequestInit['body'], type?: string): RequestInit => ({
    method: 'POST',
    body: body ?? null,
    ...(type && { headers: { 'content-type': type } }),
  })
  const same = async (one: RequestInit, other: RequestInit): Promise<boolean> => {
    await using it = world(numbered(), POST)
    await text(it.fetch(URL_A, one))
    return (await text(it.fetch(URL_A, other))) === '0'
  }
  const JSON_TYPE = 'application/vnd.api+json; charset=utf-8'
  const upload = (type: string): FormData => {
    const form = new FormData()
    form.set('a', new Blob(['x'], { type }), 'f')
    return form
  }

  test.each<[string, boolean, RequestInit, RequestInit]>([
    [
      'nested members in another order (RC-81)',
      true,
      post('{"a":{"b":1,"c":2}}', JSON_TYPE),
      post('{"a":{"c":2,"b":1}}', JSON_TYPE),
    ],
    ['items in another order (RC-82)', false, post('[1,2]', JSON_TYPE), post('[2,1]', JSON_TYPE)],
    ['text that is no JSON (RC-83)', false, post('{a', JSON_TYPE), post('{ a', JSON_TYPE)],
    [
      'escapes in forms (RC-84)',
      true,
      post('a=%7E', 'application/x-www-form-urlencoded'),
      post('a=~', 'application/x-www-form-urlencoded'),
    ],
    ['other bytes (RC-85)', false, post('1', 'text/plain'), post('1.0', 'text/plain')],
    [
      'the same bytes from elsewhere (RC-86)',
      true,
      post(new Blob(['x']).slice(0)),
      post(new TextEncoder().encode('x')),
    ],
    ['equal uploads, whatever the boundary (RC-88)', true, post(upload('a/b')), post(upload('a/b'))],
    ['uploads of another type (RC-88)', false, post(upload('a/b')), post(upload('a/c'))],
  ])('%s', async (_, equal, one, other) => {
    expect(await same(one, other)).toBe(equal)
  })

  test('a stream can be read only once, and passes by (RC-87)', async () => {
    await using it = world(numbered(), POST)
    const init = (): RequestInit => ({ method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }) as RequestInit
    await text(it.fetch(URL_A, init()))
    expect(await text(it.fetch(URL_A, init()))).toBe('1')
  })

  test('get is GET (RC-70)', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    expect(await text(it.fetch(URL_A, { method: 'get' }))).toBe('0')
  })
})

describe.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'x-method-override'])('%s', (field) => {
  const as = (method: string, init: RequestInit = {}): RequestInit => ({ ...init, headers: { [field]: method } })

  test('two overridden methods never share an entry, nor one with none (RC-96)', async () => {
    await using it = world(numbered(), { allowableMethods: ['GET', 'POST', 'PUT', 'REPORT'] })
    const body = { method: 'POST', body: 'a' }
    const asked = [body, as('PUT', body), as('REPORT', body), as('report', body), as('PUT', body), body]
    const answers: string[] = []
    for (const init of asked) answers.push(await text(it.fetch(URL_A, init)))
    expect(answers).toEqual(['0', '1', '2', '2', '1', '0'])
  })

  test('not even where the response is for everybody (RC-96)', async () => {
    await using it = world(numbered(cc('public, max-age=60')), { allowableMethods: ['GET', 'REPORT'] })
    expect(await text(it.fetch(URL_A, as('REPORT')))).toBe('0')
    expect(await text(it.fetch(URL_A))).toBe('1')
  })

  test('naming a method that does not use the cache, the request does not either (RC-34)', async () => {
    await using it = world(numbered(), POST)
    await text(it.fetch(URL_A, as('DELETE', { method: 'POST' })))
    expect(await text(it.fetch(URL_A, as('DELETE', { method: 'POST' })))).toBe('1')
    expect(await it.entries()).toEqual([])
  })

  test('naming an allowed method does not allow the real one (RC-34)', async () => {
    await using it = world()
    await text(it.fetch(URL_A, as('GET', { method: 'POST' })))
    expect(await text(it.fetch(URL_A, as('GET', { method: 'POST' })))).toBe('1')
  })

  test.each(['DELETE', 'PUT'])('a GET that is a %s invalidates what that does (RFC 9111 §4.4)', async (method) => {
    await using it = world(numbered(), { allowableMethods: ['GET', 'PUT'] })
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, as(method)))
    expect(await text(it.fetch(URL_A))).toBe('2')
  })

  test('an unsafe method that says it is a safe one still invalidates', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, as('GET', { method: 'POST' })))
    expect(await text(it.fetch(URL_A))).toBe('2')
  })

  test('empty, it says nothing', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    expect(await text(it.fetch(URL_A, as('')))).toBe('0')
  })
})

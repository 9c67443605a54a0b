/** By what stored responses are found: tags, and the groups of RFC 9875. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tagsOf } from '../../../src/exchange/tags.ts'
import type { ResponseRecord } from '../../../src/record.ts'
import { groupTag } from '../../../src/standards/cache-groups.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import type { World } from '../api/given.ts'
import { stored } from '../decide/given.ts'
import { URL_A as URL_S, given, respond, scriptedBody, scriptedFetch } from './given.ts'

const O = 'https://example.org'
const tagged = (fields: Record<string, string>) => numbered({ ...cc('max-age=60'), ...fields })
const tagsIn = async (it: World): Promise<readonly string[]> => (await it.entries()).flatMap(({ meta }) => meta.tags)

describe('tags', () => {
  test('come from the cache, the rule, the request, Cache-Tag and Surrogate-Key, each once', async () => {
    await using it = world(tagged({ 'cache-tag': 'a, b c,,a', 'surrogate-key': 'd  e a' }), {
      tags: ['cache'],
      rules: { '/a': { tags: ['rule'] } },
    })
    await text(it.fetch(URL_A, { httpCache: { tags: ['request', 'cache'] } }))
    expect(await tagsIn(it)).toEqual(['cache', 'rule', 'request', 'a', 'b c', 'd', 'e'])
  })

  test('several fields of a name count as one', async () => {
    await using it = world(() => {
      const headers = new Headers(cc('max-age=60'))
      for (const value of ['a', 'b, c']) headers.append('cache-tag', value)
      for (const value of ['d e', 'f']) headers.append('surrogate-key', value)
      return new Response('', { headers })
    })
    await text(it.fetch(URL_A))
    expect(await tagsIn(it)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  test('no more than 128 of 1024 characters are kept, those of settings first', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `t${index}`).join(',')
    await using it = world(tagged({ 'cache-tag': `${'x'.repeat(1025)},${'y'.repeat(1024)},${many}` }), {
      tags: ['own'],
    })
    await text(it.fetch(URL_A))
    const found = await tagsIn(it)
    expect([found.length, found[0], found[1], found.at(-1)]).toEqual([128, 'own', 'y'.repeat(1024), 't125'])
  })

  test('a 304 brings new ones of the fields, and keeps those of settings', async () => {
    await using it = world((_, count) =>
      count === 0
        ? new Response('a', { headers: { ...cc('max-age=1'), etag: '"1"', 'cache-tag': 'old, both' } })
        : new Response(null, { status: 304, headers: { ...cc('max-age=60'), etag: '"1"', 'cache-tag': 'new, both' } }),
    )
    await text(it.fetch(URL_A, { httpCache: { tags: ['first'] } }))
    it.pass(10)
    await text(it.fetch(URL_A, { httpCache: { tags: ['second'] } }))
    expect([...(await tagsIn(it))].sort()).toEqual(['both', 'first', 'new', 'second'])
  })

  test('a 304 without the fields changes none', async () => {
    await using it = world((_, count) =>
      count === 0
        ? new Response('a', { headers: { ...cc('max-age=1'), etag: '"1"', 'cache-tag': 'a', 'cache-groups': '"g"' } })
        : new Response(null, { status: 304, headers: { ...cc('max-age=60'), etag: '"1"' } }),
    )
    await text(it.fetch(URL_A))
    it.pass(10)
    await text(it.fetch(URL_A))
    expect([...(await tagsIn(it))].sort()).toEqual(['a', groupTag(O, 'g')])
  })

  test('the rule of No-Vary-Search, which has no response, has none of them, but one of its own', async () => {
    await using it = world(tagged({ 'cache-tag': 'a', 'no-vary-search': 'params=("x")' }))
    await text(it.fetch(`${URL_A}?x=1&y=2`))
    // The second waits until the first is stored.
    expect(await text(it.fetch(`${URL_A}?x=1&y=2`))).toBe('0')
    expect(await tagsIn(it)).toEqual(['a', 'rule\nno-vary-search'])
  })
})

test('whatever the fields hold, tags are few, short, each once, and none is a group of another origin', () => {
  const pieces = fc.constantFrom('"g"', 'a', 'b', ',', ' ', '\t', ';', '\\"', 'x'.repeat(1025), 'group')
  const value = fc.array(pieces, { maxLength: 300 }).map((all) => all.join(''))
  const record = (fields: ResponseRecord['fields']) => ({ ...stored().record, fields })
  fc.assert(
    fc.property(value, value, value, fc.array(fc.string({ minLength: 1 })), (tag, key, groups, given) => {
      const fields = [
        ['cache-tag', tag],
        ['surrogate-key', key],
        ['cache-groups', groups],
      ] as const
      const found = tagsOf(record(fields), given)
      expect(found.length).toBeLessThanOrEqual(128)
      expect(new Set(found).size).toBe(found.length)
      for (const one of found.filter((text) => !given.includes(text)))
        expect(one.length <= 1024 && (!one.includes('\n') || one.startsWith(groupTag(O, '')))).toBe(true)
    }),
  )
})

/** An origin where each path is in the group of its name, and a POST invalidates the groups that its body names. */
const grouped = (origin: Record<string, string> = {}) =>
  world((sent) => {
    const { pathname } = new URL(sent.url)
    if (sent.method !== 'GET' && sent.method !== 'QUERY')
      return new Response('', { headers: { 'cache-group-invalidation': String(sent.init.body) }, ...origin })
    return new Response(pathname, {
      headers: { ...cc('max-age=60'), 'cache-groups': `"all", "${pathname.slice(1)}"`, ...origin },
    })
  })

const paths = async (it: World): Promise<string[]> => (await it.entries()).map(({ key }) => key.url).sort()

describe('groups (RFC 9875)', () => {
  test('are kept apart from other tags', async () => {
    await using it = world(tagged({ 'cache-tag': 'g', 'cache-groups': '"g", "h"' }))
    await text(it.fetch(URL_A))
    expect(await tagsIn(it)).toEqual([groupTag(O, 'g'), groupTag(O, 'h'), 'g'])
  })

  test('a response to an unsafe request invalidates those that it names, of its origin (§3)', async () => {
    await using it = grouped()
    for (const url of [`${O}/a`, `${O}/b`, `${O}/c`, 'https://other.org/a']) await text(it.fetch(url))
    await text(it.fetch(`${O}/act`, { method: 'POST', body: '"a", "b", "none"' }))
    expect(await paths(it)).toEqual(['https://example.org/c', 'https://other.org/a'])
    await text(it.fetch(`${O}/act`, { method: 'DELETE', body: '"all"' }))
    expect(await paths(it)).toEqual(['https://other.org/a'])
  })

  test('a response to a safe request invalidates nothing (§3)', async () => {
    await using it = world(tagged({ 'cache-groups': '"g"', 'cache-group-invalidation': '"g"' }))
    for (const init of [{}, { method: 'QUERY', body: 'x' }, { method: 'OPTIONS' }]) await text(it.fetch(URL_A, init))
    expect((await it.entries()).length).toBe(2)
  })

  test('what is no list of strings invalidates nothing', async () => {
    await using it = grouped()
    await text(it.fetch(`${O}/a`))
    for (const body of ['a', '"a", b', '"a"x', '']) await text(it.fetch(`${O}/act`, { method: 'POST', body }))
    expect(await paths(it)).toEqual([`${O}/a`])
  })

  test('a method that uses the cache itself invalidates them too, and one that overrides', async () => {
    await using it = world(
      (sent, count) =>
        new Response(`${count}`, {
          headers: {
            ...cc('max-age=60'),
            [sent.method === 'GET' && !sent.headers.has('x-http-method') ? 'cache-groups' : 'cache-group-invalidation']:
              '"g"',
          },
        }),
      { allowableMethods: ['GET', 'POST'] },
    )
    await text(it.fetch(`${O}/a`))
    await text(it.fetch(`${O}/act`, { method: 'POST', body: 'x' }))
    expect(await text(it.fetch(`${O}/a`))).toBe('2')
    await text(it.fetch(`${O}/act`, { headers: { 'x-http-method': 'DELETE' } }))
    expect(await text(it.fetch(`${O}/a`))).toBe('4')
  })

  test('more of them than one batch holds go', async () => {
    await using it = grouped()
    for (let index = 0; index < 1100; index++) await text(it.fetch(`${O}/p${index}`))
    await text(it.fetch(`${O}/act`, { method: 'POST', body: '"all"' }))
    expect(await it.entries()).toEqual([])
  })

  test('a store that fails to list hides no answer, and is reported', async () => {
    await using it = grouped()
    await text(it.fetch(`${O}/a`))
    it.store.list = () => {
      throw new Error('no list')
    }
    expect((await it.fetch(`${O}/act`, { method: 'POST', body: '"a"' })).status).toBe(200)
    expect(it.errors.map(({ message }) => message)).toEqual(['no list'])
  })
})

describe('groups of what is under way', () => {
  const inGroup = { 'cache-groups': '"g"' }
  const act = { method: 'POST', body: 'x' }

  test('a response whose body is still coming is not stored after the invalidation', async () => {
    const script = scriptedBody()
    const origin = scriptedFetch((sent) =>
      sent.init.method === 'POST'
        ? respond('', { 'cache-group-invalidation': '"g"' })
        : respond(script.stream, inGroup),
    )
    const { cache, store } = given(origin)
    const response = await cache.fetch(URL_S)
    const acted = cache.fetch('https://example.org/act', act)
    await settled()
    script.push('late')
    script.end()
    expect(await response.text()).toBe('late')
    await acted
    await settled()
    const found = []
    for await (const entry of store.list({ namespace: 'http' })) found.push(entry)
    expect(found).toEqual([])
    await cache.close()
  })

  test.each([
    ['is not stored where it is of that group', inGroup, 0],
    ['is stored where it is of another', { 'cache-groups': '"h"' }, 1],
    ['is stored where it is of the same name as a tag', { 'cache-tag': 'g' }, 1],
  ])('a response that has not begun to come %s', async (_, fields, count) => {
    const origin = scriptedFetch((sent) =>
      sent.init.method === 'POST' ? respond('', { 'cache-group-invalidation': '"g"' }) : undefined,
    )
    const { cache, store } = given(origin)
    const response = cache.fetch(URL_S)
    const sent = await origin.request(0)
    await cache.fetch('https://example.org/act', act)
    sent.answer(respond('body', fields))
    expect(await (await response).text()).toBe('body')
    await settled()
    const found = []
    for await (const entry of store.list({ namespace: 'http' })) found.push(entry)
    expect(found.length).toBe(count)
    await cache.close()
  })

  test.each([
    ['about what has gone', inGroup],
    ['that brings the group', {}],
  ])('a 304 %s is asked again, and the answer is stored', async (_, before) => {
    const origin = scriptedFetch((sent, index) => {
      if (sent.init.method === 'POST') return respond('', { 'cache-group-invalidation': '"g"' })
      if (index === 0) return respond('one', { ...before, etag: '"1"', 'cache-control': 'max-age=1' })
      return index === 3 ? respond('two', inGroup) : undefined
    })
    const { cache, pass } = given(origin)
    await (await cache.fetch(URL_S)).text()
    pass(10)
    const response = cache.fetch(URL_S)
    const asked = await origin.request(1)
    await cache.fetch('https://example.org/act', act)
    asked.answer(new Response(null, { status: 304, headers: { etag: '"1"', ...inGroup } }))
    expect(await (await response).text()).toBe('two')
    await settled()
    expect(await (await cache.fetch(URL_S)).text()).toBe('two')
    expect(origin.sent.length).toBe(4)
    await cache.close()
  })
})

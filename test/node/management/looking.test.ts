import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { StowawayError, createCache } from '../../../src/index.ts'
import { temporary } from '../../support/temporary.ts'
import { A, B, KINDS, START, all, world } from './given.ts'

describe.each(KINDS)('a cache in %s', (kind) => {
  test('lists what is stored, with the dates apart from each other (trap 36, RC-210)', async () => {
    await using it = await world(kind, {}, (request) =>
      request.headers.has('if-none-match')
        ? new Response(null, { status: 304, headers: { 'cache-control': 'max-age=60', etag: '"1"' } })
        : new Response('hello', { status: 200, headers: { 'cache-control': 'max-age=60', etag: '"1"', 'x-a': 'b' } }),
    )
    await it.get(A)
    it.pass(100)
    await it.get(A)
    it.pass(1)
    const [entry, ...rest] = await all(it.cache.filter())
    expect(rest).toEqual([])
    expect(entry).toMatchObject({
      cacheKey: `1 GET ${A}`,
      method: 'GET',
      url: A,
      status: 200,
      createdAt: new Date(START),
      validatedAt: new Date(START + 100_000),
      expires: new Date(START + 160_000),
      isExpired: false,
      state: 'valid',
      size: 5,
      tags: [],
    })
    expect(entry?.headers.get('x-a')).toBe('b')
    const response = await entry?.response()
    expect(response).toMatchObject({ fromCache: true, url: A, status: 200, cacheKey: `1 GET ${A}` })
    expect(response?.headers.get('age')).toBe('1')
    expect(await response?.text()).toBe('hello')
    expect(it.sent).toHaveLength(2)
  })

  test('gives the whole of a response that was removed meanwhile, or says gone', async () => {
    await using it = await world(kind)
    await it.get(`${A}?times=50000`)
    const [entry] = await all(it.cache.filter())
    await it.cache.clear()
    const read = async (): Promise<unknown> => (await (await entry?.response())?.text())?.length
    const outcome = await read().catch(({ code }: StowawayError) => code)
    expect(outcome).toBe(kind === 'filesystem' ? 'gone' : 100_000)
  })

  test('works out freshness by its own settings, not by those that it was stored with', async () => {
    await using it = await world(kind)
    await it.get(`${A}?h-cache-control=`)
    const lasting = it.other({ expireAfter: '1h' })
    const ruled = it.other({ rules: [{ match: ({ method }) => method === 'GET', expireAfter: '1m' }] })
    it.pass(120)
    expect(await it.cache.count({ expired: true })).toBe(1)
    expect(await lasting.count({ expired: true })).toBe(0)
    expect(await lasting.count({ valid: true })).toBe(1)
    expect(await ruled.count({ expired: true })).toBe(1)
    const [entry] = await all(lasting.filter())
    expect(entry?.expires).toEqual(new Date(START + 3_600_000))
  })

  test('is not misled by what a single request was told of freshness', async () => {
    await using it = await world(kind)
    await it.get(A, { httpCache: { cacheControl: false } })
    it.pass(61)
    expect(await it.cache.count({ expired: true })).toBe(1)
  })

  test('finds by URL whatever the method and variant, and the fragment does not count (trap 46, RC-214, RC-224)', async () => {
    await using it = await world(kind, { allowableMethods: ['GET', 'POST'] })
    await it.get(`${A}?h-vary=accept`, { headers: { accept: 'a/b' } })
    await it.get(B, { method: 'POST', body: 'x' })
    expect(await it.cache.hasUrl(`${A}?h-vary=accept#part`)).toBe(true)
    expect(await it.cache.hasUrl(new URL(B))).toBe(true)
    expect(await it.cache.hasUrl('https://example.org/c')).toBe(false)
    await expect(it.cache.hasUrl('/a')).rejects.toThrow('url: "/a" is not accepted')
  })

  test('finds what a request matches, and nothing for another variant, credential or bypassed request (RC-211, RC-214)', async () => {
    await using it = await world(kind)
    const url = `${A}?h-vary=accept`
    await it.get(url, { headers: { accept: 'a/b' } })
    await it.get(B, { headers: { authorization: 'one' } })
    expect(await it.cache.has(url, { headers: { accept: 'a/b' } })).toBe(true)
    expect(await it.cache.has(url, { headers: { accept: 'a/b' }, method: 'HEAD' })).toBe(true)
    expect(await it.cache.has(url, { headers: { accept: 'a/b' }, cache: 'reload' })).toBe(true)
    expect(await it.cache.has(url, { headers: { accept: 'a/b' }, cache: 'no-store' })).toBe(false)
    expect(await it.cache.has(url, { headers: { accept: 'c/d' } })).toBe(false)
    expect(await it.cache.has(B, { headers: { authorization: 'one' } })).toBe(true)
    expect(await it.cache.has(B, { headers: { authorization: 'two' } })).toBe(false)
    expect(await it.cache.has(B)).toBe(false)
    const matched = await it.cache.match(url, { headers: { accept: 'a/b' } })
    expect(await matched?.text()).toBe('/a')
    expect(await it.cache.match('https://example.org/c')).toBeUndefined()
    expect(it.sent).toHaveLength(2)
  })

  test('matches what is long expired, and says so', async () => {
    await using it = await world(kind)
    await it.get(A)
    it.pass(1000)
    const matched = await it.cache.match(A)
    expect(matched).toMatchObject({ isExpired: true, fromCache: true })
    expect(matched?.headers.get('age')).toBe('1000')
    expect(await matched?.text()).toBe('/a')
  })

  test('finds by cacheKey, and tells text that is none (RC-211)', async () => {
    await using it = await world(kind)
    await it.get(A)
    const [key = ''] = await all(it.cache.keys())
    expect(await it.cache.contains(key)).toBe(true)
    expect(await it.cache.contains(`1 POST ${A}`)).toBe(false)
    expect(await it.cache.contains(`0 GET ${A}`)).toBe(false)
    await expect(it.cache.contains(A)).rejects.toThrow('cacheKey')
    expect(await (await it.cache.responses.get(key))?.text()).toBe('/a')
    expect(await it.cache.responses.get(`1 GET ${B}`)).toBeUndefined()
    expect(await it.cache.responses.has(key)).toBe(true)
    expect(await it.cache.responses.delete(key)).toBe(true)
    expect(await it.cache.responses.delete(key)).toBe(false)
    expect(await it.cache.responses.has(key)).toBe(false)
  })

  test('is a collection of responses, each with its key (RC-210)', async () => {
    await using it = await world(kind)
    for (const url of [A, B]) await it.get(url)
    const { responses } = it.cache
    expect(await responses.size()).toBe(2)
    expect(await all(responses.keys())).toEqual([`1 GET ${A}`, `1 GET ${B}`])
    expect((await all(responses)).map(({ url }) => url)).toEqual([A, B])
    expect((await all(responses)).map(({ url }) => url)).toEqual([A, B])
    const texts: string[] = []
    for await (const response of responses.values()) texts.push(await response.text())
    expect(texts).toEqual(['/a', '/b'])
    const [pair] = await all(responses.entries())
    expect(pair?.[0]).toBe(pair?.[1].cacheKey)
  })

  test('writes nothing by looking (trap 57)', async () => {
    await using it = await world(kind)
    await it.get(A)
    it.pass(10)
    const before = await it.raw()
    await it.cache.has(A, { headers: { authorization: 'one' } })
    await (await it.cache.match(A))?.text()
    await all(it.cache.sorted())
    await all(it.cache.urls())
    await it.cache.hasUrl(A)
    await it.cache.verify()
    await it.cache.stats()
    for await (const response of it.cache.responses.values()) await response.text()
    const shown = (entries: typeof before): unknown =>
      entries.map(({ meta, usedAt, version }) => ({ meta, usedAt, version }))
    expect(shown(await it.raw())).toEqual(shown(before))
    expect(await all(it.store.list({ namespace: 'secret' }))).toEqual([])
  })

  test('shows neither the rule of No-Vary-Search nor the secret as an entry', async () => {
    await using it = await world(kind)
    const url = `${A}?h-no-vary-search=params%3D("utm")`
    await it.get(`${url}&utm=1`)
    await it.get(B, { headers: { authorization: 'one' } })
    expect(await it.cache.count()).toBe(2)
    expect((await it.cache.stats()).entries).toBe(2)
    expect(await it.cache.hasUrl(`${url}&utm=2`)).toBe(true)
    expect(await it.cache.contains('1 no-vary-search https://example.org/a')).toBe(false)
    expect(await it.cache.delete(`${url}&utm=3`)).toBe(1)
    expect(await it.cache.hasUrl(`${url}&utm=1`)).toBe(false)
    await it.cache.clear()
    expect(await it.raw()).toEqual([])
    expect(await all(it.store.list({ namespace: 'secret' }))).toHaveLength(1)
  })

  test('counts from its making on, and measures what it keeps (RC-305)', async () => {
    await using it = await world(kind)
    await it.get(A)
    await it.get(A)
    const { bytes, ...counts } = await it.cache.stats()
    expect(counts).toEqual({
      entries: 1,
      hits: 1,
      stale: 0,
      misses: 1,
      revalidated: 0,
      stored: 1,
      evicted: 0,
      errors: 0,
    })
    expect(bytes).toBe(await it.cache.size())
    expect(bytes).toBeGreaterThan(2)
  })

  test('works for a cache that is disabled, and rejects once it is closed (RC-222)', async () => {
    await using it = await world(kind)
    await it.get(A)
    const off = it.other({ disabled: true })
    expect(await off.count()).toBe(1)
    expect(await off.has(A)).toBe(true)
    expect(await off.delete(A)).toBe(1)
    await it.cache.close()
    await expect(it.cache.count()).rejects.toMatchObject({ code: 'closed' })
    await expect(all(it.cache.keys())).rejects.toBeInstanceOf(StowawayError)
  })

  test('goes on where entries are removed or come meanwhile, and lists each once (trap 59)', async () => {
    await using it = await world(kind)
    for (let at = 0; at < 20; at++) await it.get(`${A}?${at}`)
    const seen: string[] = []
    for await (const { cacheKey, url } of it.cache.filter()) {
      seen.push(url)
      await it.cache.delete(cacheKey)
      await it.cache.delete(`${A}?18`)
      await it.cache.invalidate(`${A}?19`)
    }
    const throughout = [...Array(18).keys(), 19].map((at) => `${A}?${at}`)
    // A store may have read ahead.
    expect(seen.filter((url) => url !== `${A}?18`)).toEqual(throughout)
    expect(await it.cache.count()).toBe(0)
  })
})

test('what is wrong with the store is told by each member, not hidden', async () => {
  await using place = await temporary()
  await writeFile(place.join('file'), '')
  const cache = createCache({ backend: 'sqlite', path: place.join('file/in/it.sqlite') })
  await expect(cache.count()).rejects.toMatchObject({ code: 'unusable-path' })
  await expect(all(cache.urls())).rejects.toMatchObject({ code: 'unusable-path' })
  await expect(cache.delete(A)).rejects.toMatchObject({ code: 'unusable-path' })
})

import { describe, expect, test } from 'vitest'
import { A, B, KINDS, LASTING, text, urls, world } from './given.ts'

describe.each(KINDS)('the named caches over %s', (kind) => {
  test('are listed in the order of their creation (§5.5.5)', async () => {
    await using given = await world(kind)
    const names = ['', 'example', 'A', 'a', 'ex ample', 'http', 'secret', 'caches', 'nul\0', 'lone\uD800', '__proto__']
    await Promise.all(names.map((name) => given.caches.open(name)))
    await given.caches.open('example')
    expect(await given.caches.keys()).toEqual(names)
    expect([await given.caches.has('lone\uD800'), await given.caches.has('lone\uFFFD')]).toEqual([true, false])
    expect([await given.caches.delete('example'), await given.caches.delete('example')]).toEqual([true, false])
    await given.caches.open('example')
    expect(await given.caches.keys()).toEqual([...names.filter((name) => name !== 'example'), 'example'])
  })

  test('are another object over the same list each time they are opened (§5.5.3)', async () => {
    await using given = await world(kind)
    const [one, two] = [await given.caches.open('v1'), await given.caches.open('v1')]
    expect(one).not.toBe(two)
    await one.put(A, new Response('x'))
    expect(await text(await two.match(A))).toBe('x')
  })

  test('match in all of them in order, or in one (§5.5.1)', async () => {
    await using given = await world(kind)
    for (const name of ['', 'one', 'two']) {
      const cache = await given.caches.open(name)
      if (name) await cache.put(A, new Response(name))
    }
    expect(await text(await given.caches.match(A))).toBe('one')
    expect(await text(await given.caches.match(A, { cacheName: 'two' }))).toBe('two')
    expect(await given.caches.match(A, { cacheName: '' })).toBeUndefined()
    expect(await given.caches.match(A, { cacheName: 'three' })).toBeUndefined()
    expect(await given.caches.has('three')).toBe(false)
    expect(await given.caches.match(new Request(A, { method: 'HEAD' }))).toBeUndefined()
    expect(await text(await given.caches.match(`${A}?q`, { ignoreSearch: true }))).toBe('one')
  })

  test('reject with TypeError where an argument is missing', async () => {
    await using given = await world(kind)
    // As callers without types give them.
    const caches = given.caches as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
    for (const name of ['match', 'has', 'open', 'delete'])
      await expect(caches[name]?.()).rejects.toBeInstanceOf(TypeError)
    await expect(caches['open']?.(Symbol('x'))).rejects.toBeInstanceOf(TypeError)
  })

  test('have nothing to do with the HTTP cache, whatever their names', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('http')
    await cache.put(A, new Response('named'))
    expect(await (await given.cache.fetch(A)).text()).toBe('from the origin')
    await given.cache.clear()
    expect(await text(await cache.match(A))).toBe('named')
    await given.caches.delete('http')
    expect(await given.cache.count()).toBe(0)
  })

  test('go on in objects that are held when they are deleted, apart from a new one of the name', async () => {
    await using given = await world(kind)
    const old = await given.caches.open('v1')
    await old.put(A, new Response('old'))
    const data = await given.data('v1')
    await given.caches.delete('v1')
    const next = await given.caches.open('v1')
    await old.put(B, new Response('older'))
    expect([await urls(old), await urls(next)]).toEqual([[A, B], []])
    expect(await given.caches.match(A)).toBeUndefined()
    await given.cache.close()
    expect(await given.raw(data)).toEqual([])
  })

  test('leave nothing where nobody holds what is deleted', async () => {
    await using given = await world(kind)
    await (await given.caches.open('v1')).put(A, new Response('x'))
    const [data, other] = [await given.data('v1'), given.other()]
    expect(await other.caches.delete('v1')).toBe(true)
    expect(await given.raw(data)).toEqual([])
    await other.close()
  })

  test('forget after a day what a process left behind that knew of no deletion', async () => {
    await using given = await world(kind)
    const held = await given.caches.open('v1')
    const data = await given.data('v1')
    const other = given.other()
    await other.caches.delete('v1')
    await held.put(A, new Response('late'))
    given.pass(86_400_001)
    await other.close()
    const next = given.other()
    await next.caches.open('v2')
    expect(await given.raw(data)).toEqual([])
    await next.close()
  })

  test('keep one of many that are put for the same request at once, from two sides', async () => {
    await using given = await world(kind)
    const other = given.other()
    const sides = await Promise.all([given.caches, other.caches].map((caches) => caches.open('v1')))
    const puts = Array.from({ length: 20 }, async (_, index) => sides[index % 2]?.put(A, new Response(`${index}`)))
    await Promise.all([...puts, sides[0]?.addAll([B, A])])
    for (const side of sides) expect((await urls(side)).toSorted()).toEqual([A, B])
    await sides[0]?.put(A, new Response('last'))
    expect(await given.raw(await given.data('v1'))).toHaveLength(2)
    expect(await text(await sides[1]?.match(A))).toBe('last')
    await other.close()
  })

  test('get the same cache where two create it at once', async () => {
    await using given = await world(kind)
    const other = given.other()
    const [one, two] = await Promise.all([given.caches.open('v1'), other.caches.open('v1')])
    await one.put(A, new Response('x'))
    expect(await text(await two.match(A))).toBe('x')
    expect(await given.caches.keys()).toEqual(['v1'])
    await other.close()
  })
})

describe.each(LASTING)('the named caches over %s, opened again', (kind) => {
  test('are all there, in order, with all that was in them', async () => {
    await using given = await world(kind)
    for (const name of ['b', 'a']) await given.caches.open(name)
    const cache = await given.caches.open('a')
    await cache.addAll([B, A])
    await cache.put('https://example.org/c', new Response(new Uint8Array(300_000)))
    await cache.put(B, new Response(null, { status: 204 }))
    await using again = await given.again()
    expect(await again.caches.keys()).toEqual(['b', 'a'])
    const found = await again.caches.open('a')
    expect(await urls(found)).toEqual([A, 'https://example.org/c', B])
    expect(await text(await found.match(A))).toBe('from the origin')
    expect((await (await found.match('https://example.org/c'))?.arrayBuffer())?.byteLength).toBe(300_000)
    expect(await found.match(B)).toMatchObject({ status: 204, body: null })
  })
})

test('a cache that was created just while another process deleted it keeps its data', async () => {
  await using given = await world('memory')
  const cache = await given.caches.open('v1')
  await cache.put(A, new Response('x'))
  const label = { createdAt: 0, reclaimAt: null, expiresAt: null, basis: '', tags: [] }
  const key = { namespace: 'caches deleted', url: 'v1', selector: '' }
  await given.store.put(key, { ...label, variant: '', envelope: { first: 0, last: 0 } }, new Uint8Array())
  const other = given.other()
  await other.caches.open('v2')
  expect(await text(await cache.match(A))).toBe('x')
})

test('are what the platform has, where types ask for it', async () => {
  await using given = await world('memory')
  const platform: CacheStorage = given.caches
  const opened: globalThis.Cache = await platform.open('v1')
  expect(await opened.keys()).toEqual([])
})

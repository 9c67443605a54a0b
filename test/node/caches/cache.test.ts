import { describe, expect, test } from 'vitest'
import { A, B, endless, KINDS, START, text, urls, varied, world } from './given.ts'

describe.each(KINDS)('a named cache over %s', (kind) => {
  test('gives a new Response each time, as it was put (§5.4.1)', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const headers: [string, string][] = [
      ['content-type', 'text/x'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-latin', 'é'],
    ]
    await cache.put(A, new Response('body', { status: 404, statusText: 'Nowhere', headers }))
    const [first, second] = [await cache.match(A), await cache.match(A)]
    expect(first).not.toBe(second)
    expect([await text(first), await text(second)]).toEqual(['body', 'body'])
    expect([...(second?.headers ?? [])]).toEqual(headers)
    expect(second).toMatchObject({ status: 404, statusText: 'Nowhere', type: 'default', url: '', redirected: false })
  })

  test('keeps url, redirected and type of a response that was fetched, and so do its clones', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const response = new Response('x')
    for (const [name, value] of Object.entries({ url: B, redirected: true, type: 'cors' }))
      Object.defineProperty(response, name, { value })
    await cache.put(A, response)
    const found = await cache.match(A)
    for (const it of [found, found?.clone()]) expect(it).toMatchObject({ url: B, redirected: true, type: 'cors' })
    expect(await cache.match(B)).toBeUndefined()
  })

  test.each([
    ['no body', () => new Response(null, { status: 204 }), null],
    ['an empty body', () => new Response(''), ''],
    ['a redirect', () => Response.redirect(B), null],
  ])('knows %s from another', async (_, make, body) => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, make())
    const found = await cache.match(A)
    expect(found?.body === null ? null : await text(found)).toBe(body)
    expect(found?.status).toBe(make().status)
  })

  test('keeps a network error as one', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, Response.error())
    expect(await cache.match(A)).toMatchObject({ type: 'error', status: 0 })
  })

  test('gives requests as they were put, with credentials, fragment and modes (§5.4.7)', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const secret = 'https://example.org/a?api_key=s3cret#there'
    const headers = { authorization: 'Bearer s3cret' }
    await cache.put(new Request(secret, { headers, credentials: 'omit', redirect: 'manual' }), new Response('x'))
    const [request, ...others] = await cache.keys()
    expect(others).toEqual([])
    expect(request).toMatchObject({ method: 'GET', url: secret, credentials: 'omit', redirect: 'manual', mode: 'cors' })
    expect(request?.headers.get('authorization')).toBe('Bearer s3cret')
  })

  test('gives frozen arrays', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('x'))
    expect([Object.isFrozen(await cache.keys()), Object.isFrozen(await cache.matchAll())]).toEqual([true, true])
  })

  test('is in the order of insertion, where what replaces comes last', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await Promise.all([A, B, `${B}c`].map((url) => cache.put(url, new Response(url))))
    expect(await urls(cache)).toEqual([A, B, `${B}c`])
    await cache.put(`${A}#again`, new Response('again'))
    expect(await urls(cache)).toEqual([B, `${B}c`, `${A}#again`])
    expect(await Promise.all((await cache.matchAll()).map(text))).toEqual([B, `${B}c`, 'again'])
    expect(await given.raw(await given.data('v1'))).toHaveLength(3)
  })

  test('matches by Vary, as the stored response has it', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const vary = { headers: { vary: 'Accept, X-Shape' } }
    await cache.put(varied(A, 'round'), new Response('round', vary))
    await cache.put(varied(A, 'square'), new Response('square', vary))
    expect(await text(await cache.match(varied(A, 'square')))).toBe('square')
    expect(await cache.match(A)).toBeUndefined()
    expect(await text(await cache.match(A, { ignoreVary: true }))).toBe('round')
    expect(await cache.matchAll(A, { ignoreVary: true })).toHaveLength(2)
    await cache.put(varied(A, 'round'), new Response('rounder', vary))
    expect(await Promise.all((await cache.matchAll(A, { ignoreVary: true })).map(text))).toEqual(['square', 'rounder'])
  })

  test('looks past the query with ignoreSearch alone, and tells an empty one from none', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    for (const url of [A, `${A}?`, `${A}?q=1`, `${A}b`]) await cache.put(url, new Response(url))
    expect(await text(await cache.match(`${A}?`))).toBe(`${A}?`)
    const found = await cache.matchAll(`${A}?z#f`, { ignoreSearch: true })
    expect(await Promise.all(found.map(text))).toEqual([A, `${A}?`, `${A}?q=1`])
    expect(await cache.match(`${A}?z`)).toBeUndefined()
  })

  test('finds nothing for other methods than GET, but with ignoreMethod', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('x'))
    const head = new Request(A, { method: 'HEAD' })
    expect([await cache.match(head), await cache.matchAll(head), await cache.keys(head)]).toEqual([undefined, [], []])
    expect(await cache.delete(head)).toBe(false)
    expect(await text(await cache.match(head, { ignoreMethod: true }))).toBe('x')
    expect(await cache.keys(head, { ignoreMethod: true })).toHaveLength(1)
    expect(await cache.delete(head, { ignoreMethod: true })).toBe(true)
  })

  test('deletes what matches, and says whether anything did (§5.4.6)', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    for (const url of [A, `${A}?q`, B]) await cache.put(url, new Response(url))
    expect([await cache.delete(`${A}?other`), await cache.delete(A)]).toEqual([false, true])
    expect(await urls(cache)).toEqual([`${A}?q`, B])
    expect(await cache.delete(`${A}?other`, { ignoreSearch: true })).toBe(true)
    expect(await urls(cache)).toEqual([B])
  })

  test.each([
    ['a 206', A, () => new Response('', { status: 206 })],
    ['Vary: *', A, () => new Response('', { headers: { vary: 'accept, *' } })],
    ['what is no Response', A, () => 'text'],
    ['no response', A, () => null],
    ['another scheme', 'ftp://example.org/', () => new Response('')],
    ['another method', new Request(A, { method: 'POST' }), () => new Response('')],
    ['a URL with a password', 'https://u:p@example.org/', () => new Response('')],
    ['an opaque response', A, () => Object.defineProperty(new Response(''), 'type', { value: 'opaque' })],
    [
      'a status that no Response can be made with',
      A,
      () => Object.defineProperty(new Response(''), 'status', { value: 999 }),
    ],
  ])('refuses to put %s with TypeError (§5.4.5)', async (_, request, response) => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    // As callers without types give it.
    await expect(cache.put(request, response() as Response)).rejects.toBeInstanceOf(TypeError)
    expect(await cache.keys()).toEqual([])
  })

  test('takes the body at the call: it is locked then, and none that was used or is locked is accepted', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const [used, locked, response] = [new Response('x'), new Response('x'), new Response('x')]
    await used.text()
    locked.body?.getReader()
    for (const it of [used, locked]) await expect(cache.put(A, it)).rejects.toBeInstanceOf(TypeError)
    const put = cache.put(A, response)
    expect(response.body?.locked).toBe(true)
    expect(await put).toBeUndefined()
    expect(response.bodyUsed).toBe(true)
  })

  test('stores a large body in pieces, and gives it back whole', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251)
    await cache.put(A, new Response(bytes))
    const found = await cache.match(A)
    const [listed] = await cache.matchAll()
    await cache.delete(A)
    expect(Buffer.from(await new Response(found?.body ?? null).arrayBuffer()).equals(bytes)).toBe(true)
    expect(Buffer.from(await new Response(listed?.body ?? null).arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('opens no more than 64 bodies at a time, and gives all', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    for (let index = 0; index < 70; index++) await cache.put(`${A}${index}`, new Response(`${index}`))
    const bodies = await Promise.all((await cache.matchAll()).map(text))
    expect(bodies).toEqual(Array.from({ length: 70 }, (_, index) => `${index}`))
  })

  test('shows nothing of a body that has not ended, and keeps what was there when it fails', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    await cache.put(A, new Response('old'))
    const { body, fail } = endless()
    const put = cache.put(A, new Response(body))
    put.catch(() => {})
    expect(await text(await cache.match(A))).toBe('old')
    const broken = new Error('broken')
    fail(broken)
    await expect(put).rejects.toBe(broken)
    expect(await text(await cache.match(A))).toBe('old')
    expect(await given.raw(await given.data('v1'))).toHaveLength(1)
  })

  test('refuses a chunk that is no Uint8Array with TypeError', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const body = new ReadableStream({ start: (controller) => controller.enqueue('text') })
    await expect(cache.put(A, new Response(body))).rejects.toBeInstanceOf(TypeError)
    expect(await cache.keys()).toEqual([])
  })

  test('of two puts at a time, has that whose body ended last', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    const slow = endless()
    const first = cache.put(A, new Response(slow.body))
    await cache.put(A, new Response('quick'))
    slow.end()
    await first
    expect(await text(await cache.match(A))).toBe('beginning')
    expect(await given.raw(await given.data('v1'))).toHaveLength(1)
  })

  test('is what it is by name, takes requests of other implementations, and says when it was put', async () => {
    await using given = await world(kind)
    const cache = await given.caches.open('v1')
    expect(Object.prototype.toString.call(cache)).toBe('[object Cache]')
    const foreign = { url: A, method: 'GET', headers: new Headers({ 'x-shape': 'round' }) }
    // Only these members are looked at.
    await cache.put(foreign as Request, new Response('x', { headers: { vary: 'x-shape' } }))
    expect(await cache.match(varied(A, 'round'))).toMatchObject({ fromCache: true, createdAt: new Date(START) })
  })

  test('rejects with TypeError where an argument is missing, or the options are no object', async () => {
    await using given = await world(kind)
    // As callers without types give them.
    const cache = (await given.caches.open('v1')) as unknown as Record<
      string,
      (...given: unknown[]) => Promise<unknown>
    >
    for (const name of ['match', 'add', 'addAll', 'put', 'delete'])
      await expect(cache[name]?.()).rejects.toBeInstanceOf(TypeError)
    await expect(cache['put']?.(A)).rejects.toBeInstanceOf(TypeError)
    for (const name of ['match', 'matchAll', 'delete', 'keys'])
      await expect(cache[name]?.(A, 'text')).rejects.toBeInstanceOf(TypeError)
    await expect(cache['match']?.('/relative')).rejects.toBeInstanceOf(TypeError)
  })
})

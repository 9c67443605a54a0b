import { describe, expect, test } from 'vitest'
import type { CacheOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, settled, text, world } from './given.ts'
import type { Answer } from './given.ts'

const SHARED: CacheOptions = { shared: true }
const as = (authorization: string, more: Record<string, string> = {}) => ({ headers: { authorization, ...more } })

describe('a 304 that changes who may have a response', () => {
  const turning =
    (first: string, later: string): Answer =>
    ({ headers }, count) =>
      headers.has('if-none-match')
        ? new Response(null, { status: 304, headers: cc(later) })
        : new Response(`${count}`, { headers: { ...cc(first), etag: '"1"' } })

  test('to private is not used again without asking in a shared cache', async () => {
    await using it = world(turning('public, max-age=60', 'private, max-age=60'), SHARED)
    await text(it.fetch(URL_A))
    it.pass(61)
    await text(it.fetch(URL_A))
    await settled()
    expect(it.sent).toHaveLength(2)
    await text(it.fetch(URL_A))
    expect(it.sent).toHaveLength(3)
  })

  test('to no-store is not used again without asking', async () => {
    await using it = world(turning('max-age=60', 'no-store, max-age=60'))
    await text(it.fetch(URL_A))
    it.pass(61)
    await text(it.fetch(URL_A))
    await settled()
    await text(it.fetch(URL_A))
    expect(it.sent).toHaveLength(3)
  })

  test('from public is for the one who asked, from then on', async () => {
    await using it = world(turning('public, max-age=60', 'max-age=60'))
    await text(it.fetch(URL_A, as('one')))
    it.pass(61)
    await text(it.fetch(URL_A, as('one')))
    await settled()
    expect((await it.fetch(URL_A, as('one'))).fromCache).toBe(true)
    expect((await it.fetch(URL_A, as('two'))).fromCache).toBe(false)
  })

  test('without Cache-Control leaves it public', async () => {
    await using it = world(({ headers }, count) =>
      headers.has('if-none-match')
        ? new Response(null, { status: 304 })
        : new Response(`${count}`, { headers: { ...cc('public, max-age=60'), etag: '"1"' } }),
    )
    await text(it.fetch(URL_A, as('one')))
    it.pass(61)
    await text(it.fetch(URL_A, as('one')))
    await settled()
    expect((await it.fetch(URL_A, as('two'))).fromCache).toBe(true)
  })
})

describe('what is never stored', () => {
  test('an event stream, whoever decides', async () => {
    for (const cacheControl of [true, false]) {
      await using it = world(numbered({ ...cc('max-age=60'), 'content-type': 'text/event-stream' }), { cacheControl })
      expect([await text(it.fetch(URL_A)), await text(it.fetch(URL_A))]).toEqual(['0', '1'])
      expect(await it.entries()).toEqual([])
    }
  })

  test.for<[string, object]>([
    ['an odd status', { status: 999 }],
    ['an opaque response', { type: 'opaque' }],
  ])('%s, which comes as it came', async ([, members]) => {
    const came = Object.defineProperties(
      new Response('x', { headers: cc('max-age=60') }),
      Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { value: value as unknown }])),
    )
    await using it = world(() => came, { cacheControl: false, allowableCodes: [200, 999] })
    const response = await it.fetch(URL_A)
    expect(response).toBe(came)
    expect([response, await response.text()]).toMatchObject([{ ...members, fromCache: false, createdAt: null }, 'x'])
    await settled()
    expect(await it.entries()).toEqual([])
  })

  test('what was asked for with no-store; what is there stays', async () => {
    await using it = world(numbered())
    await text(it.fetch(URL_A, { headers: cc('no-store') }))
    await settled()
    expect(await it.entries()).toEqual([])
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, { headers: cc('no-store, no-cache') }))
    await settled()
    expect(await text(it.fetch(URL_A))).toBe('1')
  })

  test('fields of the connection, and those that Connection names', async () => {
    await using it = world(
      numbered({
        ...cc('max-age=60'),
        connection: 'x-hop, close',
        'x-hop': '1',
        'keep-alive': 'timeout=5',
        'proxy-authenticate': 'x',
        te: 'x',
        upgrade: 'h2c',
        'x-end': '1',
      }),
    )
    await text(it.fetch(URL_A))
    await settled()
    const { headers } = await it.fetch(URL_A)
    expect(
      ['connection', 'x-hop', 'keep-alive', 'proxy-authenticate', 'te', 'upgrade', 'x-end'].filter((name) =>
        headers.has(name),
      ),
    ).toEqual(['x-end'])
  })
})

describe('the wire', () => {
  test('carries no word of options', async () => {
    await using it = world(numbered({ ...cc('max-age=1'), etag: '"1"' }))
    const httpCache = {
      expireAfter: 5,
      staleIfError: true,
      staleWhileRevalidate: 9,
      refresh: true,
      ignoredParameters: ['x'],
      matchHeaders: ['x'],
      alwaysRevalidate: true,
    }
    for (let time = 0; time < 2; time++) await text(it.fetch(URL_A, { headers: { 'x-a': '1' }, httpCache }))
    expect(it.sent.map(({ headers }) => [...headers].map(([name]) => name))).toEqual([
      ['x-a'],
      ['if-none-match', 'x-a'],
    ])
  })

  test('a request max-age bounds the age, and is no lifetime', async () => {
    await using it = world()
    await text(it.fetch(URL_A, { headers: cc('max-age=5') }))
    it.pass(6)
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    expect((await it.fetch(URL_A, { headers: cc('max-age=5') })).fromCache).toBe(false)
    expect(it.sent[0]?.headers.get('cache-control')).toBe('max-age=5')
  })
})

describe('staleIfError', () => {
  const failing: Answer = (_, count) =>
    count === 0 ? new Response('0', { headers: cc('max-age=60') }) : Promise.reject(new TypeError('fetch failed'))

  test('serves what is stale, within its time', async () => {
    await using it = world(failing, { staleIfError: 10 })
    await text(it.fetch(URL_A))
    it.pass(70)
    expect(await it.fetch(URL_A)).toMatchObject({ fromCache: true, isExpired: true, status: 200 })
    it.pass(1)
    await expect(it.fetch(URL_A)).rejects.toThrow('fetch failed')
  })

  test('§5.2.2.2: is a 504 where must-revalidate forbids it', async () => {
    await using it = world(
      (sent, count) =>
        count === 0 ? new Response('0', { headers: cc('max-age=60, must-revalidate') }) : failing(sent, count),
      { staleIfError: true },
    )
    await text(it.fetch(URL_A))
    it.pass(61)
    const response = await it.fetch(URL_A)
    expect([response.status, response.headers.has('cache-status')]).toEqual([504, false])
  })

  test("without it the failure is the caller's", async () => {
    await using it = world(failing)
    await text(it.fetch(URL_A))
    it.pass(61)
    await expect(it.fetch(URL_A)).rejects.toThrow('fetch failed')
    expect(it.errors).toEqual([])
  })
})

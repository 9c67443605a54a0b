import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'
import type { Cache, CacheOptions, CachedRequestInit } from '../../../src/index.ts'
import { temporary } from '../../support/temporary.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import type { Answer } from '../api/given.ts'

const ORIGIN = 'https://api.example.org'

describe("mode: 'offline'", () => {
  test('serves what is stored however stale, whatever it says', async () => {
    for (const said of ['max-age=1', 'max-age=1, must-revalidate', 'no-cache']) {
      await using before = world(numbered({ etag: '"1"', ...cc(said) }))
      await text(before.fetch(URL_A))
      await using it = world(numbered(), { mode: 'offline' }, before.store)
      it.pass(1e6)
      const response = await it.fetch(URL_A, { cache: 'no-cache' })
      expect([await response.text(), response.fromCache]).toEqual(['0', true])
      expect(it.sent).toEqual([])
    }
  })

  test.for<[string, string, CachedRequestInit | undefined]>([
    ['what is not stored', URL_A, undefined],
    ['what would be validated by force', URL_A, { httpCache: { forceRefresh: true } }],
    ['an unsafe method', URL_A, { method: 'POST', body: 'x' }],
    ['a request that asks for no cache', URL_A, { cache: 'no-store' }],
    ['one that is disabled', URL_A, { httpCache: { disabled: true } }],
    ['one that would have it otherwise', URL_A, { httpCache: { onlyIfCached: false } }],
  ])('%s is a 504 that says so, without secrets', async ([, url, init]) => {
    await using it = world(numbered(), { mode: 'offline' })
    const response = await it.fetch(`${url}?api_key=hush#x`, init)
    expect([response.status, response.statusText, response.fromCache]).toEqual([504, 'Not stored (offline)', true])
    expect(await response.text()).toBe(
      `${init?.method ?? 'GET'} ${url}?api_key=REDACTED is not stored, and mode is "offline"\n`,
    )
    expect(it.sent).toEqual([])
  })

  test('no way leads past it to the network', async () => {
    await using it = world(numbered(), { mode: 'offline' })
    await expect(it.fetch(URL_A, { cache: 'only-if-cached', mode: 'same-origin' })).rejects.toThrow(TypeError)
    expect((await it.cache.disabled((fetch) => fetch(URL_A))).status).toBe(504)
    await expect(it.fetch(URL_A, { integrity: 'sha256-x' })).rejects.toMatchObject({ code: 'not-recorded' })
    expect(it.sent).toEqual([])
  })

  test('data: URLs need no network', async () => {
    await using it = world(() => new Response('local'), { mode: 'offline' })
    expect(await text(it.fetch('data:,local'))).toBe('local')
  })
})

/** An API: a list, an echo, a thing that is not there, and what moved there. */
const api: Answer = async ({ init, method, url }) => {
  const { pathname } = new URL(url)
  const headers = { 'set-cookie': 'a=b', ...cc('no-store, max-age=0') }
  if (pathname === '/items' && method === 'GET') return Response.json([1, 2], { headers: { vary: '*', ...headers } })
  if (method === 'POST')
    return Response.json({ got: JSON.parse(String(init.body)) as unknown }, { status: 201, headers })
  if (pathname === '/old') return new Response(null, { status: 302, headers: { location: '/older' } })
  if (pathname === '/older') return new Response('moved', { status: 307, headers: { location: '/items' } })
  if (pathname === '/broken') return new Response('broken', { status: 500 })
  return new Response('no such thing', { status: 404, headers })
}

const post = (body: unknown): CachedRequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer hush' },
  body: JSON.stringify(body),
})

interface Taped extends AsyncDisposable {
  readonly cache: Cache
  readonly fetch: Cache['fetch']
  readonly sent: string[]
  readonly errors: Error[]
}

function taped(options: CacheOptions, answer: Answer = api): Taped {
  const [sent, errors]: [string[], Error[]] = [[], []]
  const cache = createCache({
    onError: (error) => void errors.push(error),
    async fetch(input, init = {}) {
      const [url, method] = [String(input), init.method ?? 'GET']
      sent.push(`${method} ${url}`)
      return answer({ url, method, headers: new Headers(init.headers), init }, sent.length - 1)
    },
    ...options,
  })
  return { cache, fetch: cache.fetch, sent, errors, [Symbol.asyncDispose]: () => cache.close() }
}

/** All files below, with what is in them. */
async function files(path: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const place = join(entry.parentPath, entry.name)
    if (entry.isFile()) found[place] = await readFile(place, 'latin1')
  }
  return found
}

async function recorded(path: string): Promise<void> {
  await using it = taped({ mode: 'record', path })
  await text(it.fetch(`${ORIGIN}/items`))
  await text(it.fetch(`${ORIGIN}/items`, post({ a: 1 })))
  await text(it.fetch(`${ORIGIN}/items`, post({ a: 2 })))
  await text(it.fetch(`${ORIGIN}/nothing?api_key=hush`))
  await text(it.fetch(`${ORIGIN}/broken`))
  await text(it.fetch(`${ORIGIN}/old`))
  expect(it.errors).toEqual([])
}

describe("mode: 'record' and mode: 'replay'", () => {
  test('what one cache records in a folder another replays from it, without the network', async () => {
    await using folder = await temporary()
    const path = join(folder.path, 'tape')
    await recorded(path)
    const before = await files(path)
    await using it = taped({ mode: 'replay', path })
    const list = await it.fetch(`${ORIGIN}/items`)
    expect([list.status, list.fromCache, list.isExpired, await list.json()]).toEqual([200, true, false, [1, 2]])
    for (const a of [1, 2]) {
      const echo = await it.fetch(`${ORIGIN}/items`, post({ a }))
      expect([echo.status, await echo.json()]).toEqual([201, { got: { a } }])
    }
    const nothing = await it.fetch(`${ORIGIN}/nothing?api_key=hush`)
    expect([nothing.status, await nothing.text()]).toEqual([404, 'no such thing'])
    expect((await it.fetch(`${ORIGIN}/broken`)).status).toBe(500)
    const moved = await it.fetch(`${ORIGIN}/old`)
    expect([moved.url, moved.redirected, await moved.json()]).toEqual([`${ORIGIN}/items`, true, [1, 2]])
    expect(moved.history.map(({ status, url }) => [status, url])).toEqual([
      [302, `${ORIGIN}/old`],
      [307, `${ORIGIN}/older`],
    ])
    expect((await it.fetch(`${ORIGIN}/old`, { redirect: 'manual' })).status).toBe(302)
    expect([it.sent, it.errors]).toEqual([[], []])
    await it.cache.close()
    expect(await files(path)).toEqual(before)
  })

  test('fixtures are files that can be read, and hold no secret', async () => {
    await using folder = await temporary()
    await recorded(folder.path)
    const all = Object.values(await files(folder.path)).join('\n')
    expect(all).toContain('{"got":{"a":1}}')
    expect(all).toContain(`${ORIGIN}/nothing?api_key=REDACTED`)
    expect(all).not.toContain('hush')
  })

  test('a request that was not recorded rejects, naming it and what is most like it', async () => {
    await using folder = await temporary()
    await recorded(folder.path)
    await using it = taped({ mode: 'replay', path: folder.path })
    await expect(it.fetch(`${ORIGIN}/item?access_token=hush`)).rejects.toMatchObject({
      name: 'StowawayError',
      code: 'not-recorded',
      message: expect.stringMatching(
        /^GET https:\/\/api\.example\.org\/item\?access_token=REDACTED is not recorded; recorded are GET https:/,
      ) as unknown,
    })
    await expect(it.fetch(`${ORIGIN}/items`, post({ a: 3 }))).rejects.toThrow(
      `recorded are POST ${ORIGIN}/items (with another body, header field or credential), GET ${ORIGIN}/items`,
    )
    await expect(it.fetch(`${ORIGIN}/items`, { method: 'DELETE' })).rejects.toThrow(
      `DELETE ${ORIGIN}/items is not recorded`,
    )
    await expect(it.fetch(`${ORIGIN}/items`, { httpCache: { disabled: true } })).rejects.toMatchObject({
      code: 'not-recorded',
    })
    expect(it.sent).toEqual([])
  })

  test('at most five are named', async () => {
    await using folder = await temporary()
    await using it = taped({ mode: 'record', path: folder.path })
    for (let n = 0; n < 8; n++) await text(it.fetch(`${ORIGIN}/thing/${n}`))
    await it.cache.close()
    await using replay = taped({ mode: 'replay', path: folder.path })
    const { message } = (await replay.fetch(`${ORIGIN}/thing/x`).catch((error: unknown) => error)) as Error
    expect(message.match(/GET /g)).toHaveLength(6)
  })

  test('a recording serves those who have other credentials, and keeps nothing that tells of them', async () => {
    await using place = await temporary()
    const as = (token: string): RequestInit => ({ headers: { authorization: token, cookie: token } })
    const url = 'https://example.org/mine?api_key='
    const answer = (): Response => new Response('mine', { headers: { vary: 'Authorization, Cookie' } })
    await using recorder = createCache({ mode: 'record', path: place.path, fetch: async () => answer() })
    await text(recorder.fetch(`${url}real`, as('real-token')))
    await recorder.close()
    await using replay = createCache({ mode: 'replay', path: place.path })
    expect(await text(replay.fetch(`${url}dummy`, as('dummy')))).toBe('mine')
    expect(await place.names()).toEqual(['http'])
  })

  test('unless matchHeaders names them', async () => {
    await using place = await temporary()
    const options: CacheOptions = { path: place.path, matchHeaders: ['Authorization'] }
    const as = (token: string): RequestInit => ({ headers: { authorization: token } })
    const fetch: typeof globalThis.fetch = async (_, init) =>
      new Response(new Headers(init?.headers).get('authorization'))
    await using recorder = createCache({ ...options, mode: 'record', fetch })
    await text(recorder.fetch('https://example.org/', as('alice')))
    await text(recorder.fetch('https://example.org/', as('bob')))
    await recorder.close()
    await using replay = createCache({ ...options, mode: 'replay' })
    expect(await text(replay.fetch('https://example.org/', as('alice')))).toBe('alice')
    expect(await text(replay.fetch('https://example.org/', as('bob')))).toBe('bob')
    await expect(replay.fetch('https://example.org/', as('eve'))).rejects.toMatchObject({ code: 'not-recorded' })
  })

  test('where nothing is recorded, it says so', async () => {
    await using it = taped({ mode: 'replay', backend: 'memory' })
    await expect(it.fetch(URL_A)).rejects.toThrow(`GET ${URL_A} is not recorded; nothing is recorded`)
  })

  test('each request goes to the origin while recording, and the last answer is kept', async () => {
    await using it = world((_, count) => new Response(`${count}`, { headers: cc('max-age=60') }), { mode: 'record' })
    expect([await text(it.fetch(URL_A)), await text(it.fetch(URL_A))]).toEqual(['0', '1'])
    await settled()
    await using replay = world(numbered(), { mode: 'replay' }, it.store)
    replay.pass(1e9)
    expect(await text(replay.fetch(URL_A))).toBe('1')
  })

  test('an unsafe method takes nothing away from what is recorded', async () => {
    await using it = world(numbered(), { mode: 'record' })
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, { method: 'PUT', body: 'x' }))
    await text(it.fetch(URL_A, { method: 'DELETE' }))
    await settled()
    expect(await it.entries()).toHaveLength(3)
  })

  test('lifetimes of rules and requests do not count', async () => {
    await using it = world(numbered(), { mode: 'record', expireAfter: 1, rules: { '*': { expireAfter: 2 } } })
    await text(it.fetch(URL_A, { httpCache: { expireAfter: 3 } }))
    await settled()
    expect((await it.entries()).map(({ meta }) => [meta.expiresAt, meta.reclaimAt])).toEqual([[null, null]])
  })

  test('what can’t be recorded reaches the caller, and is reported', async () => {
    const answers: readonly (() => Response)[] = [
      () => new Response('data: x\n\n', { headers: { 'content-type': 'text/event-stream' } }),
      () => new Response(null, { status: 304 }),
      () => new Response('x', { headers: { location: '/?access_token=hush' } }),
      () => new Response('streamed'),
    ]
    await using it = world((_, count) => answers[count]?.() ?? new Response(), { mode: 'record' })
    const body = new ReadableStream({ start: (controller) => controller.close() })
    // Node's fetch wants `duplex`, which the library types do not know.
    const streamed = { method: 'POST', body, duplex: 'half' } as CachedRequestInit
    for (const init of [undefined, undefined, undefined, streamed]) await text(it.fetch(URL_A, init))
    expect(it.errors.map(({ message }) => message)).toEqual([
      `GET ${URL_A} can't be recorded: text/event-stream`,
      `GET ${URL_A} can't be recorded: the answer to a condition`,
      `GET ${URL_A} can't be recorded: a secret in Location`,
      `POST ${URL_A} can't be recorded: a body that can be read only once`,
    ])
    expect(it.errors).toMatchObject(Array(4).fill({ code: 'not-recorded' }))
  })

  test('what a rule or a request disables is not recorded', async () => {
    await using it = world(numbered(), { mode: 'record', rules: { '/b': { disabled: true } } })
    await text(it.fetch('https://example.org/b'))
    await text(it.fetch(URL_A, { httpCache: { readOnly: true } }))
    await settled()
    expect([await it.entries(), it.errors]).toEqual([[], []])
  })

  test('a place that can’t be written is no reason to record in memory', async () => {
    await using folder = await temporary()
    await recorded(folder.path)
    const [file = ''] = Object.keys(await files(folder.path))
    await using it = taped({ mode: 'record', path: join(file, 'below') })
    await text(it.fetch(URL_A))
    expect(it.errors).toMatchObject([{ code: 'unusable-path' }, { code: 'not-recorded' }])
  })
})

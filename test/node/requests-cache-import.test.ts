import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../adapters/memory.ts'
import { importRequestsCache } from '../../adapters/requests-cache.ts'
import { bytesOf } from '../../adapters/requests-cache/binary.ts'
import { recordsAt } from '../../adapters/requests-cache/records.ts'
import { createCache } from '../../src/index.ts'
import type { Cache, CacheOptions, Progress } from '../../src/index.ts'
import { startOrigin } from '../support/origin.ts'
import type { Exchange } from '../support/origin.ts'
import { root } from '../support/source.ts'
import { temporary } from '../support/temporary.ts'

const run = promisify(execFile)

/** The first Python on the PATH that has requests-cache. */
async function findPython(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const python = join(folder, 'python3')
    if (existsSync(python) && (await run(python, ['-c', 'import requests_cache']).catch(() => false))) return python
  }
  return undefined
}

const BINARY = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7919) >> 3))

function reply({ answer, headers, path }: Exchange): void {
  const json = { 'content-type': 'application/json' }
  const body = Buffer.from('{"price": 1.10, "id": 12345678901234567890}\n')
  if (path.startsWith('/json')) answer(200, { ...json, 'set-cookie': ['a=1; Path=/never', 'b=2; Path=/never'] }, body)
  else if (path === '/text')
    answer(200, { 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from('\xe9\xff', 'latin1'))
  else if (path === '/binary') answer(200, { 'content-type': 'application/octet-stream' }, BINARY)
  else if (path === '/gzip')
    answer(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }, gzipSync('unpacked'))
  else if (path === '/empty') answer(200)
  else if (path === '/no-content') answer(204)
  else if (path === '/missing') answer(404, {}, 'not here')
  else if (path === '/vary') answer(200, { vary: 'Accept, X-Variant' }, String(headers['x-variant']))
  else if (path === '/start') answer(302, { location: '/hop' }, 'start')
  else if (path === '/hop') answer(301, { location: '/target' })
  else if (path === '/private') answer(200, {}, String(headers.authorization))
  else answer(200, {}, `at ${path}`)
}

interface Imported {
  readonly cache: Cache
  /** What reached the network. */
  readonly sent: readonly string[]
}

function cacheWith(options: CacheOptions = {}): Imported {
  const sent: string[] = []
  const cache = createCache({
    backend: createMemoryStore(),
    cacheControl: false,
    async fetch(input) {
      sent.push(input instanceof Request ? input.url : String(input))
      return new Response('from the network')
    },
    ...options,
  })
  return { cache, sent }
}

describe('what requests-cache itself wrote', () => {
  let python: string | undefined
  beforeAll(async () => {
    python = await findPython()
  })

  test('hits after an import, from a SQLite file and from a folder, with the same bytes (RC-264, RC-265, RC-268)', async ({
    skip,
  }) => {
    if (!python) return skip('no python3 on the PATH has requests-cache: apt-get install python3-requests-cache')
    await using origin = await startOrigin(reply)
    await using place = await temporary()
    const script = join(root, 'test/support/requests_cache_write.py')
    const { stdout } = await run(python, [script, origin.url, place.path])
    // As the script prints it.
    const asked = JSON.parse(stdout) as [
      string,
      string,
      { headers?: Record<string, string>; json?: unknown },
      number,
      string,
    ][]
    expect(asked).toHaveLength(13)
    for (const name of ['cache.sqlite', 'cache', new URL(`file://${place.join('cache')}`)]) {
      const { cache, sent } = cacheWith({ allowableMethods: ['GET', 'POST'] })
      const told: Progress[] = []
      const path = name instanceof URL ? name : place.join(name)
      const outcome = await importRequestsCache(cache, path, { onProgress: (progress) => void told.push(progress) })
      expect(outcome).toMatchObject({ skipped: 0, problems: [] })
      // What /start leads to is in two records, of which the one that is read first is taken.
      expect(outcome.copied + outcome.present).toBe(14)
      expect(outcome.copied).toBeGreaterThan(12)
      expect(told.at(-1)).toMatchObject({ done: 14, total: 14 })
      for (const [method, path, { headers, json }, status, base64] of asked.filter(([, path]) => path !== '/short')) {
        const response = await cache.fetch(origin.url + path, {
          method,
          headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
          ...(json !== undefined && { body: JSON.stringify(json) }),
        })
        expect(`${path} ${response.fromCache} ${response.status}`).toBe(`${path} true ${status}`)
        expect(Buffer.from(await response.arrayBuffer()).toString('base64')).toBe(base64)
      }
      const lasting = await cache.match(`${origin.url}/missing`)
      expect(lasting?.expires?.getTime()).toBeGreaterThan(Date.now() + 9e9)
      expect((await cache.match(`${origin.url}/binary`))?.expires).toBeNull()
      expect((await cache.match(`${origin.url}/short`))?.expires?.getTime()).toBeLessThan(Date.now() + 1000)
      const cookies = await cache.match(`${origin.url}/json?a=1&b=caf%C3%A9`)
      expect(cookies?.headers.getSetCookie()).toHaveLength(2)
      for (const path of ['/hop', '/target']) {
        const response = await cache.fetch(origin.url + path)
        expect([response.fromCache, await response.text()]).toEqual([true, 'at /target'])
      }
      expect((await cache.fetch(`${origin.url}/start`, { redirect: 'manual' })).status).toBe(302)
      expect(sent).toEqual([])
      const foreign = await cache.fetch(`${origin.url}/private`, { headers: { authorization: 'Bearer other' } })
      expect(await foreign.text()).toBe('from the network')
      expect(await importRequestsCache(cache, path)).toMatchObject({ copied: 0, present: 14, skipped: 0 })
      await cache.close()
    }
    const { cache } = cacheWith()
    await expect(importRequestsCache(cache, place.join('pickled'))).rejects.toThrow("serializer='json'")
    expect(await cache.count()).toBe(0)
  }, 60_000)
})

/** A record as releases from 1.0 on write it; from 1.3 on with base64. */
const recordOf = (more: object): string =>
  JSON.stringify({
    url: 'https://example.org/a',
    status_code: 200,
    reason: 'OK',
    headers: { 'Content-Type': 'text/plain', 'Content-Length': '5' },
    encoding: 'utf-8',
    created_at: '2026-01-01T00:00:00.123456+00:00',
    elapsed: 0.1,
    request: {
      method: 'GET',
      url: 'https://example.org/a',
      headers: { Accept: '*/*', 'User-Agent': 'python-requests/2.34.0' },
      body: '',
    },
    raw: { decode_content: false, reason: 'OK', status: 200, version: 11 },
    _content: Buffer.from('hello').toString('base64'),
    ...more,
  })

const A = 'https://example.org/a'
const requestOf = (more: object): object => ({ request: { method: 'GET', url: A, headers: {}, ...more } })

/** Imports a folder of these records. */
async function imported(records: readonly (string | Uint8Array)[], options: CacheOptions = {}, cookies = true) {
  await using place = await temporary()
  await Promise.all(records.map((record, at) => writeFile(place.join(`${at}.json`), record)))
  const world = cacheWith({ now: () => Date.UTC(2026, 0, 2), ...options })
  return { ...world, outcome: await importRequestsCache(world.cache, place.path, { cookies }) }
}

describe('a record of a later release', () => {
  const readable = (type: string, content: unknown, encoding = 'utf-8'): string =>
    recordOf({
      _content: undefined,
      _decoded_content: content,
      encoding,
      headers: { 'Content-Type': type, 'Content-Length': '999' },
    })

  test('has its bytes in base64, and before 1.3 in base85 (RC-264)', async () => {
    const old = recordOf({ _content: 'Xk~0{Zy;xS', headers: { 'Content-Type': 'text/plain', 'Content-Length': '8' } })
    for (const [record, text] of [
      [recordOf({}), 'hello'],
      [old, 'hello gz'],
    ] as const) {
      const { cache, outcome, sent } = await imported([record])
      expect(outcome).toEqual({ copied: 1, present: 0, skipped: 0, problems: [] })
      const response = await cache.fetch(A)
      expect(await response.text()).toBe(text)
      expect(response.createdAt).toEqual(new Date('2026-01-01T00:00:00.123Z'))
      expect(response.expires).toBeNull()
      expect(sent).toEqual([])
    }
  })

  test.each([
    ['text/html', 'caf\u00e9\u20ac', 'utf-8', 'caf\u00e9\u20ac', 'text/html'],
    ['text/html; charset=ISO-8859-1', 'caf\u00e9', 'ISO-8859-1', 'caf\ufffd', 'text/html; charset=ISO-8859-1'],
    ['text/html; charset=koi8-r; x=1', '\u0436', 'koi8-r', '\u0436', 'text/html; charset=utf-8; x=1'],
    ['application/json', 'text', 'utf-8', '"text"', 'application/json'],
    ['application/problem+json', [1, { b: [] }], 'utf-8', '[1,{"b":[]}]', 'application/problem+json'],
  ])(
    'is text of type %s, of which the bytes are as they were (RC-266, RC-267)',
    async (type, content, encoding, text, after) => {
      const { cache } = await imported([readable(type, content, encoding)])
      const response = await cache.fetch(A)
      expect(response.headers.get('content-type')).toBe(after)
      expect(response.headers.get('content-length')).toBe(String((await response.clone().arrayBuffer()).byteLength))
      expect(await response.text()).toBe(text)
    },
  )

  test('keeps numbers in JSON that JavaScript does not have (RC-267)', async () => {
    const numbers = '{"a": 12345678901234567890, "b": [1.10, {"_decoded_content": 1e400}], "c": "}\\","}'
    const { cache } = await imported([readable('application/json', 'HERE').replace('"HERE"', numbers)])
    expect(await (await cache.fetch(A)).text()).toBe(numbers)
  })

  test('that is over is stale, and is validated when it can be', async () => {
    const { cache, sent } = await imported([
      recordOf({ expires: '2026-01-01T12:00:00', headers: { ETag: '"x"', 'Content-Length': '5' } }),
      recordOf({ expires: '2026-01-03T00:00:00Z', ...requestOf({ url: 'https://example.org/b' }) }),
    ])
    expect((await cache.match(A))?.isExpired).toBe(true)
    await cache.fetch(A)
    expect(sent).toEqual([A])
    expect((await cache.fetch('https://example.org/b')).expires).toEqual(new Date('2026-01-03'))
    expect(sent).toHaveLength(1)
  })

  test('with what was redacted matches only that, and cookies only where they are wanted', async () => {
    const token = 'https://example.org/a?access_token=REDACTED'
    const records = [
      recordOf(requestOf({ url: token })),
      recordOf(requestOf({ url: 'https://example.org/b', headers: { Cookie: 'a=1' } })),
    ]
    const { cache } = await imported(records)
    expect(await cache.has(token)).toBe(true)
    expect(await cache.has(token.replace('REDACTED', 'mine'))).toBe(false)
    expect(await cache.has('https://example.org/b')).toBe(false)
    expect(await cache.has('https://example.org/b', { headers: { cookie: 'a=1' } })).toBe(true)
    const { cache: careless } = await imported(records, {}, false)
    expect(await careless.has('https://example.org/b')).toBe(true)
  })

  test('is stored as this cache would store it: by its rules, its keys and RFC 9111 where it follows that', async () => {
    const record = recordOf({
      headers: { 'Cache-Control': 'no-store', 'Content-Length': '5' },
      ...requestOf({ url: `${A}?utm=1` }),
    })
    const { cache, outcome } = await imported([record], { ignoredParameters: ['utm'] })
    expect(outcome.copied).toBe(1)
    expect(await (await cache.fetch(`${A}?utm=2`)).text()).toBe('hello')
    const { outcome: refused } = await imported([record], { cacheControl: true })
    expect(refused).toMatchObject({
      skipped: 1,
      problems: [{ key: '0.json', why: expect.stringContaining('forbid') as string }],
    })
  })

  test('of a redirect is stored hop by hop, and what it leads to only where that has no record of its own', async () => {
    const [start, target] = ['https://example.org/start', 'https://example.org/target']
    const hop = {
      url: start,
      status_code: 302,
      headers: { Location: '/target' },
      _content: '',
      ...requestOf({ url: start }),
    }
    const chain = recordOf({
      ...requestOf({ url: target }),
      created_at: '2026-01-01T00:00:09',
      // JSON.parse gives what recordOf wrote.
      history: [JSON.parse(recordOf(hop)) as object],
    })
    const alone = recordOf(requestOf({ url: target }))
    for (const records of [[alone, chain], [chain]]) {
      await using place = await temporary()
      const database = new DatabaseSync(place.join('x.sqlite'))
      database.exec('CREATE TABLE responses (key PRIMARY KEY, value)')
      for (const [at, record] of records.entries())
        database.prepare('INSERT INTO responses VALUES (?, ?)').run(at, record)
      database.close()
      const { cache, sent } = cacheWith({ now: () => Date.UTC(2026, 0, 2) })
      expect(await importRequestsCache(cache, place.join('x.sqlite'))).toMatchObject({ copied: records.length })
      const response = await cache.fetch(start)
      expect([response.redirected, response.url, await response.text(), sent.length]).toEqual([
        true,
        target,
        'hello',
        0,
      ])
      expect(response.createdAt?.getUTCSeconds()).toBe(records.length === 2 ? 0 : 9)
      expect(await cache.count()).toBe(2)
    }
  })

  test('of a POST is found by its body; what older releases call none is none', async () => {
    const post = (body: string): string =>
      recordOf({
        ...requestOf({ method: 'POST', url: `${A}?${body.length}`, body }),
        _content: 'Xk~0{Zy;xS',
        headers: {},
      })
    const { cache } = await imported([post('PH%2y'), post('VRLI`WB')], { allowableMethods: ['POST'] })
    expect(await cache.has(`${A}?5`, { method: 'POST' })).toBe(true)
    expect(await cache.has(`${A}?7`, { method: 'POST', body: Buffer.from('asked') })).toBe(true)
    expect(await cache.has(`${A}?7`, { method: 'POST', body: Buffer.from('other') })).toBe(false)
  })

  test('that can not be read is skipped and told of, and the others are not', async () => {
    const bad = [
      '{"a": NaN}',
      '{}',
      recordOf({ request: null }),
      recordOf({ created_at: 'yesterday' }),
      recordOf({ expires: 5 }),
      recordOf({ status_code: 99 }),
      recordOf({ status_code: 'x' }),
      recordOf({ _content: 'aGVsbA==' }),
      recordOf({ _content: '\u00e9' }),
      recordOf({ _content: 5 }),
      recordOf({ history: [null] }),
      recordOf({ headers: { 'a b': 'c' } }),
      recordOf(requestOf({ url: 'nowhere' })),
      recordOf(requestOf({ url: 'https://me:pw@example.org/a' })),
      recordOf(requestOf({ method: 'G T' })),
    ]
    const { cache, outcome } = await imported([...bad, recordOf({})])
    expect(outcome.problems.map(({ key, why }) => `${key} ${why}`)).toHaveLength(bad.length)
    expect(outcome).toMatchObject({ copied: 1, skipped: bad.length })
    expect(await cache.count()).toBe(1)
  })

  test('is read however many escapes its text has, and however its name is written', async () => {
    const text = '"\\'.repeat(2_000_000)
    const name = '"_decoded\\u005fcontent":'
    for (const change of [
      (record: string) => record,
      (record: string) => record.replace('"_decoded_content":', name),
    ]) {
      const { cache, outcome } = await imported([change(readable('application/json', { text, _decoded_content: 1 }))])
      expect(outcome.problems).toEqual([])
      expect(await (await cache.fetch(A)).text()).toBe(JSON.stringify({ text, _decoded_content: 1 }))
    }
  })

  test('of a file that a writer left empty is skipped, also as the first one', async () => {
    const { outcome } = await imported(['', recordOf({}), ''])
    expect(outcome).toMatchObject({ copied: 1, skipped: 2 })
  })

  test('that is longer than any text is skipped', async () => {
    await using place = await temporary()
    await writeFile(place.join('0.json'), recordOf({}))
    await writeFile(place.join('1.json'), '{')
    await truncate(place.join('1.json'), 3 * 2 ** 30)
    const records = await recordsAt(place.path)
    const found = new Map<string, string>()
    for await (const { key, text } of records.all()) found.set(key, typeof text)
    expect(Object.fromEntries(found)).toEqual({ '0.json': 'string', '1.json': 'undefined' })
  })

  test('is read once from a database, in order, also among large ones and where there is none', async () => {
    await using place = await temporary()
    const database = new DatabaseSync(place.join('x.sqlite'))
    database.exec('CREATE TABLE responses (key PRIMARY KEY, value)')
    const insert = database.prepare('INSERT INTO responses VALUES (?, ?)')
    insert.run('none', null)
    const bodies = [1, 5_000_000, 1, 3_000_000, 3_000_000, 1]
    for (const [at, size] of bodies.entries())
      insert.run(at, recordOf({ ...requestOf({ url: `${A}?${at}` }), headers: {}, _content: 'A'.repeat(size * 4 - 4) }))
    for (let at = 100; at < 220; at++) insert.run(at, recordOf(requestOf({ url: `${A}?${at}` })))
    database.close()
    const records = await recordsAt(place.join('x.sqlite'))
    const keys: string[] = []
    for await (const { key } of records.all()) keys.push(key)
    const all = ['none', ...bodies.keys(), ...Array.from({ length: 120 }, (_, at) => at + 100)]
    expect(keys).toEqual(all.map(String))
  })

  test('lies in a database with the columns of that release, among which a pickle is skipped', async () => {
    await using place = await temporary()
    const database = new DatabaseSync(place.join('x.sqlite'))
    database.exec(
      'CREATE TABLE responses (key VARCHAR PRIMARY KEY, value BLOB, expires INTEGER); CREATE TABLE redirects (key, value)',
    )
    const insert = database.prepare('INSERT INTO responses VALUES (?, ?, ?)')
    for (let at = 0; at < 120; at++) insert.run(`k${at}`, Buffer.from(recordOf(requestOf({ url: `${A}/${at}` }))), null)
    insert.run('pickle', Buffer.from([0x80, 4, 0x95]), 5)
    database.close()
    const { cache } = cacheWith()
    const controller = new AbortController()
    const outcome = await importRequestsCache(cache, place.join('x'), { signal: controller.signal })
    expect(outcome).toMatchObject({ copied: 120, skipped: 1, problems: [{ key: 'pickle' }] })
    controller.abort(new Error('enough'))
    await expect(importRequestsCache(cache, place.join('x'), { signal: controller.signal })).rejects.toThrow('enough')
  })
})

test('an import refuses what it can not read or write', async () => {
  await using place = await temporary()
  const { cache } = cacheWith()
  await expect(importRequestsCache(cache, place.join('no'))).rejects.toMatchObject({ code: 'unusable-path' })
  await writeFile(place.join('other'), 'x'.repeat(5000))
  await expect(importRequestsCache(cache, place.join('other'))).rejects.toMatchObject({ code: 'corrupt' })
  new DatabaseSync(place.join('empty.sqlite')).close()
  await expect(importRequestsCache(cache, place.join('empty'))).rejects.toThrow('no SQLite file of requests-cache')
  await mkdir(place.join('folder'))
  expect(await importRequestsCache(cache, place.join('folder'))).toMatchObject({ copied: 0, skipped: 0 })
  // Not what the types say.
  await expect(importRequestsCache(cache, 5 as never)).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(importRequestsCache(cache, '.', { cookie: true } as never)).rejects.toMatchObject({
    code: 'unknown-option',
  })
  await writeFile(place.join('folder/a.json'), recordOf({}))
  const { cache: closed } = cacheWith({ readOnly: true })
  await expect(importRequestsCache(closed, place.join('folder'))).rejects.toMatchObject({ code: 'read-only' })
})

describe('bytes in a record', () => {
  const encode = (bytes: Uint8Array): string => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'
    let text = ''
    for (let at = 0; at < bytes.length; at += 4) {
      const four = Buffer.alloc(4)
      four.set(bytes.subarray(at, at + 4))
      let [number, group] = [four.readUInt32BE(), '']
      for (let place = 0; place < 5; place++) {
        group = digits.charAt(number % 85) + group
        number = Math.floor(number / 85)
      }
      text += group.slice(0, Math.min(4, bytes.length - at) + 1)
    }
    return text
  }

  test('come back from either encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(bytesOf(Buffer.from(bytes).toString('base64'), [], bytes.length)).toEqual(new Uint8Array(bytes))
        expect(bytesOf(encode(bytes), ['PH%2y'], undefined)).toEqual(new Uint8Array(bytes))
      }),
    )
  })

  test('are nothing where the text is neither, or stands for too much', () => {
    for (const text of ['a b', '~~~~~', '\u00e9aaaa']) expect(bytesOf(text, [], undefined)).toBeUndefined()
  })
})

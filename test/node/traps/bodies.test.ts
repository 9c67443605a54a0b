/** Bytes, and the objects that carry them: mistakes that caches have made. */
import { describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../../adapters/filesystem.ts'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createSqliteStore } from '../../../adapters/sqlite.ts'
import type { Store } from '../../../src/store.ts'
import { temporary } from '../../support/temporary.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values)
const utf8 = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value)

const BODIES: readonly (readonly [string, string, Uint8Array<ArrayBuffer>])[] = [
  ['nothing', 'text/plain', bytes()],
  ['null', 'application/json', utf8('null')],
  ['numbers as written', 'application/json', utf8('{ "a": 1.10, "a": 1e400, "\\u00e4": 1 }')],
  ['a byte order mark', 'text/plain', bytes(0xef, 0xbb, 0xbf, 0x61)],
  ['invalid UTF-8', 'text/html; charset=utf-8', bytes(0xff, 0xfe, 0x00, 0xc3, 0x28)],
  ['Latin-1', 'text/plain; charset=iso-8859-1', bytes(0xe4, 0xf6, 0xfc)],
  ['line ends', 'text/csv', utf8('a\r\nb\rc\n\n ')],
]

const backends: Record<string, (place: string) => Store> = {
  memory: () => createMemoryStore(),
  sqlite: (place) => createSqliteStore({ path: `${place}/c.sqlite` }),
  filesystem: (place) => createFilesystemStore({ path: `${place}/files` }),
}

describe.each(Object.entries(backends))('bodies on %s', (_, create) => {
  test.each(BODIES)('%s comes back byte for byte (trap 48, RC-267)', async (_name, type, body) => {
    await using place = await temporary()
    await using at = world(
      () => new Response(body, { headers: { 'content-type': type, ...cc('max-age=60') } }),
      {},
      create(place.path),
    )
    await text(at.fetch(URL_A))
    const hit = await at.fetch(URL_A)
    expect([hit.fromCache, hit.headers.get('content-type'), new Uint8Array(await hit.arrayBuffer())]).toEqual([
      true,
      type,
      body,
    ])
    await at.store.close()
  })
})

describe('responses', () => {
  test('a content coding that fetch took off is flagged, and the length that counts is that of the bytes (trap 49, RC-269, HI-72)', async () => {
    await using at = world(numbered({ ...cc('max-age=60'), 'content-encoding': 'gzip', 'content-length': '999' }))
    await text(at.fetch(URL_A))
    const hit = await at.fetch(URL_A)
    expect([hit.fromCache, hit.headers.get('content-encoding'), await hit.text()]).toEqual([true, 'gzip', '0'])
    const [entry] = await at.entries()
    expect([entry?.meta.envelope['decoded'], entry?.size]).toEqual([true, 1])
  })

  test('several Set-Cookie stay several (trap 50, HI-71)', async () => {
    const cookies = ['a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT', 'b=2']
    await using at = world(() => {
      const headers = new Headers(cc('max-age=60'))
      for (const cookie of cookies) headers.append('set-cookie', cookie)
      return new Response('x', { headers })
    })
    await text(at.fetch(URL_A))
    const hit = await at.fetch(URL_A)
    expect([hit.fromCache, hit.headers.getSetCookie()]).toEqual([true, cookies])
  })

  test('each hit is an object of its own (trap 51, RC-253)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    const one = await at.fetch(URL_A)
    one.headers.set('x-mine', '1')
    new Uint8Array(await one.arrayBuffer()).fill(0)
    const other = await at.fetch(URL_A)
    expect([other.headers.get('x-mine'), await other.text()]).toEqual([null, '0'])
  })

  test('a hit can be cloned, and both be read (trap 51)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    const one = await at.fetch(URL_A)
    const other = one.clone()
    expect([await one.text(), await other.text(), other.fromCache, other.url]).toEqual(['0', '0', true, URL_A])
  })

  test.each([204, 205, 304])('status %d has no body, stored or not (trap 51)', async (status) => {
    await using at = world(() => new Response(null, { status, headers: cc('max-age=60') }), { cacheControl: true })
    const first = await at.fetch(URL_A)
    const second = await at.fetch(URL_A)
    expect([first.status, first.body, second.status, second.body]).toEqual([status, null, status, null])
  })

  test('an opaque response passes as it came, and is not stored (trap 51)', async () => {
    const opaque = Object.defineProperties(new Response('x'), { status: { value: 0 }, type: { value: 'opaque' } })
    await using at = world(() => opaque)
    const response = await at.fetch(URL_A)
    expect([response.status, response.type]).toEqual([0, 'opaque'])
    expect(await at.entries()).toEqual([])
  })

  test('the headers are there before the body has ended, and an unfinished body is never served (trap 52, RC-302, HI-62)', async () => {
    let end = (): void => {}
    await using at = world((_, count) => {
      if (count > 0) return numbered()({} as never, count)
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(utf8('half'))
          end = () => controller.error(new TypeError('cut'))
        },
      })
      return new Response(body, { headers: cc('max-age=60') })
    })
    const response = await at.fetch(URL_A)
    expect(response.status).toBe(200)
    end()
    await expect(response.text()).rejects.toThrow('cut')
    expect(await text(at.fetch(URL_A))).toBe('1')
  })

  test('an endless stream passes by (trap 52)', async () => {
    await using at = world(numbered({ 'content-type': 'text/event-stream', ...cc('max-age=60') }))
    await text(at.fetch(URL_A))
    expect(await at.entries()).toEqual([])
  })

  test('a body over the cap is not stored, and the caller gets all of it (trap 52)', async () => {
    const store = createMemoryStore({ maxEntryBytes: 10 })
    const whole = 'x'.repeat(1000)
    await using at = world(() => new Response(whole, { headers: cc('max-age=60') }), {}, store)
    expect(await text(at.fetch(URL_A))).toBe(whole)
    expect(await at.entries()).toEqual([])
    expect(at.errors).toEqual([])
  })

  test.each(['bytes', 'bytes=5', 'bytes=a-b', 'bytes=-', 'items=0-1', 'bytes=9-1', 'bytes=,'])(
    'a Range that is none is ignored: %s (trap 53, HI-37)',
    async (range) => {
      await using at = world(() => new Response('0123456789', { headers: cc('max-age=60') }))
      await text(at.fetch(URL_A))
      const response = await at.fetch(URL_A, { headers: { range } })
      expect([response.status, await response.text()]).toEqual([200, '0123456789'])
    },
  )

  test('a part never answers for the whole (trap 53, RC-67)', async () => {
    await using at = world(({ headers }) =>
      headers.has('range')
        ? new Response('01', {
            status: 206,
            headers: { 'content-range': 'bytes 0-1/10', etag: '"v"', ...cc('max-age=60') },
          })
        : new Response('0123456789', { headers: cc('max-age=60') }),
    )
    const range = { range: 'bytes=0-1' }
    expect(await text(at.fetch(URL_A, { headers: range }))).toBe('01')
    expect(await text(at.fetch(URL_A))).toBe('0123456789')
    const part = await at.fetch(URL_A, { headers: range })
    expect([part.fromCache, part.status, await part.text()]).toEqual([true, 206, '01'])
  })

  test('a stored redirect is what manual asks for, and is followed for the others (trap 54, RC-203)', async () => {
    await using at = world(({ url }) =>
      url.endsWith('/a')
        ? new Response(null, { status: 301, headers: { location: '/b', ...cc('max-age=60') } })
        : new Response('target', { headers: cc('max-age=60') }),
    )
    expect(await text(at.fetch(URL_A))).toBe('target')
    const manual = await at.fetch(URL_A, { redirect: 'manual' })
    expect([manual.status, manual.fromCache]).toEqual([301, true])
    await expect(at.fetch(URL_A, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(await text(at.fetch(URL_A))).toBe('target')
    expect(at.sent).toHaveLength(2)
  })

  test('filterFn is asked once for each response, may take its time, and what it refuses is fetched again (trap 55, RC-190)', async () => {
    const seen: string[] = []
    let accepts = true
    await using at = world(numbered(), {
      async filterFn(response) {
        await settled()
        seen.push(`${response.fromCache ? 'stored' : 'new'} ${await response.text()}`)
        return accepts
      },
    })
    expect(await text(at.fetch(URL_A))).toBe('0')
    await settled()
    expect(await text(at.fetch(URL_A))).toBe('0')
    accepts = false
    expect(await text(at.fetch(URL_A))).toBe('1')
    await settled()
    expect(seen).toEqual(['new 0', 'stored 0', 'stored 0', 'new 1'])
    expect(await at.entries()).toEqual([])
  })

  test('each call is heard of once, hit or miss (trap 56, RC-193)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    await text(at.fetch(URL_A))
    await settled()
    expect(at.told.map(({ name }) => name)).toEqual(['miss', 'stored', 'hit'])
  })

  test('read-only, nothing is written: no response, no deletion, no count of uses (trap 57, RC-44)', async () => {
    const store = createMemoryStore()
    await using writer = world(numbered(cc('max-age=1')), {}, store)
    await text(writer.fetch(URL_A))
    const calls: string[] = []
    const watched: Store = {
      ...store,
      get(key, touch) {
        if (touch !== false) calls.push('get')
        return store.get(key, touch)
      },
      put: async (...given) => {
        calls.push('put')
        return store.put(...given)
      },
      update: async (...given) => {
        calls.push('update')
        return store.update(...given)
      },
      delete: async (...given) => {
        calls.push('delete')
        return store.delete(...given)
      },
    }
    await using at = world(
      ({ headers }) => new Response(null, { status: headers.has('if-none-match') ? 304 : 200 }),
      { readOnly: true, filterFn: () => false },
      watched,
    )
    await text(at.fetch(URL_A, { headers: { authorization: 'x' } }))
    await text(at.fetch(URL_A))
    await text(at.fetch(URL_A, { method: 'DELETE' }))
    await text(at.fetch(`${URL_A}/other`))
    await settled()
    expect(calls).toEqual([])
  })
})

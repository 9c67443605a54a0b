import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../../adapters/filesystem.ts'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createSqliteStore } from '../../../adapters/sqlite.ts'
import type { Store } from '../../../src/store.ts'
import { startOrigin } from '../../support/origin.ts'
import {
  bodyOf,
  bytes,
  eagerBody,
  given,
  isPending,
  MIB,
  pathsStored,
  respond,
  scriptedBody,
  scriptedFetch,
  settled,
  URL_A,
} from './given.ts'

describe('a miss', () => {
  test('gives the head when the origin sent it, and the first byte while it still sends', async () => {
    await using origin = await startOrigin()
    const { cache } = given({ fetch })
    const asked = cache.fetch(origin.url)
    const exchange = await origin.exchange(0)
    exchange.head(200, { 'cache-control': 'max-age=60' })
    const response = await asked
    expect(response.status).toBe(200)
    await exchange.write('first')
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    exchange.end()
    expect((await reader?.read())?.done).toBe(true)
  })

  test('gives the first byte while it still comes, also from a body that is there at once', async () => {
    const whole = bytes(3 * MIB)
    const source = eagerBody(whole)
    const { cache } = given(scriptedFetch(() => respond(source.stream)))
    const reader = (await cache.fetch(URL_A)).body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    await settled()
    expect(source.pulled()).toBeLessThan(whole.byteLength)
    await reader?.cancel()
  })

  test('one joined to it and a hit have the same bytes, however they are cut', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 70_000 }), { maxLength: 8 }), async (lengths) => {
        const chunks = lengths.map((length, seed) => bytes(length, seed))
        const whole = await bodyOf(new Response(new Blob(chunks)))
        const stream = new ReadableStream({ start: (c) => (chunks.forEach((chunk) => c.enqueue(chunk)), c.close()) })
        const { cache } = given(scriptedFetch((_, index) => (index === 0 ? respond(stream) : undefined)))
        const all = await Promise.all([cache.fetch(URL_A).then(bodyOf), cache.fetch(URL_A).then(bodyOf)])
        const hit = await cache.fetch(URL_A)
        expect(hit.fromCache).toBe(true)
        for (const got of [...all, await bodyOf(hit)]) expect(Buffer.compare(got, whole)).toBe(0)
      }),
      { numRuns: 40 },
    ))

  test('that is read slowly does not make the origin send more than about 1 MiB ahead', async () => {
    const source = eagerBody(bytes(8 * MIB))
    const { cache } = given(scriptedFetch(() => respond(source.stream)))
    const reader = (await cache.fetch(URL_A)).body?.getReader()
    await reader?.read()
    await settled()
    expect(source.pulled()).toBeLessThanOrEqual(MIB + 3 * 65_536)
    await reader?.cancel()
  })

  test('read slowly beside one read fast goes on from the store, with the right bytes', async () => {
    const whole = bytes(8 * MIB)
    const { cache, errors } = given(scriptedFetch(() => respond(eagerBody(whole).stream)))
    const [slow, fast] = await Promise.all([cache.fetch(URL_A), cache.fetch(URL_A)])
    expect(Buffer.compare(await bodyOf(fast), whole)).toBe(0)
    expect(Buffer.compare(await bodyOf(slow), whole)).toBe(0)
    expect(errors).toEqual([])
  })

  test('read slowly beside one read fast fails when the body is not stored', async () => {
    const whole = bytes(8 * MIB)
    const { cache } = given(
      scriptedFetch(() => respond(eagerBody(whole).stream)),
      {},
      createMemoryStore({ maxEntryBytes: MIB }),
    )
    const [slow, fast] = await Promise.all([cache.fetch(URL_A), cache.fetch(URL_A)])
    expect(Buffer.compare(await bodyOf(fast), whole)).toBe(0)
    await expect(bodyOf(slow)).rejects.toMatchObject({ code: 'gone' })
  })
})

describe('only a whole body is stored:', () => {
  const old = { etag: '"old"', 'cache-control': 'max-age=0' }

  async function withOldEntry(second: () => Response) {
    const scripted = scriptedFetch((_, index) => (index === 0 ? respond('old', old) : second()))
    const made = given(scripted)
    await (await made.cache.fetch(URL_A)).text()
    await settled()
    return { ...made, entries: () => made.store.get({ namespace: 'http', url: URL_A, selector: '' }) }
  }

  test('one that errors in mid-body is the caller’s error, and the old entry stays', async () => {
    const body = scriptedBody()
    const { cache, entries, errors } = await withOldEntry(() => respond(body.stream, { etag: '"new"' }))
    const response = await cache.fetch(URL_A)
    body.push('half')
    const error = new TypeError('terminated')
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('half')
    body.fail(error)
    await expect(reader?.read()).rejects.toBe(error)
    await settled()
    const [entry] = await entries()
    expect(Buffer.from(entry?.bytes ?? []).toString()).toBe('old')
    expect(errors).toEqual([])
  })

  test('one shorter than its Content-Length reaches the caller as it came, and the old entry stays', async () => {
    const { cache, entries, errors } = await withOldEntry(() => respond('half', { 'content-length': '8' }))
    expect(await (await cache.fetch(URL_A)).text()).toBe('half')
    await settled()
    const [entry] = await entries()
    expect(Buffer.from(entry?.bytes ?? []).toString()).toBe('old')
    expect(errors).toEqual([])
  })

  test('one that the caller aborts is not stored, and the old entry stays', async () => {
    const body = scriptedBody()
    const { cache, entries, errors } = await withOldEntry(() => respond(body.stream, { 'content-length': '8' }))
    const controller = new AbortController()
    const response = await cache.fetch(URL_A, { signal: controller.signal })
    body.push('half')
    const reason = new Error('enough')
    const text = response.text()
    controller.abort(reason)
    await expect(text).rejects.toBe(reason)
    expect(await body.cancelled).toBe(reason)
    await settled()
    const [entry] = await entries()
    expect(Buffer.from(entry?.bytes ?? []).toString()).toBe('old')
    expect(errors).toEqual([])
  })

  test('where the origin breaks off the caller sees what fetch alone gives', async () => {
    await using origin = await startOrigin(async (exchange) => {
      exchange.head(200, { 'cache-control': 'max-age=60', 'content-length': 10 })
      await exchange.write('half')
      exchange.destroy()
    })
    const failure = async (get: typeof fetch): Promise<unknown> => {
      try {
        return await (await get(origin.url)).text()
      } catch (error) {
        return error
      }
    }
    const { cache, errors, store } = given({ fetch })
    const [alone, through] = [await failure(fetch), await failure(cache.fetch)]
    expect(through).toBeInstanceOf(TypeError)
    expect(through).toMatchObject({ message: (alone as Error).message })
    await settled()
    expect(await pathsStored(store)).toEqual([])
    expect(errors).toEqual([])
  })

  test.each([
    ['announced', { 'content-length': '2000' }],
    ['found out on the way', {}],
  ])('one too large, %s, reaches the caller whole', async (_, headers) => {
    const whole = bytes(2000)
    const { cache, errors, store } = given(
      scriptedFetch(() => respond(eagerBody(whole, 100).stream, headers)),
      {},
      createMemoryStore({ maxEntryBytes: 1999 }),
    )
    expect(Buffer.compare(await bodyOf(await cache.fetch(URL_A)), whole)).toBe(0)
    await settled()
    expect(await pathsStored(store)).toEqual([])
    expect(errors).toEqual([])
  })

  test('one too large beyond what is handed over in one piece reaches the caller whole', async () => {
    const whole = bytes(3 * MIB)
    const { cache, errors, store } = given(
      scriptedFetch(() => respond(eagerBody(whole).stream)),
      {},
      createMemoryStore({ maxEntryBytes: MIB }),
    )
    expect(Buffer.compare(await bodyOf(await cache.fetch(URL_A)), whole)).toBe(0)
    await settled()
    expect(await pathsStored(store)).toEqual([])
    expect(errors).toEqual([])
  })
})

describe('body.cancel()', () => {
  test('lets a small known rest be stored', async () => {
    const body = scriptedBody()
    const { cache, store } = given(scriptedFetch(() => respond(body.stream, { 'content-length': '262144' })))
    await (await cache.fetch(URL_A)).body?.cancel()
    body.push(bytes(262_144))
    body.end()
    await settled()
    expect(await pathsStored(store)).toEqual([URL_A])
  })

  test.each([
    ['large', { 'content-length': '300000' }],
    ['unknown', {}],
  ])('ends the transfer of an %s rest at the origin', async (_, headers) => {
    await using origin = await startOrigin()
    const { cache, store } = given({ fetch })
    const asked = cache.fetch(origin.url)
    const exchange = await origin.exchange(0)
    exchange.head(200, { 'cache-control': 'max-age=60', ...headers })
    await exchange.write('some')
    await (await asked).body?.cancel()
    expect(await exchange.closed).toBe(true)
    await settled()
    expect(await pathsStored(store)).toEqual([])
  })
})

describe('after the whole body was read, the next fetch is a hit', () => {
  const ALL = Array(5).fill({ fromCache: true, same: true })

  /** What the second of two fetches gives, several times. */
  async function atOnce(store: Store, length: number): Promise<unknown[]> {
    await using origin = await startOrigin((exchange) => {
      exchange.answer(200, { 'cache-control': 'max-age=60' }, bytes(length))
    })
    const { cache } = given({ fetch }, { now: Date.now }, store)
    const seen: unknown[] = []
    for (let turn = 0; turn < 5; turn++) {
      const url = `${origin.url}/${length}/${turn}`
      const first = await bodyOf(await cache.fetch(url))
      const second = await cache.fetch(url)
      seen.push({ fromCache: second.fromCache, same: Buffer.compare(await bodyOf(second), first) === 0 })
    }
    return seen
  }

  describe.each([0, 10, 100_000, 2 * MIB])('with %d bytes', (length) => {
    test('in memory', async () => expect(await atOnce(createMemoryStore(), length)).toEqual(ALL))

    test('in SQLite', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'exchange-'))
      const store = createSqliteStore({ path: join(directory, 'x.sqlite') })
      expect(await atOnce(store, length)).toEqual(ALL)
      await store.close()
      await rm(directory, { recursive: true })
    })

    test('in files', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'exchange-'))
      const store = createFilesystemStore({ path: join(directory, 'x') })
      expect(await atOnce(store, length)).toEqual(ALL)
      await store.close()
      await rm(directory, { recursive: true })
    })
  })

  test('also for a request with conditions of its own, which got all', async () => {
    const scripted = scriptedFetch((_, index) => (index === 0 ? respond('all', { etag: '"x"' }) : undefined))
    const { cache } = given(scripted)
    await (await cache.fetch(URL_A, { headers: { 'if-none-match': '"other"' } })).text()
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
  })

  test('and one that is not, for want of an answer from the store, waits 5 s at most', async () => {
    const scripted = scriptedFetch(() => respond('all'))
    const store = createMemoryStore()
    const { cache } = given(scripted, {}, { ...store, put: () => new Promise(() => {}) })
    await (await cache.fetch(URL_A)).text()
    expect(await isPending(cache.fetch(URL_A))).toBe(true)
  })
})

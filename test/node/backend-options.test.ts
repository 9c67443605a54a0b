/** What the options of backends do, given to a cache by name. */
import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { loadDriver, prepare, type SqliteDatabase } from '../../adapters/sqlite/driver.ts'
import { openFile } from '../../adapters/sqlite/open.ts'
import { createCache } from '../../src/index.ts'
import type { Cache, CacheOptions } from '../../src/index.ts'
import { bytes, key, meta } from '../support/contract/kit.ts'
import { temporary } from '../support/temporary.ts'
import { URL_A, cc, text, world } from './api/given.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

/** A cache over an origin that counts. */
function counting(options: CacheOptions): Cache {
  let count = 0
  return createCache({ fetch: async () => new Response(`${count++}`, { headers: cc('max-age=60') }), ...options })
}

async function fill(options: CacheOptions): Promise<readonly string[]> {
  await using cache = counting(options)
  return [await text(cache.fetch(URL_A)), await text(cache.fetch(URL_A))]
}

describe('sqlite', () => {
  const pragma = (database: SqliteDatabase, name: string): unknown => prepare(database, `PRAGMA ${name}`).all()[0]?.[0]

  test.each([
    [{ wal: true, fastSave: false }, 'wal', 1],
    [{ wal: true, fastSave: true }, 'wal', 0],
    [{ wal: false, fastSave: false }, 'delete', 2],
    [{ wal: false, fastSave: true }, 'delete', 0],
  ])('opens its file as told: %o (RC-280)', async (journal, mode, synchronous) => {
    await using folder = await temporary()
    const { database } = openFile(folder.join('x.sqlite'), await loadDriver(), 'msgpack', journal)
    expect([pragma(database, 'journal_mode'), pragma(database, 'synchronous')]).toEqual([mode, synchronous])
    database.close()
  })

  test.each([
    [{}, true],
    [{ wal: true }, true],
    [{ wal: false }, false],
  ])('has a log beside its file, or none: %o (RC-280)', async (options, log) => {
    await using folder = await temporary()
    await using cache = counting({ backend: 'sqlite', path: folder.join('x.sqlite'), fastSave: true, ...options })
    expect([await text(cache.fetch(URL_A)), await text(cache.fetch(URL_A))]).toEqual(['0', '0'])
    expect(await folder.names()).toEqual(log ? ['x.sqlite', 'x.sqlite-shm', 'x.sqlite-wal'] : ['x.sqlite'])
  })

  test('takes over a file that was written the other way (RC-280)', async () => {
    await using folder = await temporary()
    const path = folder.join('x.sqlite')
    for (const wal of [true, false, true]) expect(await fill({ backend: 'sqlite', path, wal })).toEqual(['0', '0'])
    await using cache = counting({ backend: 'sqlite', path, wal: false })
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
  })

  test('waits for a lock as long as told (RC-280, RC-281)', async () => {
    await using folder = await temporary()
    const path = folder.join('x.sqlite')
    await fill({ backend: 'sqlite', path })
    const other = (await loadDriver())(path, false)
    other.exec('BEGIN IMMEDIATE')
    const errors: Error[] = []
    await using cache = counting({
      backend: 'sqlite',
      path,
      busyTimeout: '1ms',
      onError: (error) => errors.push(error),
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    cache.on('error', () => resolve())
    expect(await text(cache.fetch('https://example.org/other'))).toBe('0')
    await promise
    expect(errors).toHaveLength(1)
    other.exec('ROLLBACK')
    other.close()
  })

  test('loses nothing where two write and read one file without a log (RC-280, RC-300)', async () => {
    await using folder = await temporary()
    const path = folder.join('x.sqlite')
    const stores = [1, 2].map(() => createSqliteStore({ path, wal: false }))
    const size = (at: number): number => (at % 10 === 0 ? 100_000 : 100)
    await Promise.all(
      stores.map(async (store, which) => {
        for (let at = 0; at < 60; at++) {
          await store.put(key(`${which}-${at}`), meta(), new Uint8Array(size(at)))
          await store.get(key(`${1 - which}-${at}`))
        }
      }),
    )
    for (const [which, store] of stores.entries()) {
      for (let at = 0; at < 60; at++) {
        const [entry] = await store.get(key(`${1 - which}-${at}`))
        expect(entry?.size).toBe(size(at))
      }
    }
    for (const store of stores) await store.close()
  })

  test('in memory leaves nothing behind, and forgets (RC-280)', async () => {
    await using folder = await temporary()
    const before = process.cwd()
    process.chdir(folder.path)
    try {
      for (let time = 0; time < 2; time++)
        expect(await fill({ backend: 'sqlite', useMemory: true })).toEqual(['0', '0'])
      const large = createSqliteStore({ useMemory: true })
      const entry = await large.put(key('a'), meta(), new Uint8Array(300_000))
      expect((await new Response(await entry.open()).bytes()).length).toBe(300_000)
      await large.close()
      expect(await folder.names()).toEqual([])
    } finally {
      process.chdir(before)
    }
  })

  test.each([
    ['mine', 'mine.sqlite'],
    ['mine.sqlite', 'mine.sqlite'],
    ['mine.db', 'mine.db'],
    ['api.example.org', 'api.example.org.sqlite'],
  ])('by the name %s is the file %s (RC-280)', async (name, file) => {
    await using folder = await temporary()
    vi.stubEnv('TMPDIR', folder.path)
    await fill({ backend: 'sqlite', name, useTemp: true })
    const [own = ''] = await folder.names()
    expect(existsSync(folder.join(`${own}/${file}`))).toBe(true)
    expect((await stat(folder.join(own))).mode & 0o777).toBe(0o700)
  })
})

describe.each(['sqlite', 'filesystem'])('%s', (backend) => {
  test.runIf(process.platform === 'linux')(
    'lives in the cache directory with useCacheDir (RC-280, RC-284)',
    async () => {
      await using folder = await temporary()
      vi.stubEnv('XDG_CACHE_HOME', folder.path)
      expect(await fill({ backend, useCacheDir: true, path: 'deep/mine' })).toEqual(['0', '0'])
      expect(existsSync(folder.join('stowaway/deep/mine'))).toBe(true)
      await fill({ backend, useCacheDir: true })
      expect(existsSync(folder.join(`stowaway/http_cache${backend === 'sqlite' ? '.sqlite' : ''}`))).toBe(true)
    },
  )

  test('lives in the home directory with a tilde (RC-280)', async () => {
    await using folder = await temporary()
    vi.stubEnv('HOME', folder.path)
    vi.stubEnv('USERPROFILE', folder.path)
    await fill({ backend, path: '~/mine' })
    expect(await folder.names()).toEqual(['mine'])
  })

  test('under a file says so (RC-280)', async () => {
    await using folder = await temporary()
    await writeFile(folder.join('file'), '')
    await using cache = counting({ backend, path: folder.join('file/cache') })
    await expect(cache.open()).rejects.toMatchObject({
      code: 'unusable-path',
      message: expect.stringMatching(/file.*(?:ENOTDIR|EEXIST)/) as unknown,
    })
  })

  test('takes the codec that is named', async () => {
    await using folder = await temporary()
    const path = folder.join('cache')
    expect(await fill({ backend, path, codec: 'json' })).toEqual(['0', '0'])
    await using cache = counting({ backend, path, codec: 'json' })
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
  })
})

test('memory that stands in for a place that can not be used takes none of its options', async () => {
  await using folder = await temporary()
  await writeFile(folder.join('file'), '')
  const errors: Error[] = []
  const onError = (error: Error): void => void errors.push(error)
  expect(await fill({ path: folder.join('file/x'), wal: false, busyTimeout: 1, onError })).toEqual(['0', '0'])
  expect(errors).toMatchObject([{ code: 'unusable-path' }])
})

describe('the paths of a filesystem store', () => {
  test('are those of what is stored, large bodies apart (RC-227)', async () => {
    await using folder = await temporary()
    const store = createFilesystemStore({ path: folder.join('cache'), extension: 'x' })
    const found = async (): Promise<readonly string[]> => {
      const paths: string[] = []
      for await (const path of store.paths()) paths.push(path)
      return paths
    }
    expect(await found()).toEqual([])
    const secret = { ...key('s'), namespace: 'secret' }
    await store.put(secret, meta(), bytes('x'))
    await store.put(key('a'), meta(), bytes('x'))
    await store.put(key('b'), meta(), new Uint8Array(100_000))
    const paths = await found()
    expect(paths).toHaveLength(3)
    expect(paths.every((path) => path.startsWith(folder.join('cache')) && existsSync(path))).toBe(true)
    expect(paths.filter((path) => basename(path).endsWith('.x'))).toHaveLength(2)
    await store.delete([key('b')])
    expect(await found()).toHaveLength(1)
    await store.close()
    await expect(found()).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('sqlite, put in order', () => {
  test('deletes any number at once, and gives their room back when told (RC-282)', async () => {
    await using folder = await temporary()
    const path = folder.join('x.sqlite')
    await using cache = counting({
      backend: 'sqlite',
      path,
      fetch: async () => new Response(new Uint8Array(4000), { headers: cc('max-age=60') }),
    })
    const urls = Array.from({ length: 1200 }, (_, at) => `https://example.org/${at}`)
    for (const url of urls) await (await cache.fetch(url)).arrayBuffer()
    const large = (await stat(path)).size + (await stat(`${path}-wal`)).size
    expect(await cache.delete(urls.slice(0, 1100))).toBe(1100)
    expect(await cache.count()).toBe(100)
    await cache.vacuum()
    await cache.close()
    expect((await stat(path)).size).toBeLessThan(large / 4)
  })

  test('is cleared of everything, and works on (RC-283)', async () => {
    await using folder = await temporary()
    await using cache = counting({ backend: 'sqlite', path: folder.join('x.sqlite') })
    expect(await text(cache.fetch(URL_A))).toBe('0')
    await cache.clear()
    expect(await cache.count()).toBe(0)
    expect([await text(cache.fetch(URL_A)), await text(cache.fetch(URL_A))]).toEqual(['1', '1'])
  })
})

describe('filesystem, within its budget', () => {
  const urls = ['a', 'b', 'c'].map((name) => `https://example.org/${name}`)

  test('drops what was not used for longest, and skips what is too large without a word (RC-285)', async () => {
    await using folder = await temporary()
    const errors: Error[] = []
    let now = Date.UTC(2026, 0, 1)
    await using cache = createCache({
      backend: 'filesystem',
      path: folder.join('cache'),
      maxBytes: 250_000,
      now: () => now,
      onError: (error) => void errors.push(error),
      async fetch(input) {
        const size = String(input).endsWith('huge') ? 200_000 : 100_000
        return new Response(new Uint8Array(size), { headers: cc('max-age=9999') })
      },
    })
    const ask = async (url = ''): Promise<boolean> => {
      now += 5000
      const response = await cache.fetch(url)
      await response.arrayBuffer()
      // It waits for what is being stored.
      await cache.count()
      return response.fromCache
    }
    const [a, b, c] = urls
    for (const url of [a, b, a, c]) await ask(url)
    expect(await ask('https://example.org/huge')).toBe(false)
    const kept: string[] = []
    for await (const url of cache.urls()) kept.push(url)
    expect(kept).toEqual([a, c])
    expect(errors).toEqual([])
  })

  test.each([{ maxBytes: 0 }, { maxBytes: null }, { maxEntryBytes: -1 }, { maxBytes: '1' }])(
    'refuses a size that is none: %o (RC-285)',
    (options) => {
      // Callers without types.
      expect(() => createCache({ backend: 'filesystem', ...options } as CacheOptions)).toThrow('a whole number above 0')
    },
  )
})

test('options that were written as JSON are taken as they are (RC-307)', async () => {
  const file = `{ "backend": "memory", "cacheControl": false, "expireAfter": "1h",
    "rules": { "example.org/live/*": "do-not-cache", "*": { "expireAfter": { "minutes": 5 } } } }`
  // JSON.parse gives `any`; `createCache` checks it.
  await using cache = counting(JSON.parse(file) as CacheOptions)
  expect([await text(cache.fetch(URL_A)), await text(cache.fetch(URL_A))]).toEqual(['0', '0'])
  const live = 'https://example.org/live/1'
  expect([await text(cache.fetch(live)), await text(cache.fetch(live))]).toEqual(['1', '2'])
})

test('a store that was passed stays open when a cache on it is closed (RC-15)', async () => {
  const store = createMemoryStore()
  await fill({ backend: store })
  await using cache = counting({ backend: store })
  expect((await cache.fetch(URL_A)).fromCache).toBe(true)
})

test('settings belong to the cache: two on one store do not change each other (RC-11)', async () => {
  const store = createMemoryStore()
  await using lasting = world(undefined, { cacheControl: false, expireAfter: 1000, ignoredParameters: ['a'] }, store)
  await using brief = world(undefined, { cacheControl: false, expireAfter: 1 }, store)
  await text(lasting.fetch(`${URL_A}?a=1`))
  expect((await lasting.cache.explain(`${URL_A}?a=2`)).action).toBe('reuse')
  expect((await brief.cache.explain(`${URL_A}?a=2`)).action).toBe('forward')
  await text(lasting.fetch(URL_A))
  for (const at of [lasting, brief]) at.pass(10)
  expect((await lasting.cache.explain(URL_A)).action).toBe('reuse')
  expect((await brief.cache.explain(URL_A)).action).toBe('forward')
  await brief.cache.close()
  expect((await lasting.fetch(URL_A)).fromCache).toBe(true)
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { withCompression } from '../../adapters/compression.ts'
import { withEncryption } from '../../adapters/encryption.ts'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { withSigning } from '../../adapters/signing.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { createCache } from '../../src/index.ts'
import type { Store } from '../../src/store.ts'
import { bytes, key, meta, streamOf } from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'

const KEYS = { keys: [{ id: 'k1', key: new Uint8Array(32).fill(7) }] }

/** Each occurs nowhere else. */
const SECRETS = [
  'https://secret-host.test/secret-path?secret-query=1',
  'secret-path',
  'secret-selector',
  'secret-variant',
  'secret-tag',
  'secret-namespace',
  'x-secret-header',
  'secret-value',
  'secret-body-small',
  'secret-body-large',
]

async function fill(store: Store): Promise<void> {
  const of = key(SECRETS[0] ?? '', 'secret-selector')
  const full = meta('secret-variant', {
    tags: ['secret-tag'],
    envelope: { fields: 'x-secret-header:secret-value', note: 'secret-body-small' },
  })
  await store.put(of, full, bytes('secret-body-small'))
  const large = bytes('secret-body-large '.repeat(20_000))
  await store.put({ ...of, namespace: 'secret-namespace' }, full, streamOf(large))
  const [found] = await store.get(of)
  if (found) await store.update(found, full)
}

/** All bytes of a folder's files, with the WAL and the like, and their names. */
function raw(path: string): string {
  const found = readdirSync(path, { recursive: true, withFileTypes: true })
  return found
    .map((entry) => entry.name + (entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), 'latin1') : ''))
    .join('\n')
}

const BACKENDS = {
  SQLite: (path: string) => createSqliteStore({ path: join(path, 'cache.sqlite') }),
  files: (path: string) => createFilesystemStore({ path: join(path, 'cache') }),
  'files of YAML': (path: string) => createFilesystemStore({ path: join(path, 'cache'), codec: 'yaml' }),
}

describe.each(Object.entries(BACKENDS))('in the bytes of %s', (_, create) => {
  const traces = async (wrap: (store: Store) => Store): Promise<string[]> => {
    using own = directory()
    const store = wrap(create(own.path))
    await fill(store)
    // Before and after, since closing may move what was written.
    const open = raw(own.path)
    await store.close()
    const all = open + raw(own.path)
    return SECRETS.filter((secret) => all.includes(secret) || all.includes(btoa(secret).slice(2, -4)))
  }

  test('nothing is found of URL, selector, variant, tag, namespace, header or body once it is encrypted (RC-262)', async () => {
    expect(await traces((store) => withEncryption(store, KEYS))).toEqual([])
    expect(await traces((store) => withCompression(withEncryption(store, KEYS)))).toEqual([])
    expect(await traces((store) => withEncryption(withCompression(store), KEYS))).toEqual([])
  })

  test('all but the name of a namespace is found otherwise, and where it is only signed', async () => {
    const found = (await traces((store) => store)).filter((secret) => secret !== 'secret-namespace')
    expect(found).toEqual(SECRETS.filter((secret) => secret !== 'secret-namespace'))
    const signed = await traces((store) => withSigning(store, KEYS))
    expect(signed.filter((secret) => secret !== 'secret-namespace')).toEqual(found)
  })
})

test('compressed first, bodies get smaller and are encrypted; encrypted first, they stay as long as they are', async () => {
  const body = bytes('the same again '.repeat(10_000))
  const taken = async (wrap: (store: Store) => Store): Promise<number> => {
    const memory = createMemoryStore()
    const store = wrap(memory)
    await store.put(key('a'), meta(), body)
    const [entry] = await store.get(key('a'))
    expect(new Uint8Array(await new Response(await entry?.open()).arrayBuffer())).toEqual(body)
    return (await memory.usage('http')).bytes
  }
  expect(await taken((store) => withCompression(withEncryption(store, KEYS)))).toBeLessThan(body.length / 20)
  expect(await taken((store) => withEncryption(withCompression(store), KEYS))).toBeGreaterThan(body.length)
})

describe('a cache on an encrypted SQLite file', () => {
  const URL = 'https://origin.test/secret-path'

  function cacheAt(path: string, body = 'secret-body') {
    const asked: string[] = []
    const errors: unknown[] = []
    const cache = createCache({
      backend: withEncryption(createSqliteStore({ path }), KEYS),
      fetch: async (input) => {
        asked.push(new Request(input).url)
        return new Response(body, { headers: { 'cache-control': 'max-age=3600', 'x-secret-header': 'secret-value' } })
      },
      onError: (error) => errors.push(error),
    })
    return { cache, asked, errors }
  }

  test('hits after it was closed and opened again', async () => {
    using own = directory()
    const path = join(own.path, 'cache.sqlite')
    const one = cacheAt(path)
    expect(await (await one.cache.fetch(URL)).text()).toBe('secret-body')
    await one.cache.close()
    expect(raw(own.path)).not.toContain('secret')
    const two = cacheAt(path)
    const response = await two.cache.fetch(URL)
    expect([response.fromCache, await response.text()]).toEqual([true, 'secret-body'])
    expect([response.headers.get('x-secret-header'), two.asked, two.errors]).toEqual(['secret-value', [], []])
    await two.cache.close()
  })

  test('asks the origin where the record was changed, tells of it, and repairs it (RC-263, trap 64)', async () => {
    using own = directory()
    const path = join(own.path, 'cache.sqlite')
    const one = cacheAt(path)
    await (await one.cache.fetch(URL)).text()
    await one.cache.close()
    const database = new DatabaseSync(path)
    database.exec("UPDATE stowaway_entries SET body = zeroblob(length(body)) WHERE namespace = 'http'")
    database.close()
    const two = cacheAt(path, 'fresh')
    const response = await two.cache.fetch(URL)
    expect([response.fromCache, await response.text(), two.asked]).toEqual([false, 'fresh', [URL]])
    expect(two.errors).toMatchObject([{ code: 'corrupt' }])
    const again = await two.cache.fetch(URL)
    expect([again.fromCache, await again.text()]).toEqual([true, 'fresh'])
    await two.cache.close()
  })
})

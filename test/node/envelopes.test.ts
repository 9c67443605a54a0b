import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withEncryption } from '../../adapters/encryption.ts'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { createCache } from '../../src/index.ts'
import type { Envelope, Store } from '../../src/store.ts'
import { bytes, listed } from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'

const keys = [{ id: 'k', key: new Uint8Array(32) }]
const URL = 'https://origin.test/'

const BACKENDS = {
  memory: () => createMemoryStore(),
  SQLite: (path: string) => createSqliteStore({ path: join(path, 'cache.sqlite') }),
  'SQLite with JSON': (path: string) => createSqliteStore({ path: join(path, 'cache.sqlite'), codec: 'json' }),
  files: (path: string) => createFilesystemStore({ path: join(path, 'cache') }),
  'files of YAML': (path: string) => createFilesystemStore({ path: join(path, 'cache'), codec: 'yaml' }),
  'an encrypted store': () => withEncryption(createMemoryStore(), { keys }),
}

describe.each(Object.entries(BACKENDS))('in %s', (_, create: (path: string) => Store) => {
  test.each<[string, (envelope: Envelope) => Envelope]>([
    ['of a version to come', (envelope) => ({ ...envelope, v: 99 })],
    ['of no version', ({ v: _version, ...rest }) => rest],
    ['that is empty', () => ({})],
    [
      'compressed by a wrapper that is not there',
      (envelope) => ({ 'stowaway/compression': 1, format: 'gzip', envelope }),
    ],
  ])('an envelope %s is a miss without an error, and written anew (RC-268)', async (_name, change) => {
    using own = directory()
    const store = create(own.path)
    const errors: unknown[] = []
    let asked = 0
    const cache = createCache({
      backend: store,
      fetch: async () => new Response(`${++asked}`, { headers: { 'cache-control': 'max-age=60' } }),
      onError: (error) => errors.push(error),
    })
    const ask = async (): Promise<string> => (await cache.fetch(URL)).text()
    expect([await ask(), await ask()]).toEqual(['1', '1'])
    const [entry] = await listed(store)
    if (entry) await store.put(entry.key, { ...entry.meta, envelope: change(entry.meta.envelope) }, bytes('odd'))
    expect([await ask(), await ask(), errors]).toEqual(['2', '2', []])
    expect((await listed(store)).length).toBe(1)
    await cache.close()
  })
})

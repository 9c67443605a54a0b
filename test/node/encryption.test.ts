import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withEncryption } from '../../adapters/encryption.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import type { Store, StoreOptions } from '../../src/store.ts'
import { storeContract } from '../store-contract.ts'
import { directory } from '../support/fs-directory.ts'
import { liveBytes } from '../support/live-bytes.ts'
import { roomFor } from '../support/sealed-options.ts'

const named = (...ids: readonly number[]) => ({
  keys: ids.map((id) => ({ id: `k${id}`, key: new Uint8Array(32).fill(id) })),
})

describe('encryption over memory', () => {
  storeContract(
    { describe, expect, test },
    (options) => {
      const store = createMemoryStore(roomFor(options, 16, 64 * 1024 * 1024))
      return { store: withEncryption(store, named(1, 2)) }
    },
    { resident: true, verbatim: false, liveBytes },
  )
})

describe('encryption over SQLite', () => {
  storeContract(
    { describe, expect, test },
    (options) => {
      const own = directory()
      const create = (): Store => withEncryption(createSqliteStore(placed(options, own.path)), named(1))
      return { store: create(), reopen: create, teardown: () => own[Symbol.dispose]() }
    },
    { persists: true, verbatim: false, liveBytes },
  )
})

const placed = (options: StoreOptions, path: string): StoreOptions & { readonly path: string } => ({
  ...roomFor(options, 16, 1024 ** 3),
  path: join(path, 'cache.sqlite'),
})

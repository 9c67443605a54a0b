import { describe, expect, test } from 'vitest'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { storeContract } from '../store-contract.ts'
import { liveBytes } from '../support/live-bytes.ts'
import { DRIVERS, folder } from '../support/sqlite-place.ts'

describe.each(DRIVERS)('the SQLite store with %s', (driver) => {
  storeContract(
    { describe, expect, test },
    (options) => {
      const { file, remove } = folder()
      const open = () => createSqliteStore({ ...options, driver, path: file() })
      return { store: open(), reopen: open, teardown: remove }
    },
    { exact: true, persists: true, liveBytes },
  )
})

import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { storeContract } from '../store-contract.ts'
import { directory } from '../support/fs-directory.ts'

setFlagsFromString('--expose-gc')
// The flag comes too late for this context's own globals.
const collect = runInNewContext('gc') as () => void

function liveBytes(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('filesystem', () => {
  storeContract(
    { describe, test, expect },
    (options) => {
      const own = directory()
      const create = () => createFilesystemStore({ ...options, path: join(own.path, 'cache') })
      return { store: create(), reopen: create, teardown: () => own[Symbol.dispose]() }
    },
    { exact: true, persists: true, liveBytes },
  )
})

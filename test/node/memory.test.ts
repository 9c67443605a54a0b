import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../adapters/memory.ts'
import { storeContract } from '../store-contract.ts'
import { liveBytes } from '../support/live-bytes.ts'

describe('the memory store', () => {
  storeContract({ describe, expect, test }, (options) => ({ store: createMemoryStore(options) }), {
    resident: true,
    liveBytes,
  })
})

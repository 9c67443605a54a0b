import { describe, expect, test } from 'vitest'
import { withCompression } from '../../adapters/compression.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { storeContract } from '../store-contract.ts'
import { liveBytes } from '../support/live-bytes.ts'

describe('compression over memory', () => {
  storeContract({ describe, expect, test }, (options) => ({ store: withCompression(createMemoryStore(options)) }), {
    resident: true,
    verbatim: false,
    liveBytes,
  })
})

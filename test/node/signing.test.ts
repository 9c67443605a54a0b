import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../adapters/memory.ts'
import { withSigning } from '../../adapters/signing.ts'
import { storeContract } from '../store-contract.ts'
import { liveBytes } from '../support/live-bytes.ts'
import { roomFor } from '../support/sealed-options.ts'

const key = (fill: number) => ({ id: `k${fill}`, key: new Uint8Array(32).fill(fill) })

describe('signing over memory', () => {
  storeContract(
    { describe, expect, test },
    (options) => {
      const store = createMemoryStore(roomFor(options, 32, 64 * 1024 * 1024))
      return { store: withSigning(store, { keys: [key(1), key(2)] }) }
    },
    { resident: true, liveBytes },
  )
})

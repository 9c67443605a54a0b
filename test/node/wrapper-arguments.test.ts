import { expect, test } from 'vitest'
import { withCompression } from '../../adapters/compression.ts'
import { withEncryption } from '../../adapters/encryption.ts'
import { withSigning } from '../../adapters/signing.ts'

const keys = [{ id: 'a', key: new Uint8Array(32) }]

test.each<[string, (store: never) => unknown]>([
  ['withCompression', (store) => withCompression(store)],
  ['withEncryption', (store) => withEncryption(store, { keys })],
  ['withSigning', (store) => withSigning(store, { keys })],
])('%s is put around a store, and refuses all else at the call', (_, wrap) => {
  for (const given of ['sqlite', { backend: 'sqlite' }, undefined]) {
    // What a caller without types may give.
    expect(() => wrap(given as never)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  }
})

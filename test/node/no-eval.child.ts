/** Uses every codec and wrapper once; started where code can't be made of strings. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { withCompression } from '../../adapters/compression.ts'
import { withEncryption } from '../../adapters/encryption.ts'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { withSigning } from '../../adapters/signing.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { bytes, first, key, meta, text } from '../support/contract/kit.ts'

const [, , folder = ''] = process.argv
const keys = [{ id: 'k', key: new Uint8Array(32) }]

// What this process is started for.
assert.throws(() => Reflect.construct(Function, ['return 1']), EvalError)
for (const codec of ['msgpack', 'json', 'yaml', 'bson'] as const) {
  for (const store of [
    createSqliteStore({ path: join(folder, `${codec}.sqlite`), codec, driver: 'node:sqlite' }),
    createFilesystemStore({ path: join(folder, codec), codec }),
  ]) {
    const wrapped = withCompression(withEncryption(withSigning(store, { keys }), { keys }))
    // More than msgpackr takes before it would make a reader of its own.
    for (let i = 0; i < 50; i++) {
      await wrapped.put(key(`u${i}`), meta('v', { envelope: { v: 1, i, fields: 'a:b' } }), bytes('x'.repeat(2000)))
      assert.equal(await text(await first(wrapped, key(`u${i}`))), 'x'.repeat(2000))
    }
    await wrapped.close()
  }
}
console.log('done')

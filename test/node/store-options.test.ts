import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { createCache } from '../../src/index.ts'
import type { Store } from '../../src/store.ts'
import { bytes, key, meta } from '../support/contract/kit.ts'

/** What callers without types may give. */
const CREATE = {
  memory: createMemoryStore as (options: unknown) => Store,
  sqlite: createSqliteStore as (options: unknown) => Store,
  filesystem: createFilesystemStore as (options: unknown) => Store,
}
type Name = keyof typeof CREATE

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('was accepted')
}

function expectRefusal(run: () => unknown, message: string, code = 'invalid-option'): void {
  const error = errorOf(run)
  expect(error).toMatchObject({ name: 'StowawayError', code, message: expect.stringContaining(message) as unknown })
  expect(String(error).length).toBeLessThanOrEqual(180)
}

describe('a store refuses at the call', () => {
  test.for<[Name, object, string]>([
    ['sqlite', { busyTimeout: -1 }, 'busyTimeout: -1 is not accepted; give milliseconds'],
    ['sqlite', { busyTimeout: Number.NaN }, 'busyTimeout: NaN'],
    ['sqlite', { busyTimeout: '5s' }, 'busyTimeout: "5s"'],
    ['sqlite', { busyTimeout: null }, 'busyTimeout: null'],
    ['sqlite', { driver: 'sqlite3' }, `driver: "sqlite3" is not accepted; give 'better-sqlite3' or 'node:sqlite'`],
    ['sqlite', { driver: 'toString' }, 'driver: "toString"'],
    ['sqlite', { driver: null }, 'driver: null'],
    ['sqlite', { database: 'x.sqlite' }, 'database: "x.sqlite" is not accepted; give an open database'],
    ['sqlite', { database: {} }, 'database: an object'],
    ['sqlite', { database: { prepare() {}, exec() {} } }, 'database: an object'],
    ['sqlite', { database: null }, 'database: null'],
  ])('%s, %o', ([name, options, message]) => {
    expectRefusal(() => CREATE[name](options), message)
  })

  const everywhere: readonly [object | string | null, string][] = [
    [{ maxBytes: 0 }, 'maxBytes: 0 is not accepted; give a whole number above 0'],
    [{ maxEntries: Object.create(null) as unknown }, 'maxEntries: an object'],
    [{ maxEntryBytes: 'x'.repeat(1000) }, 'maxEntryBytes: "xxx'],
    [{ now: 5 }, 'now: 5 is not accepted; give a function'],
    ['somewhere', 'options: "somewhere" is not accepted; give an object'],
    [null, 'options: null'],
  ]
  test.for(everywhere)('every backend, %o', ([options, message]) => {
    for (const create of Object.values(CREATE)) expectRefusal(() => create(options), message)
  })

  const paths = ['', 'a\0b', 5, null, {}, ['x'], new URL('https://a.test/x'), new URL('file:///a%00b')]
  test.for(paths.map((path) => [path]))('every backend that has a path, %o', ([path]) => {
    const accepted = 'is not accepted; give text without NUL, or a file: URL'
    for (const name of ['sqlite', 'filesystem'] as const) expectRefusal(() => CREATE[name]({ path }), accepted)
    // A caller without types.
    expectRefusal(() => createCache({ path: path as string }), accepted)
  })

  test('an option that it does not have, by its name', () => {
    for (const create of Object.values(CREATE)) expectRefusal(() => create({ size: 1 }), '"size"', 'unknown-option')
    expectRefusal(() => CREATE.memory({ path: 'x' }), '"path"', 'unknown-option')
  })
})

describe('a file: URL', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stowaway-url-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const at = (name: string): URL => new URL(encodeURIComponent(name), `${pathToFileURL(directory).href}/`)

  test.for([
    ['sqlite', createSqliteStore],
    ['filesystem', createFilesystemStore],
  ] as const)('is a path for %s', async ([, create]) => {
    const store = create({ path: at('a b#?%') })
    await store.put(key('a'), meta(), bytes('x'))
    await store.close()
    expect(existsSync(join(directory, 'a b#?%'))).toBe(true)
  })

  test.for(['sqlite', 'filesystem'])('is a path for createCache with %s', async (backend) => {
    const path = at('before')
    const cache = createCache({ backend, path })
    path.href = at('after').href
    await cache.open()
    await cache.close()
    expect(readdirSync(directory)).toEqual(['before'])
  })
})

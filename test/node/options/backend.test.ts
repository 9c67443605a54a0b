import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import type { CacheOptions } from '../../../src/index.ts'

/** What callers without types may give. */
const refusal = (options: object): unknown => {
  try {
    createCache(options as CacheOptions)
  } catch (error) {
    return error
  }
  throw new Error('was accepted')
}

describe("a backend's own option", () => {
  test.each<[CacheOptions]>([
    [{ backend: 'sqlite', useCacheDir: true, wal: false, fastSave: true, busyTimeout: 3, codec: 'json' }],
    [{ useTemp: true, path: 'a/b.sqlite' }],
    [{ useMemory: true }],
    [{ busyTimeout: '500ms', useTemp: false, useMemory: false, path: '/a/b' }],
    [{ backend: 'Filesystem', useCacheDir: true, codec: 'yaml', extension: 'yml' }],
    [{ backend: 'filesystem', useTemp: true, extension: '' }],
    [{ backend: 'memory', wal: undefined } as unknown as CacheOptions],
  ])('is taken where the backend has it: %o (RC-280, RC-284)', (options) => {
    expect(() => createCache(options)).not.toThrow()
  })

  test.each<[object, string]>([
    [{ backend: 'memory', wal: false }, 'wal: false is not accepted; give it with backend: sqlite'],
    [{ backend: 'memory', useTemp: true }, 'useTemp: true is not accepted; give it with backend: sqlite or filesystem'],
    [{ backend: 'filesystem', fastSave: true }, 'fastSave: true is not accepted; give it with backend: sqlite'],
    [{ backend: 'filesystem', useMemory: false }, 'useMemory: false'],
    [{ extension: 'json' }, 'extension: "json" is not accepted; give it with backend: filesystem'],
    [{ backend: createMemoryStore(), wal: true }, 'wal: true is not accepted; give it to the store that is passed as'],
    [{ wal: 'yes' }, 'wal: "yes" is not accepted; give true or false'],
    [{ useTemp: 1 }, 'useTemp: 1'],
    [{ codec: 'jsn' }, 'codec: "jsn" is not accepted; give msgpack, json, yaml, bson'],
    [{ codec: {} }, 'codec: {}'],
    [{ backend: 'filesystem', extension: 'a/b' }, 'extension: "a/b" is not accepted; give letters, digits'],
    [{ backend: 'filesystem', extension: `${'a'.repeat(50_000)}/` }, 'extension: "aaa'],
    [{ busyTimeout: 5000 }, "busyTimeout: 5000 is not accepted; give a minute at most: seconds, or '500ms'"],
    [{ busyTimeout: '60' }, 'busyTimeout: "60"'],
    [{ busyTimeout: Number.POSITIVE_INFINITY }, 'busyTimeout: Infinity'],
    [{ useTemp: true, useCacheDir: true }, 'useTemp: true is not accepted; give it without useCacheDir'],
    [{ useMemory: true, useCacheDir: true }, 'useMemory: true is not accepted; give it without useCacheDir'],
    [{ useCacheDir: true, path: '/a' }, 'path: "/a" is not accepted; give one that is relative beside useCacheDir'],
    [{ useTemp: true, path: '~/a' }, 'path: "~/a"'],
    [{ useTemp: true, path: 'C:\\a' }, 'is not accepted; give one that is relative beside useTemp'],
    [{ useTemp: true, path: new URL('file:///a') }, 'path: "file:///a"'],
    [{ useMemory: true, path: 'a' }, 'path: "a" is not accepted; give none beside useMemory'],
    [{ use_cache_dir: true }, '"use_cache_dir" is not an option; use useCacheDir'],
  ])('is refused at the call: %o (RC-6, RC-280)', (options, message) => {
    expect(refusal(options)).toMatchObject({
      name: 'StowawayError',
      message: expect.stringContaining(message) as unknown,
    })
  })
})

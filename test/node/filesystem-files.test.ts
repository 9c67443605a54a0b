import {
  existsSync,
  mkdirSync,
  promises,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import type { FilesystemStoreOptions } from '../../adapters/filesystem.ts'
import type { Store, StoreEvent } from '../../src/store.ts'
import {
  bytes,
  first,
  key,
  listed,
  marked,
  meta,
  outcome,
  pattern,
  read,
  target,
  text,
  urls,
} from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'
import { age, files, only } from '../support/fs-files.ts'

const A = key('https://a.test/')
const RECORD = /^(http|_[0-9a-f]{40})\/[0-9a-f]{2}\/[0-9a-f]{40}(-[0-9a-f]{40})?\/[0-9a-f]{40}$/

afterEach(() => {
  vi.restoreAllMocks()
})

interface Watched {
  readonly store: Store
  readonly path: string
  readonly heard: StoreEvent[]
  readonly codes: () => string[]
}

async function withStore(
  use: (watched: Watched) => Promise<void>,
  options: FilesystemStoreOptions = {},
): Promise<void> {
  using own = directory()
  const path = join(own.path, 'cache')
  const store = createFilesystemStore({ path, ...options })
  const heard: StoreEvent[] = []
  store.watch((event) => heard.push(event))
  const codes = (): string[] =>
    heard.map((event) => (event.type === 'error' && 'code' in event.error ? String(event.error.code) : event.type))
  try {
    await use({ store, path, heard, codes })
  } finally {
    await store.close()
  }
}

async function reopened(
  path: string,
  options: FilesystemStoreOptions,
  use: (store: Store) => Promise<void>,
): Promise<void> {
  const store = createFilesystemStore({ path, ...options })
  try {
    await use(store)
  } finally {
    await store.close()
  }
}

describe('the files', () => {
  test('of a small entry are one, whose first line is JSON that says all, and whose rest is the body', () =>
    withStore(async ({ store, path }) => {
      await store.put(A, meta('v', { tags: ['t'] }), bytes('line 1\nline 2'))
      const [line = '', ...body] = readFileSync(only(path), 'utf8').split('\n')
      expect(JSON.parse(line)).toMatchObject({ ...A, ...meta('v', { tags: ['t'] }), size: 13, body: null })
      expect(body).toEqual(['line 1', 'line 2'])
    }))

  test('of a large entry are two, and an update leaves that of the body as it is', () =>
    withStore(async ({ store, path }) => {
      const put = await store.put(A, meta(), pattern(1, 100_000))
      const before = statSync(only(path, /body$/), { bigint: true })
      expect(readFileSync(only(path, /body$/)).equals(pattern(1, 100_000))).toBe(true)
      expect(await store.update(put, marked('new'))).toBe(true)
      const after = statSync(only(path, /body$/), { bigint: true })
      expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs])
      expect(files(path).length).toBe(2)
    }))

  test('of what was replaced and deleted are gone, and so are its folders', () =>
    withStore(async ({ store, path }) => {
      for (const seed of [1, 2]) await store.put(A, meta(), pattern(seed, 100_000))
      expect(files(path).length).toBe(2)
      await store.delete([target(A)])
      await store.put(key('x', '', 'named'), meta(), bytes('x'))
      await store.delete([{ namespace: 'named' }])
      expect(files(path)).toEqual([])
    }))

  test('have names that owe nothing to the characters of a key (RC-192, RC-284)', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), fc.string(), fc.string(), async (...parts) => {
        const [url, selector, namespace, variant] = parts
        await withStore(async ({ store, path }) => {
          const of = key(url, selector, namespace)
          await store.put(of, meta(variant), bytes('x'))
          expect(files(path).filter((name) => !RECORD.test(name))).toEqual([])
          const found = await first(store, of)
          expect([found?.key, found?.meta.variant]).toEqual([of, variant])
        })
      }),
      { numRuns: 40, examples: [['\ud800', '\udfff', '../..', 'con']] },
    ))

  test('tell apart keys that UTF-8 would not', () =>
    withStore(async ({ store }) => {
      for (const url of ['\ud800', '\ud801', '\ufffd'])
        await store.put(key(url), meta(), bytes(url.codePointAt(0)?.toString() ?? ''))
      expect(await text(await first(store, key('\ud800')))).toBe(`${0xd800}`)
      expect((await first(store, key('\ud801')))?.key.url).toBe('\ud801')
    }))
})

describe('a look-up', () => {
  test('is answered at once, with the same metadata object as long as the entry is the same', () =>
    withStore(async ({ store }) => {
      const put = await store.put(A, meta(), bytes('x'))
      const [one, two] = [store.get(A), store.get(A)]
      if (one instanceof Promise || two instanceof Promise) throw new Error('These are promises')
      expect([one.length, two.length]).toEqual([1, 1])
      expect(one[0]?.meta).toBe(two[0]?.meta)
      await store.update(put, marked('new'))
      expect((await first(store, A))?.meta).toEqual(marked('new'))
    }))
})

describe('entries that were changed by hand', () => {
  const damages: readonly [string, number, (path: string) => void][] = [
    ['an empty record', 10, (path) => truncateSync(only(path))],
    ['a record cut off in its line', 10, (path) => truncateSync(only(path), 40)],
    ['a record cut off in its body', 1000, (path) => truncateSync(only(path), statSync(only(path)).size - 1)],
    ['a record with more than its body', 10, (path) => writeFileSync(only(path), 'x', { flag: 'a' })],
    ['a record of zeros', 10, (path) => writeFileSync(only(path), Buffer.alloc(statSync(only(path)).size))],
    ['a record whose body is zeros', 1000, zeroBody],
    ['a record that is not ours', 10, (path) => writeFileSync(only(path), '{"stowaway":1}\n')],
    ['a record that names another file', 100_000, nameOther],
    ['a record at the place of another', 10, misplace],
  ]
  for (const [name, size, damage] of damages) {
    test(`${name} is a miss, reported once and removed`, () =>
      withStore(async ({ store, path, codes }) => {
        await store.put(A, meta(), pattern(1, size))
        damage(path)
        expect(await store.get(A)).toEqual([])
        expect(await store.get(A)).toEqual([])
        expect(codes()).toEqual(['corrupt'])
        expect(await listed(store)).toEqual([])
        expect(files(path).filter((file) => RECORD.test(file))).toEqual([])
        await store.put(A, meta(), bytes('again'))
        expect(await text(await first(store, A))).toBe('again')
      }))
  }

  test('a damage that list finds first is reported and removed too', () =>
    withStore(async ({ store, path, codes }) => {
      await store.put(A, meta(), pattern(1, 10))
      await store.put(key('whole'), meta(), bytes('x'))
      truncateSync(
        join(path, files(path).find((file) => readFileSync(join(path, file), 'utf8').includes('a.test')) ?? ''),
        5,
      )
      expect(urls(await listed(store))).toEqual(['whole'])
      expect(codes()).toEqual(['corrupt'])
    }))

  for (const [name, damage] of [
    ['cut off', (path: string) => truncateSync(only(path, /body$/), 99_999)],
    ['removed', (path: string) => rmSync(only(path, /body$/))],
  ] as const) {
    test(`a large body that was ${name} is gone, and then the entry is a miss`, () =>
      withStore(async ({ store, path, codes }) => {
        await store.put(A, meta(), pattern(1, 100_000))
        damage(path)
        const found = await first(store, A)
        expect(await outcome(() => read(found))).toBe('gone')
        await store.delete([])
        await vi.waitFor(() => expect(codes()).toEqual(['corrupt']))
        expect(await store.get(A)).toEqual([])
      }))
  }

  test('removing a file, or a folder, removes the entry', () =>
    withStore(async ({ store, path, codes }) => {
      const put = await store.put(A, meta(), bytes('x'))
      rmSync(only(path))
      expect(await store.get(A)).toEqual([])
      expect(await store.update(put, meta())).toBe(false)
      await store.put(A, meta(), bytes('y'))
      rmSync(path, { recursive: true })
      expect(await store.get(A)).toEqual([])
      expect(await listed(store)).toEqual([])
      await store.put(A, meta(), pattern(1, 100_000))
      expect((await first(store, A))?.size).toBe(100_000)
      expect(codes()).toEqual([])
    }))

  test('files that are not ours stay as they are', () =>
    withStore(async ({ store, path }) => {
      await store.put(A, meta(), bytes('x'))
      const foreign = ['notes.txt', 'http/notes.txt', 'http/ab', `${only(path)}.bak`.slice(path.length + 1)]
      for (const name of foreign) writeFileSync(join(path, name), 'mine')
      mkdirSync(join(path, 'other/ab'), { recursive: true })
      age(path)
      expect((await listed(store)).length).toBe(1)
      expect(await store.delete([{ namespace: 'http' }])).toBe(1)
      expect(files(path)).toEqual(foreign.toSorted())
      expect(existsSync(join(path, 'other/ab'))).toBe(true)
    }))
})

describe('what is kept up', () => {
  test('times of use survive the process', async () => {
    using own = directory()
    const options = { maxEntries: 3 }
    await reopened(own.path, options, async (store) => {
      for (const url of ['a', 'b', 'c']) await store.put(key(url), meta(), bytes(url))
    })
    const hours = { a: 3, b: 2, c: 1 }
    for (const name of files(own.path)) {
      const { url } = JSON.parse(readFileSync(join(own.path, name), 'utf8').split('\n')[0] ?? '') as {
        url: keyof typeof hours
      }
      const seconds = Date.now() / 1000 - hours[url] * 3600
      utimesSync(join(own.path, name), seconds, seconds)
    }
    await reopened(own.path, options, async (store) => {
      await store.get(key('a'))
    })
    await reopened(own.path, options, async (store) => {
      await listed(store)
      await store.put(key('d'), meta(), bytes('d'))
      expect(urls(await listed(store))).toEqual(['a', 'c', 'd'])
    })
  })

  test('what may be reclaimed is removed by itself, but of other namespaces (RC-291)', async () => {
    using own = directory()
    const soon = meta('', { reclaimAt: 2000 })
    await reopened(own.path, { now: () => 1000 }, async (store) => {
      await store.put(key('old'), soon, pattern(1, 100_000))
      await store.put(key('lasting'), meta(), bytes('x'))
      await store.put(key('named', '', 'n'), soon, bytes('x'))
    })
    await reopened(own.path, { now: () => 3000 }, async (store) => {
      const evicted = new Promise<StoreEvent>((resolve) => store.watch(resolve))
      await store.open()
      expect(await evicted).toEqual({ type: 'evicted', key: key('old'), variant: '', reason: 'expired' })
      expect(urls(await listed(store))).toEqual(['lasting'])
      expect((await store.get(key('named', '', 'n'))).length).toBe(1)
      expect(files(own.path).length).toBe(2)
    })
  })

  test('the 65th variant of a key takes the place of the oldest', () =>
    withStore(async ({ store }) => {
      for (let i = 0; i < 66; i++) await store.put(A, meta(`${i}`), bytes('x'))
      const variants = (await store.get(A)).map((entry) => entry.meta.variant)
      expect([variants.length, variants[0], variants.at(-1)]).toEqual([64, '65', '2'])
    }))
})

describe('a lock', () => {
  test('that a dead writer has left is broken once it is old', () =>
    withStore(async ({ store, path }) => {
      await store.put(A, meta(), bytes('old'))
      const lock = join(only(path), '../lock')
      writeFileSync(lock, '')
      utimesSync(lock, 1, 1)
      await store.put(A, meta(), bytes('new'))
      expect(await text(await first(store, A))).toBe('new')
      expect(existsSync(lock)).toBe(false)
    }))

  test('of a living writer is waited for, while readers are not held up', () =>
    withStore(async ({ store, path }) => {
      await store.put(A, meta(), bytes('old'))
      const lock = join(only(path), '../lock')
      writeFileSync(lock, '')
      let done = false
      const put = store.put(A, meta(), bytes('new')).then(() => (done = true))
      await vi.waitUntil(() => files(path).some((name) => name.endsWith('.tmp')))
      expect(await text(await first(store, A))).toBe('old')
      expect(done).toBe(false)
      rmSync(lock)
      await put
      expect(await text(await first(store, A))).toBe('new')
    }))

  test('makes an update see what its owner has deleted', () =>
    withStore(async ({ store, path }) => {
      const put = await store.put(A, meta(), bytes('old'))
      const record = only(path)
      const lock = join(record, '../lock')
      writeFileSync(lock, '')
      const updated = store.update(put, marked('new'))
      await vi.waitUntil(() => files(path).some((name) => name.endsWith('.tmp')))
      rmSync(record)
      rmSync(lock)
      expect(await updated).toBe(false)
      expect(await store.get(A)).toEqual([])
    }))
})

describe('a full disk', () => {
  const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })

  test('makes room for a small body and tries once more', () =>
    withStore(async ({ store, path, heard }) => {
      for (const url of ['a', 'b']) await store.put(key(url), meta(), pattern(1, 60_000))
      vi.spyOn(promises, 'writeFile').mockRejectedValueOnce(full())
      await store.put(key('c'), meta(), bytes('c'))
      expect(urls(await listed(store))).toEqual(['c'])
      expect(heard.map((event) => event.type === 'evicted' && event.key.url)).toEqual(['a', 'b'])
      expect(files(path).length).toBe(1)
    }))

  test('that stays full makes a put too-large, and leaves no file', () =>
    withStore(async ({ store, path }) => {
      await store.put(key('a', '', 'named'), meta(), bytes('a'))
      vi.spyOn(promises, 'writeFile').mockRejectedValue(full())
      expect(await outcome(() => store.put(A, meta(), bytes('c')))).toBe('too-large')
      expect(await outcome(() => store.put(A, meta(), pattern(1, 100_000)))).toBe('too-large')
      expect(files(path).length).toBe(1)
    }))
})

describe('a path', () => {
  test('that is a file, or below one, is unusable, and the error names it', async () => {
    using own = directory()
    const file = join(own.path, 'file')
    writeFileSync(file, 'x')
    for (const path of [file, join(file, 'below')]) {
      const store = createFilesystemStore({ path })
      await expect(store.open()).rejects.toThrow(path)
      expect(await outcome(() => store.open())).toBe('unusable-path')
      expect(await outcome(() => store.get(A))).toBe('unusable-path')
      expect(await outcome(() => store.put(A, meta(), bytes('x')))).toBe('unusable-path')
      await store.close()
    }
  })

  test('is created with all folders above it, for its user alone', async () => {
    using own = directory()
    const path = join(own.path, 'deep/cache')
    await reopened(path, {}, async (store) => void (await store.put(A, meta(), bytes('x'))))
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  test('and budgets that make no sense are refused at the call', () => {
    for (const options of [{ path: '' }, { path: 'a\0b' }, { maxBytes: -1 }, { maxEntries: Number.NaN }]) {
      expect(() => createFilesystemStore(options)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    }
  })
})

function zeroBody(path: string): void {
  const content = readFileSync(only(path))
  writeFileSync(only(path), content.fill(0, content.indexOf(10) + 1))
}

function nameOther(path: string): void {
  const line = readFileSync(only(path), 'utf8')
  writeFileSync(only(path), line.replace(/"body":"[^"]+"/, '"body":"../../../other"'))
}

function misplace(path: string): void {
  const file = only(path)
  const line = readFileSync(file, 'utf8').replace('https://a.test/', 'https://b.test/')
  writeFileSync(`${file}.tmp`, line)
  renameSync(`${file}.tmp`, file)
}

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import type { Store } from '../../src/store.ts'
import { bytes, first, key, listed, meta, pattern, START } from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'
import { only } from '../support/fs-files.ts'

const A = key('a')

async function withStore(use: (store: Store, path: string, codes: unknown[]) => Promise<void>): Promise<void> {
  using own = directory()
  const path = join(own.path, 'cache')
  const store = createFilesystemStore({ path, now: () => START })
  const codes: unknown[] = []
  store.watch((event) => void codes.push(event.type === 'error' && 'code' in event.error && event.error.code))
  try {
    await use(store, path, codes)
  } finally {
    await store.close()
  }
}

/** All that the system tells of a tree that a write would change. */
const traces = (path: string): string[] =>
  ['', ...readdirSync(path, { recursive: true, encoding: 'utf8' })].map((name) => {
    const { ino, mtimeNs, ctimeNs, size } = statSync(join(path, name), { bigint: true })
    return [name, ino, mtimeNs, ctimeNs, size].join()
  })

test('orders are those that are known without reading files', () =>
  withStore(async (store) => {
    expect(store.limits.orders).toEqual(['createdAt', 'expiresAt', 'size', 'usedAt'])
  }))

test('a look-up without a touch, a listing and a count change nothing on disk', () =>
  withStore(async (store, path) => {
    for (const url of ['a', 'b']) await store.put(key(url), meta(), pattern(1, 200_000))
    await store.put(key('c'), meta(), bytes('c'))
    const before = traces(path)
    expect((await store.get(A, false)).length).toBe(1)
    expect((await store.get(key('none'), false)).length).toBe(0)
    expect((await listed(store, { order: 'usedAt' })).length).toBe(3)
    expect((await store.usage('http')).entries).toBe(3)
    expect(traces(path)).toEqual(before)
  }))

test('what is corrupt stays where it is looked up without a touch, and goes with the next look-up', () =>
  withStore(async (store, path, codes) => {
    await store.put(A, meta(), bytes('whole'))
    const file = only(path)
    truncateSync(file, statSync(file).size - 2)
    const before = traces(path)
    for (let i = 0; i < 2; i++) expect(await store.get(A, false)).toEqual([])
    expect([traces(path), codes]).toEqual([before, ['corrupt', 'corrupt']])
    expect(await store.get(A)).toEqual([])
    await store.close()
    expect(existsSync(file)).toBe(false)
  }))

test('an update is no use: the time of the last one is kept, on disk too', () =>
  withStore(async (store, path) => {
    const put = await store.put(A, meta(), bytes('x'))
    await store.close()
    expect(statSync(only(path)).mtimeMs).toBe(START)
    const again = createFilesystemStore({ path })
    await again.update(put, meta('', { tags: ['t'] }))
    expect((await listed(again)).map((entry) => [entry.usedAt, entry.meta.tags])).toEqual([[START, ['t']]])
    await again.close()
    expect(statSync(only(path)).mtimeMs).toBe(START)
  }))

test('vacuum removes empty folders and what dead writers left, but not what may be in the making', () =>
  withStore(async (store, path) => {
    await store.put(A, meta(), bytes('x'))
    const folder = dirname(only(path))
    const [old, young] = [join(folder, `${'0'.repeat(16)}.tmp`), join(folder, `${'1'.repeat(16)}.body`)]
    for (const file of [old, young]) writeFileSync(file, 'left')
    utimesSync(old, 1, 1)
    const empty = [join(path, 'http', '00', '0'.repeat(40)), join(path, `_${'0'.repeat(40)}`, '00')]
    for (const name of empty) mkdirSync(name, { recursive: true })
    await store.vacuum?.()
    expect([old, young, ...empty, dirname(empty[1] ?? '')].map((name) => existsSync(name))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ])
    expect(readFileSync(young, 'utf8')).toBe('left')
    expect((await first(store, A))?.size).toBe(1)
  }))

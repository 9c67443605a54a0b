import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import type { Store } from '../../src/store.ts'
import {
  bytes,
  first,
  isPattern,
  key,
  listed,
  marked,
  meta,
  pattern,
  read,
  target,
  text,
} from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'
import { age, files } from '../support/fs-files.ts'
import { child } from '../support/fs-process.ts'

const A = key('a')
const MINUTE = 60_000

async function opened<T>(path: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = createFilesystemStore({ path })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

describe('processes that share a directory', () => {
  test(
    'read, write, update and delete the same keys, and never see a body that is not whole',
    async () => {
      using own = directory()
      const children = [1, 2, 3].map((seed) => child('mix', own.path, `${seed}`))
      expect(await Promise.all(children.map((one) => one.lines()))).toEqual([['mixed'], ['mixed'], ['mixed']])
      expect(await Promise.all(children.map((one) => one.end))).toEqual([0, 0, 0])
      const bodies = await opened(own.path, async (store) =>
        (await listed(store)).filter((entry) => entry.size >= 70_000),
      )
      age(own.path)
      await opened(own.path, listed)
      expect(files(own.path).filter((name) => name.endsWith('.body')).length).toBe(bodies.length)
      expect(files(own.path).filter((name) => /tmp$|lock$/.test(name))).toEqual([])
    },
    MINUTE,
  )

  test('see what another has put, replaced and deleted', async () => {
    using own = directory()
    const [one, two] = [createFilesystemStore({ path: own.path }), createFilesystemStore({ path: own.path })]
    const put = await one.put(A, marked('1'), bytes('one'))
    expect(await text(await first(two, A))).toBe('one')
    await one.put(A, marked('2', 'v'), pattern(1, 100_000))
    expect((await two.get(A)).map((entry) => entry.size)).toEqual([100_000, 3])
    expect(await two.update(put, marked('3'))).toBe(true)
    expect((await one.get(A)).map((entry) => entry.meta)).toEqual([marked('2', 'v'), marked('3')])
    expect(await two.delete([target(A)])).toBe(2)
    expect(await one.get(A)).toEqual([])
    await Promise.all([one.close(), two.close()])
  })

  test(
    'do not bring back what another deletes while they update it',
    async () => {
      using own = directory()
      for (let round = 0; round < 5; round++) {
        await opened(own.path, async (store) => {
          await store.put(A, meta(), bytes('x'))
          await using updating = child('update', own.path)
          expect(await updating.line()).toBe('updating')
          expect(await store.delete([target(A)])).toBe(1)
          expect(await updating.line()).toBe('true')
          expect(await store.get(A)).toEqual([])
        })
      }
    },
    MINUTE,
  )

  test('end by themselves with an open store and a body half read', async () => {
    using own = directory()
    await using leaving = child('leave', own.path)
    expect(await leaving.lines()).toEqual(['left'])
    expect(await leaving.end).toBe(0)
  })
})

describe('a process that is killed', () => {
  test('in the middle of a body leaves the old entry, and left-overs that are swept once they are old (RC-284)', async () => {
    using own = directory()
    await opened(own.path, (store) => store.put(A, marked('old'), pattern(1, 100_000)))
    const before = files(own.path)
    await using writing = child('half', own.path)
    expect(await writing.line()).toBe('half')
    writing.kill()
    expect(await writing.end).toBe('SIGKILL')
    await opened(own.path, async (store) => {
      const found = await listed(store)
      expect(found.map((entry) => entry.meta)).toEqual([marked('old')])
      expect(isPattern(await read(found[0]), 1)).toBe(true)
    })
    expect(files(own.path).length).toBe(before.length + 1)
    age(own.path)
    await opened(own.path, listed)
    expect(files(own.path)).toEqual(before)
  })

  test(
    'while it replaces an entry leaves a whole one',
    async () => {
      using own = directory()
      for (const count of [1, 4, 9, 16, 25]) {
        await using writing = child('endless', own.path)
        for (let i = 0; i < count; i++) await writing.line()
        writing.kill()
        await writing.end
        await opened(own.path, async (store) => {
          const found = await listed(store)
          const mark = Number(found[0]?.meta.envelope['mark'])
          const body = await read(found[0])
          expect([found.length, body.length, isPattern(body, mark)]).toEqual([1, mark % 2 ? 70_000 : 1000, true])
          await store.put(A, marked('next'), bytes('next'))
          expect((await store.get(A)).map((entry) => entry.meta)).toEqual([marked('next')])
        })
      }
      age(own.path)
      await opened(own.path, listed)
      expect(files(own.path).length).toBe(1)
    },
    MINUTE,
  )
})

describe('a system that refuses', () => {
  test('to write in the directory still lets it be read, and every write is unusable-path', async () => {
    using own = directory()
    const path = join(own.path, 'cache')
    await opened(path, async (store) => {
      await store.put(key('small'), meta(), bytes('12345'))
      await store.put(key('large'), meta(), pattern(1, 100_000))
    })
    const folders = [
      path,
      ...readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [join(entry.parentPath, entry.name)] : [],
      ),
    ]
    chmodSync(own.path, 0o755)
    for (const folder of folders) chmodSync(folder, 0o555)
    await using reading = child('readOnly', path)
    const refused = 'unusable-path'
    expect(await reading.lines()).toEqual(['5 100000', refused, refused, refused, refused, refused])
    for (const folder of folders) chmodSync(folder, 0o755)
    expect(await opened(path, async (store) => (await listed(store)).length)).toBe(2)
  })

  test('to write a file to its end makes the put too-large and leaves the old entry and no other file', async () => {
    using own = directory()
    await opened(own.path, (store) => store.put(A, marked('old'), pattern(1, 100_000)))
    const before = files(own.path)
    await using writing = child('write', own.path, 'large', 2000)
    expect(await writing.line()).toBe('too-large')
    expect(files(own.path)).toEqual(before)
    writing.goOn()
    expect(await writing.line()).toBe('done')
    expect(await writing.end).toBe(0)
    await opened(own.path, async (store) => expect(await text(await first(store, A))).toBe('small'))
  })
})

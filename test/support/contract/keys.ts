import type { Key } from '../../../src/store.ts'
import type { Part } from './kit.ts'
import { bytes, first, key, listed, meta, target, text } from './kit.ts'

const LONG = `https://a.test/${'k'.repeat(10_000)}`

/** Each is a key of its own, however close to its neighbours. */
const APART: readonly Key[] = [
  ...['', 'x', 'xy', 'x/', 'x/y', 'X', ' x', 'x ', 'x?', 'x?y', 'x#', 'é', 'e\u0301', '😀'].map((url) => key(url)),
  ...['\0', 'x\0', '\0x', 'x\0y', '/', '//', '.', '..', '../x', '../../etc/passwd', 'C:\\x', 'con', 'x\ny'].map((url) =>
    key(url),
  ),
  ...[
    "'",
    "''",
    '"',
    "'; DROP TABLE x; --",
    '%',
    '%25',
    '%00',
    'x%',
    'x_',
    '*',
    'x*',
    '?',
    '[x]',
    '{x}',
    '\\',
    '\\*',
  ].map((url) => key(url)),
  ...['__proto__', 'constructor', 'toString', 'null', 'undefined', '0', '["x"]', ':', 'x:y', '|', 'http', 'x,y'].map(
    (url) => key(url),
  ),
  ...['y', '', ' '].map((selector) => key('x:', selector)),
  ...['POST 1', 'POST 12', 'post 1', '\0', '..', '*', '%', '__proto__'].map((selector) => key('x', selector)),
  ...['', 'HTTP', 'http ', 'named', 'named2', '\0', '../http', '*', '%', "'", '__proto__', '😀'].map((space) =>
    key('x', '', space),
  ),
  key('x', 'y', 'z'),
  key('x', 'z', 'y'),
  key('b c', '', 'a'),
  key('c', '', 'a b'),
  key('c', 'd\0e', 'b'),
  key('c\0d', 'e', 'b'),
  key(LONG),
  key(`${LONG}1`),
  key(`${LONG}2`),
  key('x', LONG),
  key('x', '', LONG),
]

/** Keys are compared in full, and are otherwise opaque. */
export function keys({ expect, check, checkListing }: Part): void {
  check('every key has its own entry, whatever its characters', async ({ store }) => {
    for (const [i, of] of APART.entries()) await store.put(of, meta(), bytes(`${i}`))
    const found = await Promise.all(APART.map(async (of) => store.get(of)))
    expect(found.map((entries) => entries.length)).toEqual(APART.map(() => 1))
    expect(found.map((entries) => entries[0]?.key)).toEqual(APART)
    expect(await Promise.all(found.map((entries) => text(entries[0])))).toEqual(APART.map((_, i) => `${i}`))
  })

  check('deleting one key leaves all others (RC-231)', async ({ store }) => {
    for (const of of APART) await store.put(of, meta(), bytes(''))
    for (const [i, of] of APART.entries()) {
      const neighbour = APART[i + 1]
      expect(await store.delete([target(of)])).toBe(1)
      expect(await store.get(of)).toEqual([])
      if (neighbour) expect((await store.get(neighbour)).length).toBe(1)
    }
  })

  checkListing('list finds every key of its namespace and URL, and of no other', async ({ store }) => {
    for (const of of APART) await store.put(of, meta(), bytes(''))
    for (const { namespace, url } of APART) {
      const asked = (await listed(store, { namespace, url })).filter((entry) => entry.key.url === url)
      expect(asked.map((entry) => entry.key)).toEqual(
        APART.filter((of) => of.namespace === namespace && of.url === url),
      )
    }
  })

  checkListing('list yields nothing of another namespace', async ({ store }) => {
    for (const of of APART) await store.put(of, meta(), bytes(''))
    for (const namespace of new Set(APART.map((of) => of.namespace))) {
      expect((await listed(store, { namespace })).map((entry) => entry.key)).toEqual(
        APART.filter((of) => of.namespace === namespace),
      )
    }
  })

  check('variants lie under one key, the newest put first (HI-60)', async ({ store }) => {
    const A = key('https://a.test/')
    for (const variant of ['one', '', 'three', 'one ', 'ONE', '\0', LONG])
      await store.put(A, meta(variant), bytes(variant))
    await store.put(A, meta('three'), bytes('again'))
    const found = await store.get(A)
    expect(found.map((entry) => entry.meta.variant)).toEqual(['three', LONG, '\0', 'ONE', 'one ', '', 'one'])
    expect(await text(found[0])).toBe('again')
    expect(await text(found[6])).toBe('one')
  })

  check('a key has room for 64 variants', async ({ store }) => {
    const A = key('https://a.test/')
    const names = Array.from({ length: 64 }, (_, i) => `${i}`)
    for (const name of names) await store.put(A, meta(name), bytes(name))
    expect((await store.get(A)).map((entry) => entry.meta.variant)).toEqual(names.toReversed())
  })

  check('of 65 variants in `http` the one put first goes', async ({ store }) => {
    const A = key('https://a.test/')
    const names = Array.from({ length: 65 }, (_, i) => `${i}`)
    for (const name of names) await store.put(A, meta(name), bytes(name))
    expect((await store.get(A)).map((entry) => entry.meta.variant)).toEqual(names.slice(1).toReversed())
  })

  check('variants of different keys do not meet', async ({ store }) => {
    await store.put(key('a', 'b'), meta('c'), bytes('1'))
    await store.put(key('a'), meta('c'), bytes('2'))
    await store.put(key('a', '', 'b'), meta('c'), bytes('3'))
    expect(await text(await first(store, key('a', 'b')))).toBe('1')
    expect(await text(await first(store, key('a')))).toBe('2')
    expect(await text(await first(store, key('a', '', 'b')))).toBe('3')
  })
}

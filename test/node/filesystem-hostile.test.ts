/** Records in files as others may have changed them, and names that they may have been given. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadCodec } from '../../adapters/codec.ts'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { formatOf } from '../../adapters/filesystem/format.ts'
import type { StoreEvent } from '../../src/store.ts'
import { bytes, key, listed, meta, outcome, pattern } from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'
import { only } from '../support/fs-files.ts'

const A = key('https://a.test/')
const SOME = meta('', { tags: ['t'], expiresAt: 4_102_444_800_000, envelope: { status: 200, at: 'x' } })

describe.each([
  ['yaml', /\.yaml$/],
  [undefined, /\/[0-9a-f]{40}$/],
] as const)('a record in the format %s', (codec, ending) => {
  const line = (name: string): [RegExp, string] =>
    codec
      ? [new RegExp(`^(  )?${name}: .*$`, 'm'), `$1${name}: `]
      : [new RegExp(`"${name}":("[^"]*"|[^,}]*)`), `"${name}":`]

  test.each([
    ['createdAt', codec ? '.nan' : '1e999'],
    ['createdAt', codec ? '!!timestamp 2020-01-01' : '"2020"'],
    ['expiresAt', codec ? '.inf' : '1e999'],
    ['reclaimAt', codec ? '-.inf' : '-1e999'],
    ['size', codec ? '.nan' : '1e999'],
    ['size', '-1'],
    ['size', '1.5'],
    ['tags', '[2024]'],
    ['tags', '[[]]'],
    ['tags', '{"a":1}'],
  ])('with %s of %s is a miss, told of, and removed', async (name, value) => {
    for (const size of [10, 100_000]) {
      using own = directory()
      const options = { path: own.path, ...(codec && { codec }) }
      const first = createFilesystemStore(options)
      await first.put(A, SOME, pattern(1, size))
      await first.close()
      const file = only(own.path, ending)
      const [found, change] = line(name)
      const was = readFileSync(file, 'utf8')
      const now =
        name === 'tags'
          ? was.replace(codec ? /^tags:\n  - t$/m : /"tags":\["t"\]/, (codec ? 'tags: ' : '"tags":') + value)
          : was.replace(found, change + value)
      expect(now).not.toBe(was)
      writeFileSync(file, now)
      const store = createFilesystemStore(options)
      const heard: StoreEvent[] = []
      store.watch((event) => heard.push(event))
      expect(await store.get(A)).toEqual([])
      expect(await listed(store)).toEqual([])
      await store.close()
      expect(heard.map(({ type }) => type)).toEqual(['error'])
    }
  })
})

describe('YAML that nobody but others wrote', () => {
  const decoded = async (text: string): Promise<unknown> => (await loadCodec('yaml')).decode(bytes(text))

  test.each([
    ['laughs, a billion of them', `a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]`],
    ['laughs about nothing', `a: &a []\nb: &b [*a,*a]\nc: [*b,*b]`],
    ['itself', 'a: &a [*a]'],
    ['what YAML 1.1 merges', '%YAML 1.1\n---\na: &a {b: 1}\nc:\n  <<: *a'],
    ['several documents', 'a: 1\n---\nb: 2'],
    ['more depth than a stack', '['.repeat(20_000)],
  ])('of %s is an error', async (_, text) => {
    expect(await outcome(() => decoded(text))).not.toBe('done')
    await expect(decoded(text)).rejects.toThrow(Error)
  })

  test.each([
    ['!!timestamp 2020-01-01', '2020-01-01'],
    ['!!binary aGk=', 'aGk='],
    ['!!js/function "x"', 'x'],
    ['2020-01-01', '2020-01-01'],
    ['yes', 'yes'],
    ['0o17', 15],
  ])('has values of JSON alone: %s', async (text, value) => {
    expect(await decoded(`a: ${text}`)).toEqual({ a: value })
    expect(await decoded(`%YAML 1.1\n---\na: ${text}`)).toEqual({ a: value })
  })

  test('has no types with members of their own', async () => {
    expect(await decoded('a: !!set {x}\nb: !!omap [x: 1]')).toEqual({ a: { x: null }, b: [{ x: 1 }] })
    expect(await decoded('__proto__: {x: 1}')).toEqual(JSON.parse('{"__proto__":{"x":1}}'))
  })
})

describe('an extension', () => {
  test.each([
    ['', true],
    ['txt', true],
    ['.txt', true],
    ['tar.gz', true],
    ['.a-b_c.d', true],
    ['.', false],
    ['a.', false],
    ['a..b', false],
    ['a/b', false],
    ['../a', false],
    ['a b', false],
    ['a\0', false],
    ['a\n', false],
    ['ä', false],
    [`${'a'.repeat(50_000)}!`, false],
    [`${'a.'.repeat(50_000)}!`, false],
    ['a'.repeat(101), false],
  ])('%.20s is taken as it should be, in no time', (extension, accepted) => {
    const before = performance.now()
    const made = (): string => {
      try {
        return typeof formatOf(undefined, extension)
      } catch (error) {
        return String(error)
      }
    }
    expect(made()).toMatch(accepted ? /^object$/ : /: extension: /)
    expect(performance.now() - before).toBeLessThan(1000)
  })

  test('is not made of a long name of a codec', () => {
    const codec = { name: `${'a'.repeat(40)}!`, encode: () => new Uint8Array(), decode: () => null }
    expect(formatOf(codec).fileOf('')).toMatch(/^[0-9a-f]{40}$/)
  })
})

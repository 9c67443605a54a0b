import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Codec, type CodecName, loadCodec } from '../../adapters/codec.ts'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import type { Envelope, Plain, StoreEvent } from '../../src/store.ts'
import { bytes, first, key, listed, meta, outcome, pattern, read, text } from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'
import { files, only } from '../support/fs-files.ts'
import { storeContract } from '../store-contract.ts'

const CODECS: readonly CodecName[] = ['msgpack', 'json', 'yaml', 'bson']
const A = key('https://a.test/')

afterEach(() => {
  vi.doUnmock('yaml')
  vi.resetModules()
})

/** As deep as nothing that a cache keeps, and no stack overflows. */
const deep = (depth: number): Plain => (depth === 0 ? 'end' : depth % 2 ? [deep(depth - 1)] : { in: deep(depth - 1) })

/** What formats have trouble with: each must come back as it was. */
const ODD: readonly Plain[] = [
  JSON.parse('{"__proto__":{"a":1},"constructor":{"__proto__":null},"":0,"a\\u0000b":1,"\\ud800":2}'),
  [
    '\ud800',
    'a\udc00b',
    '\ufeffx',
    '\0',
    'a\r\nb',
    'a\rb',
    'a \n b ',
    '\u0085',
    '\u2028',
    '~',
    'null',
    'no',
    '1e3',
    '0x1',
  ],
  [0, 0.1, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), 1e300, 5e-324, 1.7976931348623157e308],
  ['- a', '# b', '&c', '*d', '!e', '%f', '<<', '? g', '|\n', '"', "'", 'k: v', '\t', ' ', '\n\n', '...', '---'],
  { '<<': { a: 1 }, '- a': 1, 'k: v': 2, '1': 3, null: 4, long: 'x'.repeat(5000), ['k'.repeat(2000)]: 5 },
  deep(100),
  [{ $ref: 'x', $id: 1 }, { $oid: 'abc' }, { _bsontype: 'ObjectId' }, { json: 'x', value: null }],
]

describe.each(CODECS)('the codec %s', (name) => {
  test('gives back every value as it was (RC-260, HI-68)', async () => {
    const codec = await loadCodec(name)
    expect(codec.name).toBe(name)
    for (const value of ODD) expect(codec.decode(codec.encode(value))).toEqual(value)
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
    const string = fc.string({ unit })
    const plain = fc
      .object({
        key: fc.oneof(string, fc.string()),
        values: [string, fc.string(), fc.double(), fc.integer(), fc.boolean()],
      })
      // What JSON would change, no envelope has.
      .map((value) => JSON.parse(JSON.stringify(value)) as Plain)
    fc.assert(
      fc.property(plain, (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(value)
      }),
      { numRuns: 200 },
    )
  })

  test('throws, or gives something else, for what was cut off', async () => {
    const codec = await loadCodec(name)
    const whole = { a: ['one', 'two', 3], b: { c: 'end' } }
    const encoded = codec.encode(whole)
    const cut = (end: number): unknown => {
      try {
        return codec.decode(encoded.slice(0, end))
      } catch {
        return 'thrown'
      }
    }
    // A final line feed may be missing.
    for (let end = 0; end < encoded.length - 1; end++) expect(cut(end)).not.toEqual(whole)
  })

  test('keeps metadata in SQLite, and no other opens the file (RC-90, RC-260)', async () => {
    using own = directory()
    const path = join(own.path, 'cache.sqlite')
    const full = meta('v', { tags: ['t', '\ud800'], envelope: { odd: ODD } })
    const store = createSqliteStore({ path, codec: name })
    await store.put(A, full, bytes('x'))
    await store.close()
    const again = createSqliteStore({ path, codec: name })
    expect((await first(again, A))?.meta).toEqual(full)
    await again.close()
    const other = createSqliteStore({ path, codec: name === 'json' ? 'msgpack' : 'json' })
    await expect(other.open()).rejects.toThrow(`with ${name}`)
    expect(await outcome(() => other.open())).toBe('unusable-path')
    await other.close()
  })

  test('gives back every body from a file, byte for byte (RC-266, RC-267, trap 48)', async () => {
    using own = directory()
    const open = () => createFilesystemStore({ path: join(own.path, 'cache'), codec: name })
    const store = open()
    const latin1 = Uint8Array.from([0x63, 0x61, 0x66, 0xe9])
    const texts = [
      'null',
      '',
      '\ufeffBOM',
      'a\r\nb',
      'a\rb\r',
      '\0',
      'spaces \n  and\ttabs \n\n',
      'ü 😀',
      '1.10',
      '1e400',
    ]
    const bodies = [
      ...texts.map(bytes),
      ...['{"a": 1, "a":2 }\n', '"\\u00e9"', '---\n- a: &b\n...', '# x\n', ' \n x', '\u0085\u2028'].map(bytes),
      latin1,
      Uint8Array.from([0xff, 0xfe, 0x61, 0]),
      Uint8Array.from([0xed, 0xa0, 0x80]),
      Uint8Array.from({ length: 256 }, (_, i) => i),
      pattern(1, 65_536),
      pattern(1, 200_000),
    ]
    for (const [i, body] of bodies.entries()) await store.put(A, meta(`${i}`), body)
    await store.close()
    const again = open()
    const found = await again.get(A)
    expect(await Promise.all(found.map((entry) => read(entry)))).toEqual(bodies.toReversed())
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string().map(bytes)), async (body) => {
        await again.put(A, meta('any'), new Uint8Array(body))
        expect(await read(await first(again, A))).toEqual(new Uint8Array(body))
      }),
      { numRuns: 40 },
    )
    await again.close()
  })
})

describe('the filesystem store with documents', () => {
  storeContract(
    { describe, test, expect },
    (options) => {
      const own = directory()
      const create = () => createFilesystemStore({ ...options, path: join(own.path, 'cache'), codec: 'json' })
      return { store: create(), reopen: create, teardown: () => own[Symbol.dispose]() }
    },
    { persists: true, verbatim: false },
  )
})

describe('a record as a document', () => {
  test('is a file that people can read, named by its codec or as told (RC-264, RC-265, RC-266)', async () => {
    using own = directory()
    const path = join(own.path, 'cache')
    const envelope: Envelope = { status: 200, fields: 'content-type:text/plain' }
    for (const [codec, extension, ending, body] of [
      ['yaml', undefined, '.yaml', 'text: |\n  one\n  two\n'],
      ['json', '', '', '"text": "one\\ntwo\\n"'],
      ['json', 'txt', '.txt', '"text": "one\\ntwo\\n"'],
      ['json', '.cache.json', '.cache.json', '"text": "one\\ntwo\\n"'],
      [undefined, 'http', '.http', '}\none\ntwo\n'],
    ] as const) {
      const store = createFilesystemStore({
        path,
        ...(codec && { codec }),
        ...(extension !== undefined && { extension }),
      })
      await store.put(A, meta('', { envelope }), bytes('one\ntwo\n'))
      const file = only(path, /\/[0-9a-f]{40}[^/]*$/)
      expect(file.replace(/^.*\/[0-9a-f]{40}/, '')).toBe(ending)
      expect(readFileSync(file, 'utf8')).toContain('https://a.test/')
      expect(readFileSync(file, 'utf8')).toContain(body)
      expect(await store.delete([A])).toBe(1)
      expect(files(path)).toEqual([])
      await store.close()
    }
  })

  test('has a body that is no text as base64 (RC-264)', async () => {
    using own = directory()
    const path = join(own.path, 'cache')
    const store = createFilesystemStore({ path, codec: 'yaml' })
    await store.put(A, meta(), Uint8Array.from([0x63, 0x61, 0x66, 0xe9]))
    expect(readFileSync(only(path, /\.yaml$/), 'utf8')).toContain('base64: Y2Fm6Q==\n')
    await store.close()
  })

  test('may be changed by hand', async () => {
    using own = directory()
    const path = join(own.path, 'cache')
    const store = createFilesystemStore({ path, codec: 'yaml' })
    await store.put(A, meta('', { envelope: { status: 200 } }), bytes('x'))
    const file = only(path, /\.yaml$/)
    writeFileSync(file, `# a note\n${readFileSync(file, 'utf8').replace('status: 200', 'status: 404')}`)
    expect((await first(store, A))?.meta.envelope).toEqual({ status: 404 })
    await store.close()
  })

  test.each([
    ['is no document any more', (content: string) => content.replace('{', '')],
    ['has another body than was stored', (content: string) => content.replace('"text": "x"', '"text": "y"')],
    ['lacks its body', (content: string) => content.replace('"text"', '"txt"')],
    ['is of an unknown version', (content: string) => content.replace('"stowaway": 1', '"stowaway": 99')],
  ])('that was changed by hand and %s is a miss, told of once (RC-61, trap 64)', async (_, change) => {
    using own = directory()
    const path = join(own.path, 'cache')
    const store = createFilesystemStore({ path, codec: 'json' })
    const heard: StoreEvent[] = []
    store.watch((event) => heard.push(event))
    await store.put(A, meta(), bytes('x'))
    const file = only(path, /\.json$/)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
    expect([await store.get(A), await store.get(A), await listed(store)]).toEqual([[], [], []])
    expect(heard.map((event) => event.type === 'error' && 'code' in event.error && event.error.code)).toEqual([
      'corrupt',
    ])
    await store.put(A, meta(), bytes('new'))
    expect(await text(await first(store, A))).toBe('new')
    await store.close()
  })

  test('of another codec and extension is left alone (RC-90, trap 14)', async () => {
    using own = directory()
    const path = join(own.path, 'cache')
    const [one, two] = [createFilesystemStore({ path, codec: 'json' }), createFilesystemStore({ path, codec: 'yaml' })]
    await one.put(A, meta(), bytes('one'))
    expect(await two.get(A)).toEqual([])
    await two.put(A, meta(), bytes('two'))
    expect([await text(await first(one, A)), await text(await first(two, A))]).toEqual(['one', 'two'])
    await Promise.all([one.close(), two.close()])
  })
})

describe('the option codec', () => {
  test('takes an object of one’s own (RC-261)', async () => {
    using own = directory()
    const codec: Codec = {
      name: 'reversed',
      encode: (value) => new TextEncoder().encode(JSON.stringify(value)).toReversed(),
      decode: (encoded): unknown => JSON.parse(new TextDecoder().decode(encoded.toReversed())),
    }
    for (const store of [
      createSqliteStore({ path: join(own.path, 'cache.sqlite'), codec }),
      createFilesystemStore({ path: join(own.path, 'cache'), codec }),
    ]) {
      await store.put(A, meta('v'), bytes('x'))
      expect([(await first(store, A))?.meta, await text(await first(store, A))]).toEqual([meta('v'), 'x'])
      await store.close()
    }
    expect(files(own.path).filter((file) => file.endsWith('.reversed')).length).toBe(1)
  })

  test('refuses at the call what is no codec, and an extension that is none', () => {
    const refused: unknown[] = ['pickle', 1, {}, { name: 'x', encode: 1 }, null]
    for (const codec of refused) {
      // What a caller without types may give.
      const options = { codec } as { codec: Codec }
      expect(() => createSqliteStore(options)).toThrow('msgpack, yaml')
      expect(() => createFilesystemStore(options)).toThrow('codec: ')
    }
    for (const extension of ['../x', 'a/b', '.', 'a..b', '\0', 'a b'])
      expect(() => createFilesystemStore({ extension })).toThrow('extension: ')
  })

  test('says what to install where the package is missing (RC-3)', async () => {
    vi.doMock('yaml', () => {
      throw new Error('Cannot find package')
    })
    vi.resetModules()
    const sqlite = await import('../../adapters/sqlite.ts')
    const filesystem = await import('../../adapters/filesystem.ts')
    using own = directory()
    for (const store of [
      sqlite.createSqliteStore({ path: join(own.path, 'cache.sqlite'), codec: 'yaml' }),
      filesystem.createFilesystemStore({ path: join(own.path, 'cache'), codec: 'yaml' }),
    ]) {
      await expect(store.open()).rejects.toMatchObject({ code: 'missing-package' })
      await expect(Promise.resolve(store.get(A))).rejects.toThrow('npm install yaml')
      await store.close()
    }
  })
})

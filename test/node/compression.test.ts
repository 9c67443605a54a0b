import { describe, expect, test } from 'vitest'
import { type CompressionName, withCompression } from '../../adapters/compression.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { codingOf } from '../../adapters/wrapper/coding.ts'
import { packBytes, packStream, unpackStream } from '../../adapters/wrapper/packed.ts'
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
  streamOf,
  text,
} from '../support/contract/kit.ts'
import { random } from '../support/random.ts'
import { storeContract } from '../store-contract.ts'
import { liveBytes } from '../support/live-bytes.ts'
import { withoutBytes } from '../support/without-bytes.ts'

const A = key('https://a.test/')
const FORMATS: readonly CompressionName[] = ['gzip', 'deflate', 'brotli', 'zstd']

function noise(length: number): Uint8Array<ArrayBuffer> {
  const next = random(length)
  return Uint8Array.from({ length }, () => Math.floor(next() * 256))
}

const kept = async (inner: Store): Promise<number> => (await listed(inner))[0]?.size ?? Number.NaN

describe('compression over memory', () => {
  storeContract({ describe, expect, test }, (options) => ({ store: withCompression(createMemoryStore(options)) }), {
    resident: true,
    verbatim: false,
    liveBytes,
  })
})

describe.each(FORMATS)('%s', (format) => {
  test('makes bodies smaller, in one piece and as streams, and gives them back (RC-262)', async () => {
    for (const size of [2000, 65_536, 65_537, 1_000_000]) {
      for (const body of [pattern(1, size), streamOf(pattern(1, size))]) {
        const inner = createMemoryStore()
        const store = withCompression(inner, { format })
        const put = await store.put(A, marked('m'), body)
        expect(await kept(inner)).toBeLessThan(size / 2)
        const found = await first(store, A)
        expect([put.size, found?.size, found?.meta]).toEqual([size, size, marked('m')])
        expect([await read(put), await read(found)]).toEqual([pattern(1, size), pattern(1, size)])
        expect(await read(found, size - 500, size - 100)).toEqual(pattern(1, 400, size - 500))
      }
    }
  })

  test('is read by a wrapper of another format, beside what was stored without one', async () => {
    const inner = createMemoryStore()
    const other = withCompression(inner, { format: format === 'gzip' ? 'deflate' : 'gzip' })
    await withCompression(inner, { format }).put(A, meta(), pattern(1, 100_000))
    await inner.put(key('plain'), meta(), bytes('plain'))
    const entry = await first(other, A)
    expect(await read(entry)).toEqual(pattern(1, 100_000))
    expect(entry && (await other.update(entry, marked('new')))).toBe(true)
    expect([(await first(other, A))?.meta, await read(await first(other, A))]).toEqual([
      marked('new'),
      pattern(1, 100_000),
    ])
    expect(await text(await first(other, key('plain')))).toBe('plain')
  })
})

test('what is short, or does not get smaller, is kept as it is', async () => {
  const inner = createMemoryStore()
  const store = withCompression(inner)
  const bodies = [bytes('x'.repeat(1023)), noise(5000), noise(300_000)]
  for (const body of bodies) {
    for (const given of [body, streamOf(body)]) {
      await store.put(A, meta(), given)
      expect((await inner.get(A)).map(({ size, meta: { envelope } }) => [size, envelope])).toEqual([
        [body.length, meta().envelope],
      ])
      expect(await read(await first(store, A))).toEqual(body)
    }
  }
  await withCompression(inner, { minBytes: 10 }).put(A, meta(), bytes('x'.repeat(1023)))
  expect(await kept(inner)).toBeLessThan(100)
})

test('around itself, and around entries that look like its own, it reads what it wrote', async () => {
  const inner = createMemoryStore()
  const once = withCompression(inner)
  const twice = withCompression(once)
  await twice.put(A, marked('x'), noise(3000))
  await twice.put(key('b'), marked('y'), pattern(1, 100_000))
  for (const [of, body, mark] of [
    [A, noise(3000), 'x'],
    [key('b'), pattern(1, 100_000), 'y'],
  ] as const) {
    const found = await first(twice, of)
    expect([found?.meta, await read(found)]).toEqual([marked(mark), body])
  }
  const odd = meta('', { envelope: { 'stowaway/compression': 1, format: 'gzip', size: 3 } })
  await once.put(A, odd, bytes('abc'))
  const found = await first(once, A)
  expect([found?.meta, await text(found)]).toEqual([odd, 'abc'])
})

test('a stored size that is missing, as after a crash, is read from the body', async () => {
  const inner = createMemoryStore()
  const store = withCompression({ ...inner, update: async () => true })
  await store.put(A, meta(), streamOf(pattern(1, 500_000)))
  expect((await inner.get(A))[0]?.meta.envelope['size']).toBe(undefined)
  const again = withCompression(inner)
  expect([(await first(again, A))?.size, (await listed(again))[0]?.size]).toEqual([500_000, 500_000])
  expect(await read(await first(again, A))).toEqual(pattern(1, 500_000))
})

test('a body that was changed is a miss, told of once and removed', async () => {
  const inner = createMemoryStore()
  const store = withCompression(inner)
  const heard: StoreEvent[] = []
  store.watch((event) => heard.push(event))
  await store.put(A, meta(), pattern(1, 50_000))
  const [raw] = await inner.get(A)
  await inner.put(A, raw?.meta ?? meta(), bytes('not compressed at all'))
  expect([await store.get(A, false), await store.get(A), await listed(inner)]).toEqual([[], [], []])
  expect(heard).toMatchObject([{ type: 'error', error: { code: 'corrupt' } }])
})

test('a large body that was cut off ends with gone, and is removed', async () => {
  const inner = createMemoryStore()
  const store = withCompression(withoutBytes(inner))
  await store.put(A, meta(), pattern(1, 5_000_000))
  const [raw] = await inner.get(A)
  const body = await read(raw)
  await inner.put(A, raw?.meta ?? meta(), body.slice(0, body.length / 2))
  expect(await outcome(async () => read(await first(store, A)))).toBe('gone')
  expect(await listed(inner)).toEqual([])
})

test('a format that there is not, and options that are none, are refused at the call', async () => {
  const refused: unknown[] = [
    { format: 'lzma' },
    { format: null },
    { minBytes: -1 },
    { minBytes: 1.5 },
    { level: 9 },
    null,
  ]
  for (const options of refused) {
    const call = (): unknown => Reflect.apply(withCompression, undefined, [createMemoryStore(), options])
    expect(await outcome(call)).toMatch(/^(invalid|unknown)-option$/)
  }
  const unknown = (): unknown => Reflect.apply(withCompression, undefined, [createMemoryStore(), { format: 'lzma' }])
  expect(unknown).toThrow('gzip, deflate, brotli, zstd')
})

test('with the streams that browsers have, it writes and reads the same', async () => {
  const { getBuiltinModule } = process
  // As where there is no Node.
  Reflect.set(process, 'getBuiltinModule', undefined)
  try {
    const web = codingOf('gzip')
    expect([web?.compress, codingOf('zstd')]).toEqual([undefined, undefined])
    if (!web) throw new Error('There is no gzip')
    const { signal } = new AbortController()
    const packed = [
      await packBytes(pattern(1, 300_000), web, 0),
      await packStream(streamOf(pattern(1, 300_000)), web, { minBytes: 0, limit: Infinity, signal }),
    ]
    for (const { body } of packed) {
      const inner = await createMemoryStore().put(A, meta(), body)
      expect(inner.size).toBeLessThan(100_000)
      const stream = await unpackStream(inner, web, 300_000, async () => {})
      expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(pattern(1, 300_000))
    }
    const store = withCompression(createMemoryStore())
    await store.put(A, meta(), pattern(2, 100_000))
    expect(await read(await first(store, A))).toEqual(pattern(2, 100_000))
  } finally {
    Reflect.set(process, 'getBuiltinModule', getBuiltinModule)
  }
})

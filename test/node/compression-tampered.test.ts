/** Bodies that others changed in the store behind a compressing wrapper, and calls at awkward times. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { withCompression } from '../../adapters/compression.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { type Coding, codingOf } from '../../adapters/wrapper/coding.ts'
import type { Envelope, Store } from '../../src/store.ts'
import { first, key, marked, meta, outcome, pattern, source, text, bytes } from '../support/contract/kit.ts'

type Bytes = Uint8Array<ArrayBuffer>

const A = key('https://a.test/')
const NAME = 'stowaway/compression'

function forged(packed: Uint8Array, size: number): Bytes {
  const body = new Uint8Array(packed.length + 8)
  body.set(packed)
  new DataView(body.buffer).setFloat64(packed.length, size)
  return body
}

/** As somebody writes it who has the store. */
const forge = (inner: Store, how: Envelope, body: Bytes): ReturnType<Store['put']> =>
  inner.put(A, { ...meta(), envelope: { [NAME]: 1, format: 'gzip', envelope: {}, ...how } }, body)

describe('a body that expands to more than it says', () => {
  const ZEROS = 64 * 1024 * 1024

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('is a miss, and never unpacked further, where it is small (%s)', async (format, compress) => {
    const inner = createMemoryStore()
    const store = withCompression(inner)
    await forge(inner, { format, size: 1000 }, forged(compress(Buffer.alloc(ZEROS)), 1000))
    global.gc?.()
    const before = process.resourceUsage().maxRSS
    expect(await store.get(A)).toEqual([])
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(ZEROS / 1024 / 2)
    expect(await inner.get(A)).toEqual([])
  })

  test('ends the stream with gone as soon as it shows', async () => {
    const inner = createMemoryStore()
    const store = withCompression(inner)
    const size = 2 * 1024 * 1024
    await forge(inner, { size }, forged(gzipSync(Buffer.alloc(ZEROS)), size))
    const entry = await first(store, A)
    const reader = (await entry?.open())?.getReader()
    let read = 0
    const all = async (): Promise<void> => {
      for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) read += step.value.length
    }
    expect(await outcome(all)).toBe('gone')
    expect(read).toBeLessThanOrEqual(size)
  })
})

describe('a record', () => {
  test.each([Number.NaN, Infinity, -1, 1.5])('that says %f bytes is a miss', async (size) => {
    for (const how of [{ size }, {}] as Envelope[]) {
      const inner = createMemoryStore()
      const store = withCompression(inner)
      await forge(inner, how, forged(gzipSync('x'.repeat(5000)), size))
      expect(await store.get(A)).toEqual([])
    }
  })

  test('without the envelope that it stands around is a miss', async () => {
    for (const format of ['gzip', undefined]) {
      const inner = createMemoryStore()
      const envelope = { [NAME]: 1, ...(format && { format, size: 4 }) }
      await inner.put(A, { ...meta(), envelope }, forged(gzipSync('text'), 4))
      expect(await withCompression(inner).get(A)).toEqual([])
    }
  })
})

test('an update leaves what is not compressed as it is, whatever its envelope has', async () => {
  const store = withCompression(createMemoryStore())
  const envelope = { format: 'gzip', size: 3 }
  const entry = await store.put(A, { ...meta(), envelope }, bytes('plain'))
  expect(await store.update(entry, { ...marked('new'), envelope })).toBe(true)
  const found = await first(store, A)
  expect([found?.meta.envelope, await text(found)]).toEqual([envelope, 'plain'])
})

test('a put after the close ends at once, and its stream with it', async () => {
  const store = withCompression(createMemoryStore())
  await store.close()
  const cancel = vi.fn<() => void>()
  const silent = new ReadableStream<Bytes>({ cancel })
  expect(await outcome(() => store.put(A, meta(), silent))).toBe('closed')
  expect(cancel).toHaveBeenCalledOnce()
})

test('a stream that the store refuses is cancelled', async () => {
  const inner = createMemoryStore()
  await inner.close()
  const made = source(1, 1_000_000)
  expect(await outcome(() => withCompression(inner).put(A, meta(), made.stream))).toBe('closed')
  expect(made.cancelled).toBe(true)
})

test('a stream of one large chunk is tried with its beginning alone', async () => {
  const tried: number[] = []
  const { packStream } = await import('../../adapters/wrapper/packed.ts')
  const coding = codingOf('gzip') as Coding // which every runtime has
  const compress = (given: Bytes): Bytes => {
    tried.push(given.length)
    return given.slice(0, 1)
  }
  const body = new ReadableStream<Bytes>({
    start(controller) {
      controller.enqueue(pattern(1, 1_000_000))
    },
  })
  const { signal } = new AbortController()
  await packStream(body, { ...coding, compress }, { minBytes: 0, limit: Infinity, signal })
  expect(tried).toEqual([65_536])
})

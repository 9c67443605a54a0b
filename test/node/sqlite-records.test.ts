import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadCodec } from '../../adapters/codec.ts'
import { decodeMeta, encodeMeta } from '../../adapters/sqlite/meta.ts'
import { CHUNK, INLINE, pieces } from '../../adapters/sqlite/pieces.ts'
import { fromText, toText } from '../../adapters/sqlite/text.ts'
import { type Bytes, isPattern, outcome, pattern, source, streamOf } from '../support/contract/kit.ts'
import type { Envelope } from '../../src/store.ts'

describe('text', () => {
  test('comes back as it was, whatever its code units, and two texts stay two', () => {
    const any = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) })
    const odd = fc.string({ unit: fc.constantFrom('\0', '\u0001', '"', '\\', 'u', '0', '\ud800', '\udc00', 'a') })
    const check = (one: string, two: string): void => {
      expect(fromText(toText(one))).toBe(one)
      expect(toText(one).isWellFormed()).toBe(true)
      expect(toText(one)).not.toContain('\0')
      expect(toText(one) === toText(two)).toBe(one === two)
    }
    fc.assert(fc.property(any, any, check))
    fc.assert(fc.property(odd, odd, check))
  })
})

describe('metadata', () => {
  // A member of this name is what msgpackr renames; nothing that a store is given has one.
  const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'))
  const plain = json.map((value) => JSON.parse(JSON.stringify({ value })) as Envelope)

  test('comes back equal', async () => {
    const codec = await loadCodec()
    const metas = fc.record({
      variant: fc.string(),
      createdAt: fc.integer({ min: 0, max: 8.64e15 }),
      reclaimAt: fc.option(fc.integer({ min: 0, max: 8.64e15 })),
      expiresAt: fc.option(fc.integer({ min: 0, max: 8.64e15 })),
      basis: fc.string(),
      tags: fc.array(fc.string()),
      envelope: plain,
    })
    fc.assert(
      fc.property(metas, (meta) => {
        expect(decodeMeta(codec, encodeMeta(codec, meta))).toEqual(meta)
      }),
    )
  })

  test('of any bytes is a record or an error', async () => {
    const codec = await loadCodec()
    const decode = (bytes: Uint8Array): unknown => {
      try {
        return Object.keys(decodeMeta(codec, bytes))
      } catch (error) {
        return error instanceof Error
      }
    }
    const members = ['variant', 'createdAt', 'reclaimAt', 'expiresAt', 'basis', 'tags', 'envelope']
    const check = (bytes: Uint8Array): void => {
      expect([true, members]).toContainEqual(decode(bytes))
    }
    fc.assert(fc.property(fc.uint8Array(), check))
    const rest = { expiresAt: null, basis: '', tags: ['t'], envelope: { a: [1] } }
    const whole = encodeMeta(codec, { variant: 'v', createdAt: 1, reclaimAt: null, ...rest })
    for (let end = 0; end < whole.length; end++) expect(decode(whole.slice(0, end))).toBe(true)
  })
})

describe('a body', () => {
  const signal = new AbortController().signal

  async function cut(body: Bytes | ReadableStream<Bytes>, limit = 1e9): Promise<{ sizes: number[]; same: boolean }> {
    const sizes: number[] = []
    let [at, same] = [0, true]
    for await (const piece of pieces(body, limit, signal)) {
      same &&= isPattern(piece, 1, at)
      at += piece.length
      sizes.push(piece.length)
    }
    return { sizes, same }
  }

  test.each([0, 1, INLINE - 1, INLINE, INLINE + 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])(
    'of %i bytes is cut into whole pieces and a rest, whatever chunks it comes in',
    async (size) => {
      const whole = Array<number>(Math.floor(size / CHUNK)).fill(CHUNK)
      const sizes = size % CHUNK > 0 ? [...whole, size % CHUNK] : whole
      expect(await cut(pattern(1, size))).toEqual({ sizes, same: true })
      for (const chunk of [10_007, INLINE, CHUNK + 1, 4 * CHUNK])
        expect(await cut(source(1, size, { chunk }).stream)).toEqual({ sizes, same: true })
    },
  )

  test('that passes the limit is read no further', async () => {
    const made = source(1, 10 * CHUNK, { chunk: 1000 })
    expect(await outcome(() => cut(made.stream, 5000))).toBe('too-large')
    expect(made.pulled).toBe(6000)
    expect(made.cancelled).toBe(true)
  })

  test('of anything but bytes is refused', async () => {
    // What a caller without types may do.
    const text = streamOf('text' as unknown as Bytes)
    expect(await outcome(() => cut(text))).toBeInstanceOf(TypeError)
  })
})

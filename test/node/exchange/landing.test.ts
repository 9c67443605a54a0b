import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { land } from '../../../src/exchange/landing.ts'
import type { Landing } from '../../../src/exchange/landing.ts'
import { createSpool } from '../../../src/exchange/spool.ts'
import type { Bytes } from '../../../src/exchange/spool.ts'
import type { Stored } from '../../../src/record.ts'
import { StowawayError } from '../../../src/errors.ts'
import { bodyOf, bytes, eagerBody, isPending, MIB, scriptedBody, settled } from './given.ts'

// Only its identity counts here.
const STORED = {} as Stored

function landing(source: ReadableStream<Bytes>, options: Partial<Landing> = {}) {
  const reported: unknown[] = []
  const got: Bytes[] = []
  const kinds: string[] = []
  const spool = createSpool(source, {
    size: undefined,
    resume: () => Promise.reject(new Error('nothing')),
    abandon: () => {},
  })
  const caller = bodyOf(new Response(spool.read()))
  caller.catch(() => {})
  const result = land({
    spool,
    size: undefined,
    limit: 100 * MIB,
    mayCommit: async () => true,
    report: (error) => void reported.push(error),
    put: async (body) => {
      kinds.push(body instanceof ReadableStream ? 'stream' : 'bytes')
      got.push(await bodyOf(new Response(body)))
      return STORED
    },
    ...options,
  })
  return { caller, got, kinds, reported, result, spool }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe('a body', () => {
  test.each([
    [0, 'bytes'],
    [65_536, 'bytes'],
    [65_537, 'stream'],
    [3 * MIB, 'stream'],
  ])('of %d bytes goes to the store as %s', async (length, kind) => {
    const whole = bytes(length)
    const { got, kinds, result } = landing(eagerBody(whole).stream)
    expect(await result).toBe(STORED)
    expect(kinds).toEqual([kind])
    expect(got[0] && Buffer.compare(got[0], whole)).toBe(0)
  })

  test.each([4, 6, 100_000])(
    'whose length is not the announced %d is not stored, and nothing is reported (§3.3)',
    async (size) => {
      const { caller, got, reported, result } = landing(eagerBody(bytes(5)).stream, { size })
      expect(await result).toBeUndefined()
      expect((await caller).byteLength).toBe(5)
      expect([got, reported]).toEqual([[], []])
    },
  )

  test('that errors is not stored', async () => {
    const body = scriptedBody()
    const { caller, got, reported, result } = landing(body.stream)
    body.push(bytes(100_000))
    await settled()
    body.fail(new TypeError('terminated'))
    expect(await result).toBeUndefined()
    await expect(caller).rejects.toThrow('terminated')
    expect([got, reported]).toEqual([[], []])
  })

  test('announced as too large is never offered to the store', async () => {
    const { caller, got, result } = landing(eagerBody(bytes(50)).stream, { size: 50, limit: 49 })
    expect(await result).toBeUndefined()
    expect((await caller).byteLength).toBe(50)
    expect(got).toEqual([])
  })

  test('found too large on the way costs the caller nothing, and is no error', async () => {
    const tooLarge = async (body: unknown): Promise<never> => {
      if (body instanceof ReadableStream) await body.getReader().read()
      throw new StowawayError('too-large', 'enough')
    }
    const { caller, reported, result } = landing(eagerBody(bytes(3 * MIB)).stream, { put: tooLarge })
    expect(await result).toBeUndefined()
    expect((await caller).byteLength).toBe(3 * MIB)
    expect(reported).toEqual([])
  })

  test('that was invalidated under way is not stored', async () => {
    let doomed = false
    const body = scriptedBody()
    const { got, result } = landing(body.stream, { mayCommit: async () => !doomed })
    body.push('some')
    await settled()
    doomed = true
    body.end()
    expect(await result).toBeUndefined()
    expect(got).toEqual([])
  })
})

describe('a store', () => {
  test('that refuses is reported once', async () => {
    const error = new Error('disk on fire')
    const { caller, reported, result } = landing(eagerBody(bytes(3 * MIB)).stream, { put: () => Promise.reject(error) })
    expect(await result).toBeUndefined()
    expect((await caller).byteLength).toBe(3 * MIB)
    expect(reported).toEqual([error])
  })

  test.each([10, 100_000])('that has all %d bytes and does not finish is given up after 30 s', async (length) => {
    const hang = async (body: unknown): Promise<never> => {
      if (body instanceof ReadableStream) await bodyOf(new Response(body))
      return new Promise(() => {})
    }
    const { reported, result } = landing(eagerBody(bytes(length)).stream, { put: hang })
    await settled()
    vi.advanceTimersByTime(29_999)
    expect(await isPending(result)).toBe(true)
    vi.advanceTimersByTime(1)
    expect(await result).toBeUndefined()
    expect(reported).toMatchObject([{ code: 'store-failure' }])
  })

  test('that takes nothing for 30 s is given up, and the caller goes on', async () => {
    const { caller, reported, result } = landing(eagerBody(bytes(3 * MIB)).stream, { put: () => new Promise(() => {}) })
    expect(await isPending(caller)).toBe(true)
    vi.advanceTimersByTime(30_000)
    expect((await caller).byteLength).toBe(3 * MIB)
    expect(await result).toBeUndefined()
    expect(reported).toMatchObject([{ code: 'store-failure' }])
  })

  test('that waits for the origin is not given up, however long that takes', async () => {
    const body = scriptedBody()
    const { result } = landing(body.stream)
    body.push(bytes(100_000))
    await settled()
    vi.advanceTimersByTime(120_000)
    expect(await isPending(result)).toBe(true)
    body.end()
    expect(await result).toBe(STORED)
  })

  test('that is slow but goes on is not given up', async () => {
    const whole = bytes(3 * MIB)
    const slow = async (body: unknown): Promise<Stored> => {
      const reader = body instanceof ReadableStream ? body.getReader() : undefined
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
        await new Promise((resolve) => setTimeout(resolve, 20_000))
      }
      return STORED
    }
    const { caller, result } = landing(eagerBody(whole, 262_144).stream, { put: slow })
    for (let turn = 0; turn < 14; turn++) {
      await settled()
      vi.advanceTimersByTime(20_000)
    }
    expect(await result).toBe(STORED)
    expect((await caller).byteLength).toBe(whole.byteLength)
  })
})

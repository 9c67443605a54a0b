import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSpool } from '../../../src/exchange/spool.ts'
import type { Bytes, Spool, SpoolOptions } from '../../../src/exchange/spool.ts'
import { bodyOf, bytes, eagerBody, isPending, MIB, scriptedBody, settled } from './given.ts'

const none = async (): Promise<never> => {
  throw new Error('nothing stored')
}

function spoolOf(
  source: ReadableStream<Bytes>,
  options: Partial<SpoolOptions> = {},
): Spool & { readonly abandoned: unknown[] } {
  const abandoned: unknown[] = []
  const abandon = (reason: unknown): void => void abandoned.push(reason)
  return Object.assign(createSpool(source, { size: undefined, resume: none, abandon, ...options }), { abandoned })
}

async function takeAll(spool: Spool): Promise<Bytes> {
  const chunks: Bytes[] = []
  for (let chunk = await spool.take(); chunk; chunk = await spool.take()) chunks.push(chunk)
  return bodyOf(new Response(new Blob(chunks)))
}

const readAll = (spool: Spool): Promise<Bytes> => bodyOf(new Response(spool.read()))

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe('what comes', () => {
  test('reaches every reader and the store byte for byte, however it is cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 3000 }), { maxLength: 12 }),
        fc.nat({ max: 4 }),
        async (lengths, readers) => {
          const chunks = lengths.map((length, seed) => bytes(length, seed))
          const whole = await bodyOf(new Response(new Blob(chunks)))
          const spool = spoolOf(
            new ReadableStream({ start: (c) => (chunks.forEach((chunk) => c.enqueue(chunk)), c.close()) }),
          )
          const all = await Promise.all([takeAll(spool), ...Array.from({ length: readers + 1 }, () => readAll(spool))])
          for (const got of all) expect(Buffer.compare(got, whole)).toBe(0)
        },
      ),
      { numRuns: 60 },
    ))

  test('reaches a caller while more is to come', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream)
    void takeAll(spool)
    const reader = spool.read().getReader()
    body.push('first')
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('first')
    expect(spool.ended).toBe(false)
  })

  test('is there from its beginning for one who comes after the store took it', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream)
    const first = spool.read()
    const stored = takeAll(spool)
    const reader = first.getReader()
    body.push('one ')
    await reader.read()
    await settled()
    const late = readAll(spool)
    body.push('two')
    body.end()
    expect(new TextDecoder().decode(await late)).toBe('one two')
    await reader.cancel()
    await stored
  })

  test('fails everybody with the error that the source gave', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream)
    const error = new TypeError('terminated')
    const all = [takeAll(spool), readAll(spool), readAll(spool)]
    body.push('some')
    body.fail(error)
    for (const one of all) await expect(one).rejects.toBe(error)
  })

  test("is each reader's own: what one does to his bytes reaches nobody else", async () => {
    const spool = spoolOf(eagerBody(bytes(1000)).stream)
    const vandal = spool.read().getReader()
    const [other, stored] = [readAll(spool), takeAll(spool)]
    const { value } = await vandal.read()
    structuredClone(value, { transfer: value ? [value.buffer] : [] })
    expect(Buffer.compare(await other, bytes(1000))).toBe(0)
    expect(Buffer.compare(await stored, bytes(1000))).toBe(0)
  })

  test('fails one left behind with the error that the source gave', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream)
    const [slow, fast] = [spool.read(), spool.read().getReader()]
    void takeAll(spool).catch(() => {})
    for (let sent = 0; sent < 18; sent++) body.push(bytes(65_536))
    for (let read = 0; read < 18; read++) await fast.read()
    const error = new TypeError('terminated')
    body.fail(error)
    await expect(fast.read()).rejects.toBe(error)
    await expect(bodyOf(new Response(slow))).rejects.toBe(error)
  })

  test('that is no bytes is an error, as for a Response', async () => {
    const text = new ReadableStream<string>({ start: (c) => (c.enqueue('text'), c.close()) })
    // What a fetch underneath gives against its type.
    const spool = spoolOf(text as unknown as ReadableStream<Bytes>)
    const all = [takeAll(spool), readAll(spool)]
    for (const one of all) await expect(one).rejects.toBeInstanceOf(TypeError)
  })
})

describe('back-pressure', () => {
  const whole = bytes(8 * MIB)
  const slack = MIB + 2 * 65_536

  test('of a lone slow caller stops the pull within about 1 MiB, however fast the store', async () => {
    const source = eagerBody(whole)
    const spool = spoolOf(source.stream)
    const reader = spool.read().getReader()
    const stored = takeAll(spool)
    await reader.read()
    await settled()
    expect(source.pulled()).toBeLessThanOrEqual(slack)
    expect(source.pulled()).toBeGreaterThanOrEqual(MIB / 2)
    expect(await isPending(stored)).toBe(true)
    await reader.read()
    await settled()
    expect(source.pulled()).toBeLessThanOrEqual(slack + 65_536)
  })

  test('of a slow store stops the pull within about 1 MiB, however fast the caller', async () => {
    const source = eagerBody(whole)
    const spool = spoolOf(source.stream)
    const read = readAll(spool)
    await spool.take()
    await settled()
    expect(source.pulled()).toBeLessThanOrEqual(slack)
    expect(await isPending(read)).toBe(true)
  })

  test('holds nothing up that the caller and the store both take', async () => {
    const spool = spoolOf(eagerBody(whole).stream)
    const [read, stored] = await Promise.all([readAll(spool), takeAll(spool)])
    expect(Buffer.compare(read, whole)).toBe(0)
    expect(Buffer.compare(stored, whole)).toBe(0)
  })

  test('is not made by a caller more than 1 MiB behind another, who goes on from the store', async () => {
    const resumed: number[] = []
    const committed = Promise.withResolvers<void>()
    const spool = spoolOf(eagerBody(whole).stream, {
      resume: async (start) => {
        resumed.push(start)
        await committed.promise
        return eagerBody(whole.slice(start)).stream
      },
    })
    const slow = spool.read().getReader()
    const [fast] = await Promise.all([readAll(spool), takeAll(spool)])
    expect(fast.byteLength).toBe(whole.byteLength)
    const chunks: Bytes[] = []
    committed.resolve()
    for (let next = await slow.read(); !next.done; next = await slow.read()) chunks.push(next.value)
    expect(Buffer.compare(await bodyOf(new Response(new Blob(chunks))), whole)).toBe(0)
    expect(resumed).toHaveLength(1)
  })

  test('one left behind gets an error when nothing was stored, and no longer counts', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream, { resume: none })
    const slow = spool.read().getReader()
    const fast = spool.read().getReader()
    spool.release()
    body.push(bytes(65_536))
    await slow.read()
    for (let sent = 0; sent < 20; sent++) body.push(bytes(65_536))
    for (let read = 0; read < 21; read++) await fast.read()
    const more = fast.read()
    await settled()
    await expect(slow.read()).rejects.toThrow('nothing stored')
    body.push('x')
    await more
    await fast.cancel('done')
    expect(await body.cancelled).toBe('done')
  })
})

describe('30 s', () => {
  const whole = bytes(3 * MIB)

  test('without a read drop an idle lone caller, and the store finishes', async () => {
    const spool = spoolOf(eagerBody(whole).stream, { resume: async (start) => eagerBody(whole.slice(start)).stream })
    const idle = spool.read()
    const stored = takeAll(spool)
    expect(await isPending(stored)).toBe(true)
    vi.advanceTimersByTime(29_999)
    expect(await isPending(stored)).toBe(true)
    vi.advanceTimersByTime(1)
    expect((await stored).byteLength).toBe(whole.byteLength)
    expect(Buffer.compare(await bodyOf(new Response(idle)), whole)).toBe(0)
  })

  test('begin anew with each read', async () => {
    const spool = spoolOf(eagerBody(whole).stream)
    const reader = spool.read().getReader()
    const stored = takeAll(spool)
    for (let turn = 0; turn < 5; turn++) {
      await settled()
      vi.advanceTimersByTime(25_000)
      await reader.read()
    }
    expect(await isPending(stored)).toBe(true)
    await reader.cancel()
    await expect(stored).rejects.toBeUndefined()
  })

  test('without a take give up an idle store, and the caller goes on', async () => {
    const spool = spoolOf(eagerBody(whole).stream)
    const read = readAll(spool)
    await spool.take()
    expect(await isPending(read)).toBe(true)
    vi.advanceTimersByTime(30_000)
    expect(Buffer.compare(await read, whole)).toBe(0)
    await expect(spool.take()).rejects.toMatchObject({ code: 'store-failure' })
  })

  test('are nothing to a lone caller whom no store waits for', async () => {
    const spool = spoolOf(eagerBody(whole).stream)
    const reader = spool.read()
    const stored = takeAll(spool)
    expect(await isPending(stored)).toBe(true)
    spool.release()
    await expect(stored).rejects.toMatchObject({ code: 'gone' })
    vi.advanceTimersByTime(60_000)
    expect(Buffer.compare(await bodyOf(new Response(reader)), whole)).toBe(0)
  })
})

describe('leaving', () => {
  test('by cancel lets a small known rest come for the store', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream, { size: 262_144 })
    const stored = takeAll(spool)
    await spool.read().cancel()
    body.push(bytes(262_144))
    body.end()
    expect((await stored).byteLength).toBe(262_144)
    expect(spool.abandoned).toEqual([])
  })

  test.each([
    ['unknown', undefined],
    ['large', 262_145],
  ])('by cancel ends the transfer of an %s rest', async (_, size) => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream, { size })
    const stored = takeAll(spool)
    await spool.read().cancel('enough')
    await expect(stored).rejects.toBe('enough')
    expect(await body.cancelled).toBe('enough')
    expect(spool.abandoned).toEqual(['enough'])
  })

  test('by abort ends the transfer of any rest', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream, { size: 5 })
    const stored = takeAll(spool)
    const { signal, abort } = controlled()
    const read = bodyOf(new Response(spool.read(signal)))
    const reason = new Error('enough')
    abort(reason)
    await expect(read).rejects.toBe(reason)
    await expect(stored).rejects.toBe(reason)
    expect(spool.abandoned).toEqual([reason])
  })

  test('of one caller is nothing to another', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream)
    const { signal, abort } = controlled()
    const stored = takeAll(spool)
    const gone = bodyOf(new Response(spool.read(signal)))
    const stays = readAll(spool)
    abort(new Error('enough'))
    await expect(gone).rejects.toThrow('enough')
    body.push('all')
    body.end()
    expect(new TextDecoder().decode(await stays)).toBe('all')
    await stored
  })

  test('of all callers is nothing while the body is held', async () => {
    const body = scriptedBody()
    const spool = spoolOf(body.stream)
    const release = spool.hold()
    const stored = takeAll(spool)
    await spool.read().cancel()
    body.push('all')
    body.end()
    expect(new TextDecoder().decode(await stored)).toBe('all')
    release()
  })

  test('while the store opens what was left behind closes that too', async () => {
    const opening = Promise.withResolvers<ReadableStream<Bytes>>()
    const spool = spoolOf(eagerBody(bytes(3 * MIB)).stream, { resume: () => opening.promise })
    const { signal, abort } = controlled()
    const slow = spool.read(signal).getReader()
    await Promise.all([readAll(spool), takeAll(spool)])
    const next = slow.read()
    await settled()
    abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    const late = scriptedBody()
    opening.resolve(late.stream)
    await late.cancelled
  })

  test('with a signal that is aborted already fails the body at once', async () => {
    const spool = spoolOf(scriptedBody().stream)
    const { signal, abort } = controlled()
    abort(new Error('before'))
    await expect(bodyOf(new Response(spool.read(signal)))).rejects.toThrow('before')
  })
})

function controlled(): { signal: AbortSignal; abort(reason: unknown): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}

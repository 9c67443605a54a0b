import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withCompression } from '../../adapters/compression.ts'
import { withEncryption } from '../../adapters/encryption.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { withSigning } from '../../adapters/signing.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import type { Entry, Key, Meta, Store, StoreEvent } from '../../src/store.ts'
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
  START,
  streamOf,
  target,
  text,
  urls,
} from '../support/contract/kit.ts'
import { directory } from '../support/fs-directory.ts'
import { withoutBytes } from '../support/without-bytes.ts'

const named = (...ids: readonly number[]) => ({
  keys: ids.map((id) => ({ id: `k${id}`, key: new Uint8Array(32).fill(id) })),
})
const [A, B] = [key('https://a.test/a'), key('https://a.test/b')]
const BLOCK = 65_536

const WRAPPERS = { encryption: withEncryption, signing: withSigning }

interface Bench {
  readonly inner: Store
  readonly store: ReturnType<typeof withSigning>
  readonly codes: () => unknown[]
}

type Wrap = typeof withSigning

function benchOf(wrap: Wrap, inner: Store = createMemoryStore(), ...ids: readonly number[]): Bench {
  const store = wrap(inner, named(...(ids.length > 0 ? ids : [1])))
  const heard: StoreEvent[] = []
  store.watch((event) => heard.push(event))
  const codes = (): unknown[] =>
    heard.map((event) => (event.type === 'error' && 'code' in event.error ? event.error.code : event.type))
  return { inner, store, codes }
}

/** A record as somebody sees it who can write to the store but has no key. */
interface Raw {
  readonly key: Key
  readonly meta: Meta
  readonly body: Uint8Array<ArrayBuffer>
}

async function rawOf({ inner }: Bench, created = START): Promise<Raw> {
  const entry = (await listed(inner)).find((one) => one.meta.createdAt === created)
  if (!entry) throw new Error('There is no such record')
  return { key: entry.key, meta: entry.meta, body: await read(entry) }
}

const write = ({ inner }: Bench, { key: of, meta: full, body }: Raw): Promise<Entry> => inner.put(of, full, body)

const flipped = (body: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> =>
  body.map((byte, i) => (i === at ? byte ^ 1 : byte))

describe.each(Object.entries(WRAPPERS))('%s', (_, wrap) => {
  const overhead = wrap === withSigning ? 32 : 16
  const full = BLOCK + overhead

  test('notices any change of a small body or of the metadata: a miss and one event (RC-263)', async () => {
    const changes: ((raw: Raw) => Partial<Raw> | { meta: Partial<Meta> })[] = [
      ({ body }) => ({ body: flipped(body, 0) }),
      ({ body }) => ({ body: flipped(body, body.length - 1) }),
      ({ body }) => ({ body: body.slice(0, -1) }),
      ({ body }) => ({ body: body.slice(0, 3) }),
      () => ({ body: new Uint8Array() }),
      () => ({ meta: { createdAt: START + 1 } }),
      () => ({ meta: { expiresAt: START + 1 } }),
      () => ({ meta: { reclaimAt: START + 1 } }),
      () => ({ meta: { basis: 'x' } }),
      () => ({ meta: { tags: [] } }),
      () => ({ meta: { tags: ['other'] } }),
      () => ({ meta: { variant: 'other' } }),
      ({ meta: { envelope } }) => ({
        meta: { envelope: { ...envelope, text: `${String(envelope['text']).slice(0, -8)}AAAAAAA=` } },
      }),
      ({ meta: { envelope } }) => ({ meta: { envelope: { ...envelope, text: 5 } } }),
    ]
    for (const change of changes) {
      const bench = benchOf(wrap)
      await bench.store.put(A, meta('v', { tags: ['t'] }), bytes('body'))
      const raw = await rawOf(bench)
      await bench.store.delete([target(A)])
      const made = change(raw)
      await write(bench, { ...raw, ...made, meta: { ...raw.meta, ...made.meta } })
      expect(await bench.store.get(A, false)).toEqual([])
      expect(await bench.store.get(A)).toEqual([])
      expect([bench.codes(), await listed(bench.inner)]).toEqual([['corrupt'], []])
    }
  })

  test('notices records that changed places, whole or in part', async () => {
    const bench = benchOf(wrap)
    await bench.store.put(A, meta(), bytes('one'))
    await bench.store.put(B, meta('', { createdAt: START + 1 }), bytes('two'))
    const [one, two] = [await rawOf(bench), await rawOf(bench, START + 1)]
    await write(bench, { ...one, body: two.body })
    expect(await bench.store.get(A)).toEqual([])
    await write(bench, { ...one, key: two.key })
    expect(await bench.store.get(B)).toEqual([])
    await write(bench, one)
    expect(await text(await first(bench.store, A))).toBe('one')
    expect(bench.codes()).toEqual(['corrupt', 'corrupt'])
  })

  test.each([
    ['one changed byte at the start', (body: Uint8Array<ArrayBuffer>) => flipped(body, 5), 0],
    ['one changed byte further on', (body: Uint8Array<ArrayBuffer>) => flipped(body, 2 * full + 5), 2],
    ['its last block cut off', (body: Uint8Array<ArrayBuffer>) => body.slice(0, 3 * full), 2],
    ['two blocks exchanged', (body: Uint8Array<ArrayBuffer>) => moved(body, 1, 2), 1],
    ['one block twice', (body: Uint8Array<ArrayBuffer>) => moved(body, 1, 1), 2],
  ])('ends a large body that has %s with gone, tells of it and removes it', async (_name, change, blocks) => {
    const bench = benchOf(wrap)
    await bench.store.put(A, meta(), streamOf(pattern(1, 3 * BLOCK), pattern(1, 100, 3 * BLOCK)))
    const raw = await rawOf(bench)
    await write(bench, { ...raw, body: change(raw.body) })
    // Above what comes with a look-up, as most stores have it.
    const inner = withoutBytes(bench.inner)
    const again = benchOf(wrap, inner)
    let length = 0
    const reading = async (): Promise<void> => {
      const reader = (await (await first(again.store, A))?.open())?.getReader()
      for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) length += step.value.length
    }
    expect(await outcome(reading)).toBe('gone')
    expect(length).toBeLessThanOrEqual(blocks * BLOCK)
    expect([again.codes(), await listed(inner)]).toEqual([['corrupt'], []])
  })

  function moved(body: Uint8Array<ArrayBuffer>, one: number, two: number): Uint8Array<ArrayBuffer> {
    const made = body.slice()
    made.set(body.subarray(two * full, (two + 1) * full), full)
    made.set(body.subarray(one * full, (one + 1) * full), 2 * full)
    return made
  }

  test('does not give a part of a body whose end was cut off', async () => {
    const bench = benchOf(wrap, withoutBytes(createMemoryStore()))
    await bench.store.put(A, meta(), pattern(1, 3 * BLOCK + 7))
    const raw = await rawOf(bench)
    await write(bench, { ...raw, body: raw.body.slice(0, 2 * full) })
    const found = await first(bench.store, A)
    expect(await outcome(() => found?.open(0, 10))).toBe('gone')
    expect(bench.codes()).toEqual(['corrupt'])
  })

  test('does not mix two versions of one body', async () => {
    const bench = benchOf(wrap, withoutBytes(createMemoryStore()))
    await bench.store.put(A, meta(), pattern(1, 2 * BLOCK))
    const one = await rawOf(bench)
    await bench.store.put(A, meta(), pattern(2, 2 * BLOCK))
    const two = await rawOf(bench)
    const mixed = new Uint8Array([...two.body.subarray(0, full), ...one.body.subarray(full)])
    await write(bench, { ...two, body: mixed })
    expect(await outcome(async () => read(await first(bench.store, A)))).toBe('gone')
  })

  test('reads any part of a body of any length', async () => {
    const store = benchOf(wrap, withoutBytes(createMemoryStore())).store
    for (const size of [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 5]) {
      const put = await store.put(A, meta(), size % 2 ? pattern(1, size) : streamOf(pattern(1, size)))
      expect([put.size, (await first(store, A))?.size]).toEqual([size, size])
      await fc.assert(
        fc.asyncProperty(fc.nat(size + 10), fc.nat(size + 10), async (start, end) => {
          const stop = Math.max(start, end)
          expect(await read(put, start, stop)).toEqual(pattern(1, size).slice(start, stop))
        }),
        { numRuns: 15 },
      )
    }
  })

  test('reads what older keys wrote, replaces it, and finds it by URL, tag and order', async () => {
    const inner = createMemoryStore()
    const [old, both] = [benchOf(wrap, inner, 1), benchOf(wrap, inner, 2, 1)]
    const at = (createdAt: number) => meta('', { createdAt, tags: ['t'] })
    for (const namespace of ['http', 'named']) {
      await old.store.put(key('a', '', namespace), at(1), bytes('old'))
      await old.store.put(key('b', '', namespace), at(3), bytes('old'))
      await both.store.put(key('c', '', namespace), at(2), bytes('new'))
      await both.store.put(key('a', '', namespace), at(4), bytes('new'))
      expect((await both.store.get(key('a', '', namespace))).length).toBe(1)
      expect(await text(await first(both.store, key('a', '', namespace)))).toBe('new')
      expect(await text(await first(both.store, key('b', '', namespace)))).toBe('old')
      expect(urls(await listed(both.store, { namespace, tag: 't' })).toSorted()).toEqual(['a', 'b', 'c'])
      expect(urls(await listed(both.store, { namespace, order: 'createdAt' }))).toEqual(['c', 'b', 'a'])
      expect(urls(await listed(both.store, { namespace, order: 'createdAt', descending: true }))).toEqual([
        'a',
        'b',
        'c',
      ])
      expect(urls(await listed(both.store, { namespace, url: 'b' }))).toEqual(['b'])
      expect((await both.store.usage(namespace)).entries).toBe(3)
      expect(
        await both.store.delete([
          { namespace, url: 'b' },
          { namespace, url: 'c' },
        ]),
      ).toBe(2)
      expect(urls(await listed(both.store, { namespace }))).toEqual(['a'])
    }
    expect([old.codes(), both.codes()]).toEqual([[], []])
  })

  test('an update keeps the key that the entry was written with, and the entry', async () => {
    const inner = createMemoryStore()
    const [old, both] = [benchOf(wrap, inner, 1), benchOf(wrap, inner, 2, 1)]
    await old.store.put(A, marked('old'), bytes('x'))
    const found = await first(both.store, A)
    expect(found && (await both.store.update({ ...found }, marked('new')))).toBe(true)
    expect((await first(old.store, A))?.meta).toEqual(marked('new'))
  })

  test('rotate writes anew what other keys wrote, so that they can go', async () => {
    const inner = createMemoryStore()
    const [old, both] = [benchOf(wrap, inner, 1), benchOf(wrap, inner, 2, 1)]
    await old.store.put(A, marked('a', 'v'), pattern(1, 200_000))
    await old.store.put(B, marked('b'), bytes('b'))
    await old.store.put(key('n', '', 'named'), marked('n'), bytes('n'))
    await both.store.put(key('https://a.test/c'), marked('c'), bytes('c'))
    expect(await both.store.rotate()).toBe(2)
    expect(await both.store.rotate(['http', 'named'])).toBe(1)
    expect(await both.store.rotate(['http', 'named'])).toBe(0)
    const only = benchOf(wrap, inner, 2)
    expect(urls(await listed(only.store)).toSorted()).toEqual([A.url, B.url, 'https://a.test/c'])
    expect((await first(only.store, A))?.meta).toEqual(marked('a', 'v'))
    expect(await read(await first(only.store, A))).toEqual(pattern(1, 200_000))
    expect(await text(await first(only.store, key('n', '', 'named')))).toBe('n')
    expect(only.codes()).toEqual([])
  })

  test('with a key that is not given, entries are a miss, told of, and left to those who have it', async () => {
    const inner = createMemoryStore()
    const [one, two] = [benchOf(wrap, inner, 1), benchOf(wrap, inner, 2)]
    await one.store.put(A, meta(), bytes('x'))
    expect([await two.store.get(A), await listed(two.store), await listed(two.store)]).toEqual([[], [], []])
    expect(two.codes()).toEqual(['corrupt'])
    expect(await text(await first(one.store, A))).toBe('x')
  })

  test('evictions are told of by their own keys', async () => {
    const { store } = benchOf(wrap, createMemoryStore({ maxEntries: 1 }))
    const heard: StoreEvent[] = []
    store.watch((event) => heard.push(event))
    await store.put(key('a', 'POST 1'), meta('v'), bytes('x'))
    await store.put(key('b'), meta(), bytes('x'))
    expect(heard).toEqual([{ type: 'evicted', key: key('a', 'POST 1'), variant: 'v', reason: 'size' }])
  })

  test('keys are 32 bytes, base64 or a CryptoKey, whichever it is made from', async () => {
    const raw = new Uint8Array(32).fill(9)
    const importKey = (name: string, usage: KeyUsage, hash = 'SHA-256'): Promise<CryptoKey> =>
      crypto.subtle.importKey('raw', raw, { name, hash }, false, [usage])
    const hkdf = await importKey('HKDF', 'deriveBits')
    for (const [one, two] of [
      [raw, btoa(String.fromCharCode(...raw))],
      [raw, hkdf],
      [await importKey('HMAC', 'sign'), await importKey('HMAC', 'sign')],
      [await importKey('AES-GCM', 'encrypt'), await importKey('AES-GCM', 'encrypt')],
    ] as const) {
      const inner = createMemoryStore()
      await wrap(inner, { keys: [{ id: 'k', key: one }] }).put(A, meta(), bytes('x'))
      expect(await text(await first(wrap(inner, { keys: [{ id: 'k', key: two }] }), A))).toBe('x')
    }
  })

  test('anything else is refused at the call, without a word of the key', async () => {
    const store = createMemoryStore()
    const good = new Uint8Array(32)
    const useless = await crypto.subtle.importKey('raw', good, 'AES-GCM', false, ['decrypt'])
    const refused: unknown[] = [
      undefined,
      {},
      { keys: [] },
      { keys: [good] },
      { keys: [{ id: '', key: good }] },
      { keys: [{ id: 'a', key: good.slice(1) }] },
      { keys: [{ id: 'a', key: 'c2VjcmV0' }] },
      { keys: [{ id: 'a', key: 'not base64!' }] },
      { keys: [{ id: 'a', key: useless }] },
      { keys: [1, 2].map(() => ({ id: 'a', key: good })) },
      { keys: [{ id: 'a', key: good }], key: good },
    ]
    for (const options of refused) {
      const call = (): unknown => Reflect.apply(wrap, undefined, [store, options])
      expect(await outcome(call)).toMatch(/^(invalid|unknown)-option$/)
      expect(call).not.toThrow('c2VjcmV0')
    }
  })
})

test('encrypted entries order by all that is told in the open, and not by URL', () => {
  const inner = createMemoryStore()
  expect(withEncryption(inner, named(1)).limits.orders).toEqual(inner.limits.orders.filter((order) => order !== 'url'))
  expect(withSigning(inner, named(1)).limits.orders).toEqual(inner.limits.orders)
  expect(withCompression(inner).limits.orders).not.toContain('size')
})

test('wrappers pass on vacuum where there is one, look-ups that leave no trace, and the close', async () => {
  using own = directory()
  const inner = createSqliteStore({ path: `${own.path}/cache.sqlite` })
  const touches: unknown[] = []
  const told: Store = {
    ...inner,
    get(of, touch) {
      touches.push(touch)
      return inner.get(of, touch)
    },
  }
  const store = withCompression(withEncryption(withSigning(told, named(1)), named(2)))
  await store.put(A, meta(), pattern(1, 50_000))
  await store.get(A, false)
  await store.get(A)
  expect(touches).toEqual([false, true])
  await store.vacuum?.()
  expect((await store.usage('http')).entries).toBe(1)
  expect('vacuum' in withSigning({ ...createMemoryStore(), vacuum: undefined } as unknown as Store, named(1))).toBe(
    false,
  )
  await store.close()
  expect(await outcome(() => inner.get(A))).toBe('closed')
})

/** What of a sealed record stands in the open. */
import { describe, expect, test, vi } from 'vitest'
import { withEncryption } from '../../adapters/encryption.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { withSigning } from '../../adapters/signing.ts'
import type { Meta, StoreEvent } from '../../src/store.ts'
import { bytes, first, key, listed, meta, pattern, read, streamOf, text } from '../support/contract/kit.ts'

const named = (...ids: readonly number[]) => ({
  keys: ids.map((id) => ({ id: `k${id}`, key: new Uint8Array(32).fill(id) })),
})
const A = key('https://a.test/')

describe.each(Object.entries({ encryption: withEncryption, signing: withSigning }))('%s', (_, wrap) => {
  // As another hand writes them, whatever the types say.
  test.each([
    { reclaimAt: Infinity },
    { reclaimAt: Number.NaN },
    { expiresAt: -Infinity },
    { expiresAt: undefined },
  ] as unknown as Partial<Meta>[])('notices %o in the place of null', async (change) => {
    const inner = createMemoryStore()
    const store = wrap(inner, named(1))
    const heard: StoreEvent[] = []
    store.watch((event) => heard.push(event))
    await store.put(A, meta(), bytes('x'))
    const [entry] = await listed(inner)
    if (!entry) throw new Error('There is none')
    await inner.put(entry.key, { ...entry.meta, ...change }, await read(entry))
    expect(await store.get(A)).toEqual([])
    expect(heard.map(({ type }) => type)).toEqual(['error'])
    expect(await listed(inner)).toEqual([])
  })
})

test('one URL, tag and variant in two namespaces do not look alike where they are encrypted', async () => {
  const inner = createMemoryStore()
  const store = withEncryption(inner, named(1))
  const spaces = ['http', 'one', 'two']
  for (const space of spaces) await store.put(key('u', 's', space), meta('v', { tags: ['t'] }), bytes(space))
  const seen: string[] = []
  const asked = vi.spyOn(inner, 'get')
  for (const space of spaces) {
    expect(await text(await first(store, key('u', 's', space)))).toBe(space)
    const { namespace = '' } = asked.mock.calls.at(-1)?.[0] ?? {}
    for await (const { key: at, meta: of } of inner.list({ namespace }))
      seen.push(at.url, at.selector, of.variant, ...of.tags)
  }
  expect(seen).toHaveLength(12)
  expect(new Set(seen).size).toBe(12)
  const tagged: string[] = []
  for await (const { key: of } of store.list({ namespace: 'one', tag: 't' })) tagged.push(of.url)
  expect(tagged).toEqual(['u'])
  expect(await store.delete([{ namespace: 'one', url: 'u', selector: 's', variant: 'v' }])).toBe(1)
  expect((await store.usage('two')).entries).toBe(1)
})

test('no key meets a nonce twice, over puts, updates and rotations', async () => {
  const encrypt = vi.spyOn(crypto.subtle, 'encrypt')
  const imported = vi.spyOn(crypto.subtle, 'importKey')
  const inner = createMemoryStore()
  const [one, two] = [withEncryption(inner, named(1)), withEncryption(inner, named(2, 1))]
  for (let i = 0; i < 100; i++) {
    const entry = await one.put(key(`u${i % 20}`), meta(), i % 3 ? pattern(i, i * 100) : streamOf(pattern(i, 200_000)))
    await one.update(entry, meta('', { tags: ['b'] }))
  }
  await two.rotate()
  for (const entry of await listed(two)) await two.update(entry, meta())
  // What AES takes is bytes.
  const hex = (value: unknown): string => Buffer.from(value as Uint8Array<ArrayBuffer>).toString('hex')
  const keys = new Map<unknown, string>()
  for (const [at, [, raw]] of imported.mock.calls.entries())
    keys.set(await imported.mock.settledResults[at]?.value, hex(raw))
  const used = encrypt.mock.calls.map(([using, of]) => `${keys.get(of)} ${hex(Reflect.get(Object(using), 'iv'))}`)
  vi.restoreAllMocks()
  expect(used.length).toBeGreaterThan(300)
  expect(used.some((pair) => pair.startsWith('undefined'))).toBe(false)
  expect(new Set(used).size).toBe(used.length)
})

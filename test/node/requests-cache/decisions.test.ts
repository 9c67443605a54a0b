import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import { ORIGIN, as, confirming } from './given.ts'

const TAGGED = { etag: '"1"', ...cc('max-age=60') }

describe('one request', () => {
  test('reads the store once where it has an answer, and writes it once where it has none (RC-60)', async () => {
    const { get, put, ...store } = createMemoryStore()
    const calls: string[] = []
    const counted = {
      ...store,
      get(...args: Parameters<typeof get>) {
        calls.push('get')
        return get(...args)
      },
      put(...args: Parameters<typeof put>) {
        calls.push('put')
        return put(...args)
      },
    }
    await using at = world(numbered(), {}, counted)
    await text(at.fetch(URL_A))
    expect(calls.filter((call) => call === 'put')).toHaveLength(1)
    calls.length = 0
    await text(at.fetch(URL_A))
    expect(calls).toEqual(['get'])
  })

  test.each<[string, object]>([
    ['no record', { odd: 1 }],
    ['a record of another version', { v: 999 }],
  ])('takes %s for a miss, and replaces it (RC-61, RC-233, RC-268)', async (_, envelope) => {
    await using at = world()
    await text(at.fetch(URL_A))
    const [entry] = await at.entries()
    if (!entry) throw new Error('nothing was stored')
    await at.store.update(entry, { ...entry.meta, envelope: { ...envelope } })
    expect(await text(at.fetch(URL_A))).toBe('1')
    expect((await at.fetch(URL_A)).fromCache).toBe(true)
    expect(await at.entries()).toHaveLength(1)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'by %s that succeeds makes what is stored for its URL invalid (RC-65, HI-36)',
    async (method) => {
      await using at = world()
      await text(at.fetch(URL_A))
      await text(at.fetch(`${ORIGIN}/b`))
      await text(at.fetch(URL_A, { method }))
      await settled()
      expect((await at.fetch(`${ORIGIN}/b`)).fromCache).toBe(true)
      expect((await at.fetch(URL_A)).fromCache).toBe(false)
    },
  )

  test('by POST that fails leaves what is stored (RC-65, HI-36)', async () => {
    await using at = world((sent, count) => numbered(cc('max-age=60'), sent.method === 'POST' ? 500 : 200)(sent, count))
    await text(at.fetch(URL_A))
    await text(at.fetch(URL_A, { method: 'POST' }))
    expect((await at.fetch(URL_A)).fromCache).toBe(true)
  })

  test('by HEAD is answered by what GET stored, and not the other way round (RC-66, HI-39)', async () => {
    await using at = world(
      ({ method }, count) => new Response(method === 'HEAD' ? null : `${count}`, { headers: TAGGED }),
    )
    await text(at.fetch(URL_A, { method: 'HEAD' }))
    expect(await text(at.fetch(URL_A))).toBe('1')
    const head = await at.fetch(URL_A, { method: 'HEAD' })
    expect([head.fromCache, head.headers.get('etag'), await head.text()]).toEqual([true, '"1"', ''])
    expect(at.sent).toHaveLength(2)
  })

  test('by HEAD makes a stored response fresh that it confirms, and one that it contradicts is validated (HI-39)', async () => {
    for (const [etag, asked] of [
      ['"1"', 2],
      ['"2"', 3],
    ] as const) {
      await using at = world(({ method }, count) =>
        method === 'HEAD'
          ? new Response(null, { headers: { ...cc('max-age=60'), etag } })
          : new Response(`${count}`, { headers: TAGGED }),
      )
      await text(at.fetch(URL_A))
      at.pass(61)
      await text(at.fetch(URL_A, { method: 'HEAD' }))
      await settled()
      await text(at.fetch(URL_A))
      expect(at.sent).toHaveLength(asked)
    }
  })

  test("with a condition of the caller's own is answered from what is fresh, else passed on as it is (RC-68)", async () => {
    await using at = world(confirming(TAGGED))
    const ask = async (tag: string): Promise<number> => (await at.fetch(URL_A, as('if-none-match', tag))).status
    expect(await ask('"mine"')).toBe(304)
    expect(await at.entries()).toEqual([])
    await text(at.fetch(URL_A))
    expect([await ask('"1"'), await ask('"mine"'), at.sent.length]).toEqual([304, 200, 2])
    at.pass(61)
    expect(await ask('"mine"')).toBe(304)
    expect(at.sent[2]?.headers.get('if-none-match')).toBe('"mine"')
  })
})

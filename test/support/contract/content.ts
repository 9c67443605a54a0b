import type { Part } from './kit.ts'
import {
  bytes,
  first,
  isPattern,
  key,
  KIB,
  marked,
  meta,
  outcome,
  pattern,
  read,
  source,
  START,
  streamOf,
  text,
} from './kit.ts'

const A = key('https://a.test/')

/** Envelopes hold whatever JSON holds. */
const PLAIN = {
  none: null,
  yes: true,
  no: false,
  '': 'empty name',
  text: 'ü\u0000"\\\u2028😀',
  long: 'x'.repeat(20_000),
  numbers: [0, -1, 0.1, 1e300, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1), START],
  headers: [
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  nested: { empty: {}, list: [], deep: [[[{ a: [null] }]]] },
}

/** What goes in comes out. */
export function content({ expect, check, checkReopened }: Part): void {
  check('get of an unknown key finds nothing (RC-231)', async ({ store }) => {
    expect(await store.get(A)).toEqual([])
  })

  check('bytes come back as they were, inline or opened (RC-232)', async ({ store }) => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i)
    const put = await store.put(A, meta(), every)
    const found = await first(store, A)
    expect(put.size).toBe(256)
    expect(found?.size).toBe(256)
    expect(found?.version).toBe(put.version)
    expect(await read(put)).toEqual(every)
    expect(await read(found)).toEqual(every)
    if (found?.bytes) expect(new Uint8Array(found.bytes)).toEqual(every)
  })

  check('an empty body is an entry, as bytes and as a stream', async ({ store }) => {
    await store.put(A, meta('bytes'), new Uint8Array())
    await store.put(A, meta('stream'), streamOf())
    await store.put(A, meta('chunks'), streamOf(new Uint8Array(), new Uint8Array()))
    const found = await store.get(A)
    expect(found.map((entry) => entry.size)).toEqual([0, 0, 0])
    for (const entry of found) expect((await read(entry)).length).toBe(0)
  })

  check('a stream comes back whole, its empty chunks and odd sizes aside', async ({ store }) => {
    const put = await store.put(A, meta(), streamOf(bytes('on'), bytes(''), bytes('e, t'), bytes('wo')))
    expect(put.size).toBe(8)
    expect(await text(put)).toBe('one, two')
    expect(await text(await first(store, A))).toBe('one, two')
  })

  check('bodies of every magnitude come back, from bytes and from streams', async ({ store }) => {
    for (const size of [1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 300_000, 1_100_000]) {
      await store.put(A, meta('bytes'), pattern(size, size))
      await store.put(A, meta('stream'), source(size, size, { chunk: 10_007 }).stream)
      for (const entry of await store.get(A)) {
        const body = await read(entry)
        expect([entry.size, body.length, isPattern(body, size)]).toEqual([size, size, true])
      }
    }
  })

  check('a view puts its own bytes only', async ({ store }) => {
    const whole = pattern(1, KIB)
    await store.put(A, meta(), whole.subarray(100, 110))
    expect(await read(await first(store, A))).toEqual(pattern(1, 10, 100))
  })

  check('metadata comes back equal', async ({ store }) => {
    const full = meta('v', { createdAt: START + 1, reclaimAt: START + 2, tags: ['b', 'a', ''], envelope: PLAIN })
    const put = await store.put(A, full, bytes('x'))
    const found = await first(store, A)
    expect(put.meta).toEqual(full)
    expect(found?.meta).toEqual(full)
    expect(found?.key).toEqual(A)
  })

  check('later writes to what was put change nothing stored', async ({ store }) => {
    const body = bytes('before')
    const list = ['before']
    const of = { ...A }
    await store.put(of, meta('', { tags: list, envelope: { list } }), body)
    body.fill(0)
    list[0] = 'after'
    of.url = 'https://other.test/'
    const found = await first(store, A)
    expect(await text(found)).toBe('before')
    expect(found?.meta.tags).toEqual(['before'])
    expect(found?.meta.envelope).toEqual({ list: ['before'] })
    expect(found?.key).toEqual(A)
  })

  check('what a reader does to the chunks it opened changes nothing stored', async ({ store }) => {
    await store.put(A, meta(), bytes('before'))
    const reader = (await (await first(store, A))?.open())?.getReader()
    const step = await reader?.read()
    step?.value?.fill(0)
    expect(await text(await first(store, A))).toBe('before')
  })

  check('open gives any part of the body', async ({ store }) => {
    const size = 200_000
    const put = await store.put(A, meta(), pattern(5, size))
    const found = await first(store, A)
    for (const entry of [put, found]) {
      for (const [start, end] of [
        [0, 1],
        [65_535, 65_537],
        [70_000, 170_000],
        [199_999, 200_000],
        [5, 5],
      ] as const) {
        const part = await read(entry, start, end)
        expect([start, part.length, isPattern(part, 5, start)]).toEqual([start, end - start, true])
      }
      expect(isPattern(await read(entry, 199_000), 5, 199_000)).toBe(true)
      expect((await read(entry, 199_000)).length).toBe(1000)
    }
  })

  check('open gives what there is where the part ends or lies beyond the body', async ({ store }) => {
    await store.put(A, meta(), bytes('0123456789'))
    const found = await first(store, A)
    const parts = await Promise.all([read(found, 7, 100), read(found, 10), read(found, 10, 20), read(found, 50, 60)])
    expect(parts.map((part) => new TextDecoder().decode(part))).toEqual(['789', '', '', ''])
  })

  check('one entry can be opened many times, and left half read', async ({ store }) => {
    await store.put(A, meta(), pattern(2, 300_000))
    const found = await first(store, A)
    const left = await found?.open()
    await left?.getReader().read()
    const abandoned = await found?.open()
    await abandoned?.cancel()
    const bodies = await Promise.all([read(found), read(found), read(found)])
    expect(bodies.map((body) => body.length === 300_000 && isPattern(body, 2))).toEqual([true, true, true])
  })

  check('the first uses may come all at once', async ({ store }) => {
    const puts = [1, 2, 3].map((i) => store.put(key(`https://a.test/${i}`), meta(), bytes(`${i}`)))
    await Promise.all([store.open(), store.get(A), store.delete([]), ...puts, store.open()])
    expect(await text(await first(store, key('https://a.test/2')))).toBe('2')
  })

  check('after close every member rejects with closed, and closing again is no error', async ({ store }) => {
    const entry = await store.put(A, meta(), bytes('x'))
    await store.close()
    await store.close()
    const actions = [
      () => store.open(),
      () => store.get(A),
      () => store.put(A, meta(), bytes('y')),
      () => store.put(A, meta(), streamOf(bytes('y'))),
      () => store.update(entry, meta()),
      () => store.delete([A]),
      () => store.list({ namespace: 'http' })[Symbol.asyncIterator]().next(),
    ]
    expect(await Promise.all(actions.map(outcome))).toEqual(actions.map(() => 'closed'))
  })

  check('a store that was never used closes', async ({ store }) => {
    await store.close()
    expect(await outcome(() => store.get(A))).toBe('closed')
  })

  checkReopened('all is there after closing and opening again', async ({ store, reopen }) => {
    const full = meta('v', { reclaimAt: START + 9, tags: ['t'], envelope: PLAIN })
    const put = await store.put(A, full, bytes('small'))
    await store.put(key('b', 'POST x', 'named'), marked('b'), source(3, 2_000_000).stream)
    await store.close()
    const again = await reopen()
    const found = await first(again, A)
    expect([found?.meta, found?.key, found?.version, found?.size]).toEqual([full, A, put.version, 5])
    expect(await text(found)).toBe('small')
    const large = await read(await first(again, key('b', 'POST x', 'named')))
    expect([large.length, isPattern(large, 3)]).toEqual([2_000_000, true])
  })

  checkReopened('two stores on the same data share it (RC-232)', async ({ store, reopen }) => {
    const other = await reopen()
    const mine = await store.put(A, marked('1'), bytes('one'))
    const seen = await first(other, A)
    expect(await text(seen)).toBe('one')
    await other.put(A, marked('2'), bytes('two'))
    expect(await store.update(mine, marked('3'))).toBe(false)
    expect((await first(other, A))?.meta).toEqual(marked('2'))
  })
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { encodeRecord } from '../../../src/record.ts'
import type { ResponseRecord } from '../../../src/record.ts'
import type { Entry, Meta, Store } from '../../../src/store.ts'
import type { ExportOptions, Imported, Progress } from '../../../src/index.ts'
import { crc32 } from '../../../src/management/crc32.ts'
import { page, snippets } from '../../support/docs-pages.ts'
import { A, B, KINDS, START, all, world } from './given.ts'
import type { World } from './given.ts'

const fileOf = (it: Pick<World, 'cache'>, options?: ExportOptions): Promise<string> =>
  new Response(it.cache.export(options)).text()

const into = (it: Pick<World, 'cache'>, file: string | Uint8Array<ArrayBuffer>): Promise<Imported> =>
  it.cache.import(new Blob([file]))

const bytesOf = async (entry: Entry): Promise<string> =>
  Buffer.from(await new Response(await entry.open()).arrayBuffer()).toString('hex')

/** All that counts of what a store has, in the order of keys. */
async function contents(store: Store): Promise<unknown[]> {
  const found = []
  for (const entry of await all(store.list({ namespace: 'http' })))
    found.push({ key: entry.key, meta: entry.meta, body: await bytesOf(entry) })
  return found.toSorted((a, b) =>
    JSON.stringify([a.key, a.meta.variant]) < JSON.stringify([b.key, b.meta.variant]) ? -1 : 1,
  )
}

const linesOf = (file: string): Record<string, unknown>[] =>
  file
    .trimEnd()
    .split('\n')
    // Each is an object, as the format says.
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('the checksum is that of zip and gzip', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
  expect(crc32(Buffer.from('6789'), crc32(Buffer.from('12345')))).toBe(0xcbf43926)
})

describe.each(KINDS)('a portable file of %s', (kind) => {
  test('makes everything hit elsewhere, with times, variants, tags and rules (RC-221)', async () => {
    await using it = await world(kind)
    await using there = await world('memory')
    await it.get(`${A}?h-vary=accept`, { headers: { accept: 'a/b' }, httpCache: { tags: ['x'] } })
    it.pass(5)
    await it.get(`${A}?h-vary=accept`, { headers: { accept: 'c/d' } })
    await it.get(`${A}?h-no-vary-search=params%3D("utm")&utm=1`)
    await it.get(B, { httpCache: { expireAfter: '1h' } })
    expect(await into(there, await fileOf(it))).toEqual({
      copied: 4,
      present: 0,
      skipped: 0,
      complete: true,
      cursor: (await it.raw()).at(-1)?.version,
    })
    const moved = there.other({ now: () => START + 6000 })
    for (const [url, accept] of [
      [`${A}?h-vary=accept`, 'a/b'],
      [`${A}?h-vary=accept`, 'c/d'],
      [`${A}?h-no-vary-search=params%3D("utm")&utm=2`, '*/*'],
      [B, '*/*'],
    ] as const) {
      const response = await moved.fetch(url, { headers: { accept } })
      expect(response.fromCache).toBe(true)
      expect(await response.text()).toBe(new URL(url).pathname)
    }
    expect(there.sent).toHaveLength(0)
    const [tagged] = await all(moved.filter({ tag: 'x' }))
    expect(tagged?.createdAt).toEqual(new Date(START))
    const [kept] = await all(moved.filter({ url: '/b' }))
    expect(kept?.expires).toEqual(new Date(START + 5000 + 3_600_000))
    expect(await contents(there.store)).toEqual(await contents(it.store))
  })

  test('skips what is present, and takes what is newer', async () => {
    await using it = await world(kind)
    await using there = await world('memory')
    await it.get(A)
    await it.get(B)
    const before = await fileOf(it)
    expect(await into(there, before)).toMatchObject({ copied: 2, present: 0 })
    expect(await into(there, before)).toMatchObject({ copied: 0, present: 2, complete: true })
    it.pass(90)
    await it.get(A)
    expect(await into(there, await fileOf(it))).toMatchObject({ copied: 1, present: 1 })
    expect(await into(there, before)).toMatchObject({ copied: 0, present: 2 })
  })

  test('is filtered, goes on after a cursor, and tells of its progress', async () => {
    await using it = await world(kind)
    for (const name of ['a', 'b', 'c', 'd']) await it.get(`https://example.org/${name}`)
    const told: Progress[] = []
    const some = await fileOf(it, { filter: { url: '/b' }, onProgress: (progress) => void told.push(progress) })
    expect(linesOf(some).map(({ url, text }) => url ?? text)).toEqual([
      undefined,
      'https://example.org/b',
      '/b',
      undefined,
      undefined,
    ])
    expect(told.at(-1)?.done).toBe(4)
    const cursor = String(linesOf(some)[1]?.['cursor'])
    const urls = (file: string): unknown[] => linesOf(file).flatMap(({ url }) => url ?? [])
    expect(urls(await fileOf(it, { after: cursor }))).toEqual(['https://example.org/c', 'https://example.org/d'])
    await it.cache.delete('https://example.org/b')
    expect(urls(await fileOf(it, { after: cursor }))).toHaveLength(3)
  })

  test('that was interrupted leaves what was whole, says where, and is continued', async () => {
    await using it = await world(kind)
    await it.get(A)
    await it.get(`${B}?times=100000`)
    const file = Buffer.from(await fileOf(it))
    for (const length of [file.length - 1, file.length - 90_000, 600]) {
      await using there = await world(kind)
      const cut = await into(there, file.subarray(0, length))
      expect(cut).toMatchObject({ complete: false, skipped: 0 })
      expect(await there.cache.count()).toBe(cut.copied)
      const rest = await into(there, await fileOf(it, cut.cursor === null ? {} : { after: cut.cursor }))
      expect(rest).toMatchObject({ complete: true, copied: 2 - cut.copied })
      expect(await contents(there.store)).toEqual(await contents(it.store))
    }
  })

  test('with a wrong checksum, size or line stores nothing of that entry, and names the line', async () => {
    await using it = await world(kind)
    await it.get(A)
    await it.get(`${B}?times=100000`)
    const lines = (await fileOf(it)).split('\n')
    const broken = async (at: number, ...replaced: string[]): Promise<void> => {
      await using there = await world(kind)
      const file = lines.toSpliced(at, 1, ...replaced).join('\n')
      await expect(into(there, file)).rejects.toThrow(/^line \d+: /)
      expect(await there.cache.hasUrl(`${B}?times=100000`)).toBe(false)
      expect(await there.cache.hasUrl(A)).toBe(at > 3)
    }
    const last = lines.length - 3
    await broken(0, '{"stowaway":"export","version":2}')
    await broken(0, lines[4] ?? '')
    await broken(4, (lines[4] ?? '').replace('max-age', 'max-agf'))
    await broken(5, (lines[5] ?? '').replace('/b', '/c'))
    await broken(5)
    await broken(6, '{"base64":"*"}')
    await broken(6, '[]')
    await broken(6, '{')
    await broken(6, '{"other":1}')
    await broken(last, '{"end":true,"crc32":"00000000"}')
    await broken(last, '{"text":"more"}')
    await broken(5, `{"text":"${'x'.repeat(9_000_000)}"}`)
    await using there = await world(kind)
    await expect(into(there, lines.toSpliced(-2, 1, '{"stowaway":"end","entries":7}').join('\n'))).rejects.toThrow(
      `line ${lines.length - 1}: it tells of other than 2 entries`,
    )
  })

  test('can be as long as a body is, in pieces of 64 KiB, at the pace of who reads', async () => {
    await using it = await world(kind)
    await using there = await world(kind)
    await it.get(`${A}?times=300000`)
    const reader = it.cache.export().getReader()
    const first = await reader.read()
    expect(first.value?.length).toBeLessThan(200_000)
    await reader.cancel()
    const file = await fileOf(it)
    const sizes = linesOf(file).flatMap(({ text }) => (typeof text === 'string' ? text.length : []))
    expect(sizes.reduce((a, b) => a + b)).toBe(600_000)
    expect(Math.max(...sizes)).toBe(65_536)
    async function* crumbs(): AsyncGenerator<Uint8Array> {
      const bytes = Buffer.from(file)
      for (let at = 0; at < bytes.length; at += 7777) yield bytes.subarray(at, at + 7777)
    }
    expect(await there.cache.import(crumbs())).toMatchObject({ copied: 1, complete: true })
    expect(await there.get(`${A}?times=300000`)).toBe('/a'.repeat(300_000))
    expect(there.sent).toHaveLength(0)
  })
})

test('the file that docs/portable-format.md shows is one, as it would be written today', async () => {
  await using it = await world('memory')
  const shown = snippets({ name: '', text: page('docs/portable-format.md') })[0]?.code ?? ''
  expect(await into(it, shown)).toMatchObject({ copied: 1, complete: true })
  const response = await it.cache.fetch('https://example.org/items', { headers: { accept: 'application/json' } })
  expect([response.fromCache, await response.json()]).toEqual([true, { items: ['é'] }])
  expect(await fileOf(it)).toBe(shown)
})

describe('credentials in a portable file', () => {
  const mine = { headers: { authorization: 'Bearer mine' } }

  test('are not in it, nor what only they lead to', async () => {
    await using it = await world('memory')
    await using there = await world('memory')
    await it.get(A)
    await it.get(B, mine)
    const file = await fileOf(it)
    expect(file).not.toContain('secret')
    expect(file).not.toContain('/b')
    expect(linesOf(file).at(-1)).toEqual({ stowaway: 'end', entries: 1, skipped: 1 })
    expect(await into(there, file)).toMatchObject({ copied: 1, complete: true })
  })

  test('are recognised elsewhere only where both sides ask for the secret', async () => {
    await using it = await world('memory')
    await it.get(B, mine)
    const file = await fileOf(it, { secret: true })
    await using cautious = await world('memory')
    expect(await into(cautious, file)).toMatchObject({ copied: 0, skipped: 1 })
    expect(await cautious.store.get({ namespace: 'secret', url: '', selector: '' })).toHaveLength(0)
    await using there = await world('memory')
    expect(await there.cache.import(new Blob([file]), { secret: true })).toMatchObject({ copied: 1, skipped: 0 })
    await there.get(B, mine)
    expect(there.sent).toHaveLength(0)
    await there.get(B, { headers: { authorization: 'Bearer other' } })
    expect(there.sent).toHaveLength(1)
    await using fooled = await world('memory')
    const short = file.replace(/"secret":"[^"]*"/, '"secret":""')
    await expect(fooled.cache.import(new Blob([short]), { secret: true })).rejects.toThrow(
      'line 1: the secret has 0 bytes',
    )
    // Its own secret is another.
    await using own = await world('memory')
    await own.get(A, mine)
    expect(await own.cache.import(new Blob([file]), { secret: true })).toMatchObject({ copied: 0, skipped: 1 })
  })
})

describe('export and import', () => {
  test('refuse what they do not take', async () => {
    await using it = await world('memory')
    await expect(it.cache.export({ after: '' }).getReader().read()).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(fileOf(it, { filter: { olderThan: 'x' } } as object)).rejects.toMatchObject({
      code: 'invalid-duration',
    })
    // Not what the types say.
    await expect(it.cache.import('text' as never)).rejects.toThrow(
      'source: "text" is not accepted; give a ReadableStream',
    )
    await expect(it.cache.import(new Blob(), { secrets: true } as object)).rejects.toMatchObject({
      code: 'unknown-option',
    })
    await expect(
      it.cache.import(new Response('a').body?.pipeThrough(new TextDecoderStream()) as never),
    ).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(it.cache.import(new Blob())).rejects.toMatchObject({ code: 'corrupt' })
    const closed = it.other({ readOnly: true })
    await expect(closed.import(new Blob())).rejects.toMatchObject({ code: 'read-only' })
  })

  test('end when the signal says so, and let go of the source', async () => {
    await using it = await world('memory')
    await it.get(A)
    const controller = new AbortController()
    let cancelled: unknown
    const hangs = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) })
    const importing = it.cache.import(hangs, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(importing).rejects.toThrow('enough')
    expect(cancelled).toBe(true)
    await expect(fileOf(it, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  })

  test('leave out an entry that the store does not take, and go on with the next', async () => {
    await using it = await world('memory')
    await it.get(`${B}?times=100000`)
    await it.get(A)
    const file = await fileOf(it)
    const small = createMemoryStore({ maxEntryBytes: 1000 })
    expect(await it.other({ backend: small }).import(new Blob([file]))).toMatchObject({
      copied: 1,
      skipped: 1,
      complete: true,
    })
    // One that says so only while it is written to.
    const late: Store = { ...small, limits: { ...small.limits, maxEntryBytes: Infinity } }
    expect(await it.other({ backend: late }).import(new Blob([file]))).toMatchObject({
      present: 1,
      skipped: 1,
      complete: true,
    })
  })

  test('take no body of another size, also where its checksum is right', async () => {
    await using it = await world('memory')
    await it.get(A)
    const [head, entry = '', , , last] = (await fileOf(it)).split('\n')
    for (const text of ['/', '/aa', undefined]) {
      await using there = await world('memory')
      const lines = [entry, ...(text === undefined ? [] : [JSON.stringify({ text })])]
      const sum = crc32(Buffer.from(lines.map((line) => `${line}\n`).join('')))
        .toString(16)
        .padStart(8, '0')
      const file = [head, ...lines, JSON.stringify({ end: true, crc32: sum }), last, ''].join('\n')
      await expect(into(there, file)).rejects.toThrow(/^line \d: the body has .* 2 bytes$/)
      expect(await there.raw()).toEqual([])
    }
  })

  test('have text as text however long it is, and as base64 what is none', async () => {
    for (const [body, member] of [
      [`x${'€𝄞'.repeat(30_000)}`, 'text'],
      ['\ufeff<html>\r\n\t"\u2028', 'text'],
      ['\0'.repeat(100), 'base64'],
      [Uint8Array.of(0xe2, 0x82), 'base64'],
    ] as const) {
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
      const reply = (): Response => new Response(bytes, { headers: { 'cache-control': 'max-age=9' } })
      await using it = await world('memory', {}, reply)
      await it.get(A)
      const members = linesOf(await fileOf(it))
        .slice(2, -2)
        .flatMap(Object.keys)
      expect(new Set(members)).toEqual(new Set([member]))
      await using there = await world('memory')
      await into(there, await fileOf(it))
      expect(await contents(there.store)).toEqual(await contents(it.store))
    }
  })

  test('take nothing that this release could not have written', async () => {
    await using it = await world('memory')
    await it.get(A)
    const [head = '', entry = ''] = (await fileOf(it)).split('\n')
    // One line of the file, taken apart to be put together otherwise.
    const whole = JSON.parse(entry) as { envelope: object }
    const bad = async (change: object): Promise<void> => {
      await using there = await world('memory')
      const line = JSON.stringify({ ...whole, ...change })
      await expect(into(there, `${head}\n${line}\n{"text":"/a"}\n`)).rejects.toThrow(
        /^line 2: \w+.* is not as in an export$/,
      )
      expect(await there.raw()).toEqual([])
    }
    for (const name of Object.keys(whole)) await bad({ [name]: { no: 1 } })
    await bad({ selector: 'no-vary-search' })
    for (const change of [
      { status: 700 },
      { status: '200' },
      { fields: 'a b:c' },
      { fields: 'a:b\r' },
      { fields: 5 },
      { identity: 5 },
      { selecting: { accept: 1 } },
      { lifetime: { for: 'x' } },
      { type: 'opaque' },
      { url: 'no' },
      { bodyless: 1 },
      { v: '1' },
    ])
      await bad({ envelope: { ...whole.envelope, ...change } })
    const strange = { ...whole, envelope: { ...whole.envelope, v: 99 } }
    await using there = await world('memory')
    expect(await into(there, `${head}\n${JSON.stringify(strange)}\n`)).toMatchObject({ complete: false, copied: 0 })
  })

  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    text.map((it) => new TextEncoder().encode(it)),
    fc
      .record({ of: fc.uint8Array({ minLength: 1, maxLength: 5 }), times: fc.integer({ min: 1, max: 60_000 }) })
      .map(({ of, times }) => {
        const all = new Uint8Array(of.length * times)
        for (let at = 0; at < times; at++) all.set(of, at * of.length)
        return all
      }),
    fc.integer({ min: 65_500, max: 65_600 }).map((length) => new TextEncoder().encode(`${'x'.repeat(length)}€𝄞é`)),
  )
  const name = fc.stringMatching(/^[a-z][a-z-]{0,8}$/)
  const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/)
  const instant = fc.integer({ min: 0, max: 4e12 })
  const record: fc.Arbitrary<ResponseRecord> = fc.record({
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
    url: fc.webUrl({ withQueryParameters: true }),
    status: fc.integer({ min: 200, max: 599 }),
    statusText: value,
    fields: fc.array(fc.tuple(name, value), { maxLength: 5 }),
    requestTime: instant,
    responseTime: instant,
    selecting: fc.dictionary(fc.constantFrom('accept', 'x-a', 'accept-language'), fc.option(text)),
    identity: fc.constantFrom('', null),
    decoded: fc.boolean(),
    bodyless: fc.boolean(),
    invalid: fc.boolean(),
  })
  const entries = fc.uniqueArray(
    fc.record({
      url: text,
      selector: fc.constantFrom('', 'POST x', 'custom:GET'),
      variant: text,
      tags: fc.uniqueArray(text, { maxLength: 3 }),
      times: fc.tuple(instant, fc.option(instant), fc.option(instant)),
      basis: text,
      record,
      body,
    }),
    { maxLength: 6, selector: ({ url, selector, variant }) => JSON.stringify([url, selector, variant]) },
  )

  test.each(KINDS)('give the same entries in %s, whatever these hold', async (kind) => {
    await using there = await world(kind, { now: () => 0 })
    await fc.assert(
      fc.asyncProperty(entries, async (given) => {
        await using it = await world('memory', { now: () => 0 })
        for (const { basis, body, record, selector, tags, times, url, variant } of given) {
          const [createdAt, expiresAt, reclaimAt] = times
          const later = reclaimAt === null ? null : reclaimAt + 4e12
          const meta: Meta = {
            variant,
            createdAt,
            expiresAt,
            reclaimAt: later,
            basis,
            tags,
            envelope: encodeRecord(record),
          }
          await it.store.put({ namespace: 'http', url, selector }, meta, new Uint8Array(body))
        }
        await there.store.delete([{ namespace: 'http' }])
        const exported = it.cache.export({ filter: { valid: true, expired: true } })
        expect(await there.cache.import(exported)).toMatchObject({ copied: given.length, complete: true, skipped: 0 })
        expect(await contents(there.store)).toEqual(await contents(it.store))
      }),
      { numRuns: kind === 'memory' ? 60 : 20 },
    )
  })

  test('take no file apart that is none, however it is damaged', async () => {
    await using it = await world('memory')
    await it.get(A)
    await it.get(`${B}?times=100`)
    const file = Buffer.from(await fileOf(it))
    const whole = await contents(it.store)
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.nat(255), async (at, byte) => {
        await using there = await world('memory')
        const damaged = new Uint8Array(file)
        damaged[at] = byte
        const outcome = await into(there, damaged).catch((error: unknown) => error)
        expect(outcome instanceof Error ? outcome : { code: 'corrupt' }).toMatchObject({ code: 'corrupt' })
        for (const entry of await contents(there.store)) expect(whole).toContainEqual(entry)
      }),
      { numRuns: 300 },
    )
  })
})

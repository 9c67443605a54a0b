/** Asking the origin whether what is stored still holds: mistakes that caches have made. */
import { describe, expect, test } from 'vitest'
import { URL_A, cc, dated, text, world } from '../api/given.ts'
import type { Answer } from '../api/given.ts'

const TAG = { etag: '"v1"' }
const conditional = (headers: Headers): boolean => headers.has('if-none-match') || headers.has('if-modified-since')

/** 200 with these fields first, then 304 with those. */
const confirming =
  (first: Record<string, string>, then: Record<string, string> = {}): Answer =>
  ({ headers }, count) =>
    conditional(headers)
      ? new Response(null, { status: 304, headers: then })
      : new Response(`body ${count}`, { headers: first })

describe('revalidation', () => {
  test('a 304 without Cache-Control leaves the stored lifetime in force (trap 28, RC-171)', async () => {
    await using at = world(confirming({ ...TAG, ...cc('max-age=60') }))
    await text(at.fetch(URL_A))
    at.pass(61)
    expect(await text(at.fetch(URL_A))).toBe('body 0')
    at.pass(59)
    expect(await text(at.fetch(URL_A))).toBe('body 0')
    expect(at.sent).toHaveLength(2)
  })

  test('a 304 changes nothing that describes the stored bytes, nor adds fields of the connection (trap 29, RC-172, HI-32)', async () => {
    const first = { ...TAG, ...cc('max-age=0'), 'content-encoding': 'gzip', 'content-length': '6' }
    const then = {
      'content-length': '0',
      'content-encoding': 'br',
      'content-range': 'bytes 0-1/2',
      connection: 'x-hop',
      'x-hop': '1',
      'keep-alive': 'timeout=5',
      'x-new': '2',
    }
    await using at = world(confirming(first, then))
    await text(at.fetch(URL_A))
    const response = await at.fetch(URL_A)
    const shown = Object.fromEntries(
      ['content-encoding', 'content-range', 'connection', 'x-hop', 'keep-alive', 'x-new'].map((name) => [
        name,
        response.headers.get(name),
      ]),
    )
    expect(shown).toEqual({
      'content-encoding': 'gzip',
      'content-range': null,
      connection: null,
      'x-hop': null,
      'keep-alive': null,
      'x-new': '2',
    })
    expect(await response.text()).toBe('body 0')
  })

  test('a validator is that of the variant which would be used, and none where there is none (trap 30)', async () => {
    await using at = world(({ headers }) => {
      const language = headers.get('accept-language') ?? ''
      if (conditional(headers)) return new Response(null, { status: 304 })
      return new Response(language, {
        headers: { vary: 'accept-language', 'last-modified': dated(-10), ...cc('max-age=1') },
      })
    })
    const ask = (language: string): Promise<string> =>
      text(at.fetch(URL_A, { headers: { 'accept-language': language } }))
    expect(await ask('de')).toBe('de')
    at.pass(5)
    expect(await ask('fr')).toBe('fr')
    expect(conditional(at.sent[1]?.headers ?? new Headers())).toBe(false)
    expect(await ask('de')).toBe('de')
    expect(conditional(at.sent[2]?.headers ?? new Headers())).toBe(true)
  })

  test('a 304 with the strong form of a stored weak tag confirms it (trap 31)', async () => {
    await using at = world(confirming({ etag: 'W/"v1"', ...cc('max-age=0') }, { etag: '"v1"' }))
    await text(at.fetch(URL_A))
    expect(await text(at.fetch(URL_A))).toBe('body 0')
    expect(at.sent).toHaveLength(2)
  })

  test("a caller's own condition goes out as it is, and its 304 is the caller's (trap 32)", async () => {
    await using at = world(confirming({ ...TAG, ...cc('max-age=0') }))
    await text(at.fetch(URL_A))
    const answer = await at.fetch(URL_A, { headers: { 'if-none-match': '"mine"' } })
    expect([answer.status, at.sent[1]?.headers.get('if-none-match')]).toEqual([304, '"mine"'])
  })

  test("a caller's own condition is answered from a fresh entry (trap 33, RC-68)", async () => {
    await using at = world(confirming({ ...TAG, ...cc('max-age=60') }))
    await text(at.fetch(URL_A))
    const same = await at.fetch(URL_A, { headers: { 'if-none-match': '"v1"' } })
    const other = await at.fetch(URL_A, { headers: { 'if-none-match': '"v0"' } })
    expect([same.status, other.status, at.sent.length]).toEqual([304, 200, 1])
  })

  test('a 5xx in answer to a validation leaves the stored response in place, a 404 that may be stored takes it (trap 34)', async () => {
    const statuses = [200, 503, 200, 404]
    await using at = world(({ headers }, count) => {
      const status = statuses[count] ?? 200
      if (status === 200 && conditional(headers)) return new Response(null, { status: 304 })
      return new Response(`${count}`, { status, headers: { ...TAG, ...cc(status === 503 ? '' : 'max-age=1') } })
    })
    await text(at.fetch(URL_A))
    at.pass(2)
    expect((await at.fetch(URL_A)).status).toBe(503)
    expect(await text(at.fetch(URL_A))).toBe('0')
    at.pass(2)
    expect((await at.fetch(URL_A)).status).toBe(404)
    expect((await at.cache.explain(URL_A)).stored?.status).toBe(404)
  })

  test('a 304 makes the response fresh again without its body being written again (trap 35)', async () => {
    await using at = world(confirming({ ...TAG, ...cc('max-age=60') }))
    await text(at.fetch(URL_A))
    const [before] = await at.entries()
    at.pass(61)
    await text(at.fetch(URL_A))
    const [after] = await at.entries()
    expect(after?.version).toBe(before?.version)
    expect((await at.cache.explain(URL_A)).stored?.fresh).toBe(true)
  })

  test('when it was stored, when it was confirmed and when it expires are three times (trap 36)', async () => {
    await using at = world(confirming({ ...TAG, ...cc('max-age=60') }))
    const { createdAt } = await at.fetch(URL_A)
    await text(at.fetch(URL_A))
    at.pass(100)
    const confirmed = await at.fetch(URL_A)
    expect(confirmed.createdAt).toEqual(createdAt)
    expect(confirmed.expires?.getTime()).toBe((createdAt?.getTime() ?? 0) + 160_000)
    for await (const entry of at.cache.filter()) {
      expect(entry.validatedAt.getTime()).toBe((createdAt?.getTime() ?? 0) + 100_000)
    }
    expect(await at.cache.count()).toBe(1)
  })
})

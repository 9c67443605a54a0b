import { describe, expect, test } from 'vitest'
import type { HarOptions, Transfer } from '../../../src/index.ts'
import { A, B, KINDS, START, all, world } from './given.ts'
import type { World } from './given.ts'

interface Har {
  readonly log: {
    readonly version: string
    readonly entries: readonly {
      readonly startedDateTime: string
      readonly request: { readonly url: string; readonly method: string; readonly headers: readonly object[] }
      readonly response: {
        readonly status: number
        readonly headers: readonly { readonly name: string; readonly value: string }[]
        readonly content: { readonly text: string; readonly encoding?: string; readonly size: number }
      }
    }[]
  }
}

const harOf = async (it: Pick<World, 'cache'>, options?: HarOptions): Promise<Har> =>
  // What is written there is what is tested here.
  JSON.parse(await new Response(it.cache.exportHar(options)).text()) as Har

const into = (it: Pick<World, 'cache'>, har: unknown): Promise<Transfer> =>
  it.cache.importHar(new Blob([JSON.stringify(har)]))

describe.each(KINDS)('HAR of %s', (kind) => {
  test('has what is stored, and hits elsewhere', async () => {
    await using it = await world(kind)
    await using there = await world('memory')
    await it.get(`${A}?h-vary=accept&h-content-type=text/plain`, { headers: { accept: 'text/html,*/*' } })
    await it.get(`${B}?times=700000`)
    await it.get(B, { headers: { authorization: 'mine' } })
    it.pass(5)
    await it.get(`${A}?q=1&q=2`)
    const har = await harOf(it)
    expect(har.log.version).toBe('1.2')
    const [first, second, third] = har.log.entries
    expect(har.log.entries).toHaveLength(3)
    expect(first?.startedDateTime).toBe(new Date(START).toISOString())
    expect(first?.request.headers).toEqual([{ name: 'accept', value: 'text/html, */*' }])
    expect(first?.response.content).toEqual({ size: 2, mimeType: 'text/plain', text: '/a' })
    expect(second?.response.content).toMatchObject({ size: 1_400_000, encoding: 'base64' })
    expect(third?.request).toMatchObject({
      queryString: [
        { name: 'q', value: '1' },
        { name: 'q', value: '2' },
      ],
    })
    expect(await into(there, har)).toEqual({ copied: 3, present: 0, skipped: 0 })
    expect(await there.get(`${B}?times=700000`)).toBe('/b'.repeat(700_000))
    expect(
      await there.get(`${A}?h-vary=accept&h-content-type=text/plain`, { headers: { accept: 'text/html,*/*' } }),
    ).toBe('/a')
    expect(await there.get(`${A}?q=1&q=2`)).toBe('/a')
    expect(there.sent).toHaveLength(0)
    const [entry] = await all(there.cache.filter({ url: '/b' }))
    expect(entry?.createdAt).toEqual(new Date(START))
    expect(await into(there, har)).toEqual({ copied: 0, present: 3, skipped: 0 })
  })

  test('is filtered, and has bytes that are no text as base64', async () => {
    await using it = await world(
      kind,
      {},
      () => new Response(Uint8Array.of(255, 0, 10), { headers: { 'cache-control': 'max-age=9' } }),
    )
    await it.get(A)
    await it.get(B)
    const { log } = await harOf(it, { filter: { url: '/b' } })
    expect(log.entries.map(({ request, response }) => [request.url, response.content.text])).toEqual([[B, '/wAK']])
  })
})

/** As a browser saves it. */
const saved = (
  more: { request?: object; response?: object; content?: object; startedDateTime?: unknown } = {},
): object => ({
  startedDateTime: more.startedDateTime ?? '2025-12-31T23:59:30.000Z',
  time: 12.5,
  request: {
    method: 'GET',
    url: A,
    httpVersion: 'h2',
    headers: [
      { name: ':authority', value: 'example.org' },
      { name: 'accept', value: '*/*' },
      { name: 'accept-language', value: 'de' },
      { name: 'sec-ch-ua', value: '"x"' },
      { name: 'x-mine', value: '1' },
    ],
    bodySize: 0,
    ...more.request,
  },
  response: {
    status: 200,
    statusText: '',
    headers: [
      { name: 'cache-control', value: 'max-age=60' },
      { name: 'vary', value: 'accept, accept-language, x-mine' },
      { name: 'set-cookie', value: 'a=1\nb=2' },
    ],
    content: { size: 4, mimeType: 'text/plain', text: 'here', ...more.content },
    ...more.response,
  },
})

const logOf = (...entries: unknown[]): object => ({
  log: { version: '1.2', creator: { name: 'WebInspector' }, entries },
})
const headers = (...pairs: (readonly [string, string])[]): object => ({
  headers: pairs.map(([name, value]) => ({ name, value })),
})
const fresh = ['cache-control', 'max-age=60'] as const

describe('HAR that a browser saved', () => {
  test('answers the same request of fetch, with the time that it had', async () => {
    await using it = await world('memory')
    expect(await into(it, logOf(saved()))).toEqual({ copied: 1, present: 0, skipped: 0 })
    const response = await it.cache.fetch(A, { headers: { 'x-mine': '1' } })
    expect([response.fromCache, await response.text()]).toEqual([true, 'here'])
    expect(response.createdAt).toEqual(new Date('2025-12-31T23:59:30Z'))
    expect(response.headers.get('age')).toBe('30')
    expect(response.headers.getSetCookie()).toHaveLength(2)
    expect(await it.cache.has(A)).toBe(false)
  })

  test('has redirects hop by hop, bodies of requests, and text in UTF-8 whatever it was', async () => {
    await using it = await world('memory', { allowableMethods: ['GET', 'POST'] })
    const outcome = await into(
      it,
      logOf(
        saved({
          request: { url: `${A}?moved` },
          response: { status: 301, ...headers(fresh, ['location', B]) },
          content: { size: 0, text: '' },
        }),
        saved({
          request: { url: B },
          response: headers(fresh, ['content-type', 'text/html; charset=windows-1252'], ['content-length', '3']),
          content: { size: 3, text: 'a\u20acb' },
        }),
        saved({ request: { method: 'POST', postData: { text: 'asked' } }, response: headers(fresh) }),
        saved({ request: { url: `${B}?none` }, response: { ...headers(fresh), content: { size: 0 } } }),
        saved({
          request: { url: `${B}?b64` },
          content: { size: 2, text: '/wA=', encoding: 'base64' },
          response: headers(fresh),
        }),
      ),
    )
    expect(outcome).toEqual({ copied: 5, present: 0, skipped: 0 })
    const moved = await it.cache.fetch(`${A}?moved`)
    expect([moved.fromCache, moved.redirected, await moved.text()]).toEqual([true, true, 'a\u20acb'])
    expect(moved.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await it.get(A, { method: 'POST', body: 'asked' })).toBe('here')
    expect(await it.get(`${B}?none`)).toBe('')
    expect(it.sent).toHaveLength(0)
  })

  test('keeps what was asked for with credentials for who has these', async () => {
    await using it = await world('memory')
    await into(it, logOf(saved({ request: headers(['Cookie', 'a=1']), response: headers(fresh) })))
    expect(await it.cache.has(A)).toBe(false)
    expect(await it.cache.has(A, { headers: { cookie: 'a=1' } })).toBe(true)
  })

  test('leaves out what is not whole, or nothing that a fetch could have got', async () => {
    await using it = await world('memory', { allowableMethods: ['GET', 'POST'] })
    const no = [
      null,
      {},
      saved({ startedDateTime: 'once' }),
      saved({ request: { url: 'ws://example.org/' } }),
      saved({ request: { url: 5 } }),
      saved({ request: { method: 5 } }),
      saved({ request: { method: 'POST', bodySize: 9 } }),
      saved({ request: headers(['a b', 'c']) }),
      saved({ response: { status: 0 } }),
      saved({ response: { status: 101 } }),
      saved({ response: { status: 304 } }),
      saved({ response: { status: '200' } }),
      saved({ response: { status: 206 } }),
      saved({ response: { content: { size: 5 } } }),
      saved({ content: { size: 400 } }),
      saved({ content: { size: 400, encoding: 'base64', text: 'AAAA' } }),
      saved({ content: { encoding: 'base64', text: '*' } }),
      saved({ response: headers(['cache-control', 'no-store']) }),
      saved({ response: headers(fresh, ['vary', '*']) }),
      { ...saved(), _followedTo: B },
    ]
    for (const [at, entry] of no.entries())
      expect([at, await into(it, logOf(entry))]).toEqual([at, { copied: 0, present: 0, skipped: 1 }])
    expect(await into(it, logOf(...no, saved()))).toEqual({ copied: 1, present: 0, skipped: no.length })
    expect(await it.cache.count()).toBe(1)
  })

  test('is refused where it is none', async () => {
    await using it = await world('memory')
    for (const text of ['', '{', '[]', '{"log":{}}', '{"log":{"entries":5}}'])
      await expect(it.cache.importHar(new Blob([text]))).rejects.toMatchObject({ code: 'corrupt' })
    await expect(it.other({ readOnly: true }).importHar(new Blob())).rejects.toMatchObject({ code: 'read-only' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(it.cache.importHar(new Blob(['{}']), { signal })).rejects.toThrow('enough')
  })
})

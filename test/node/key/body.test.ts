import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { canonicalBody, MAX_KEY_BODY_BYTES } from '../../../src/key/body.ts'
import { loadDigest } from '../../../src/key/digest.ts'
import { ignoredNames } from '../../../src/key/redact.ts'

const digest = await loadDigest()
const ignored = ignoredNames(new Set(['session']))
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

async function canonical(body: unknown, type?: string, headers: Record<string, string> = {}) {
  const result = await canonicalBody(
    body,
    new Headers(type === undefined ? headers : { 'Content-Type': type, ...headers }),
    ignored,
  )
  return result && { digest: digest(result.parts), secrets: result.secrets, text: JSON.stringify(result.parts) }
}
function multipart(boundary: string, ...parts: [head: string, content: string][]): Uint8Array<ArrayBuffer> {
  const text = parts.map(([head, content]) => `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`).join('')
  return utf8(`${text}--${boundary}--\r\n`)
}
const field = (name: string): string => `Content-Disposition: form-data; name="${name}"`

function form(...entries: [string, string | File][]): FormData {
  const data = new FormData()
  for (const [name, value] of entries) data.append(name, value)
  return data
}

describe('what a body is', () => {
  test('the same bytes are the same body, in whatever object they come', async () => {
    const bytes = utf8('--abc--')
    for (const body of [
      'abc',
      bytes.slice(2, 5),
      bytes.slice(2, 5).buffer,
      bytes.subarray(2, 5),
      new Blob(['abc']),
      new DataView(bytes.buffer, 2, 3),
    ])
      expect(await canonical(body, 'text/plain')).toEqual(await canonical('abc', 'text/plain'))
  })

  test('without a Content-Type, the one that fetch will send counts', async () => {
    expect(await canonical('a')).toEqual(await canonical(utf8('a'), 'text/plain;charset=UTF-8'))
    expect(await canonical(new URLSearchParams('a=1'))).toEqual(
      await canonical('a=1', 'application/x-www-form-urlencoded;charset=UTF-8'),
    )
    expect(await canonical(new Blob(['{"a":1}'], { type: 'application/json' }))).toEqual(
      await canonical('{"a": 1}', 'application/json'),
    )
    expect(await canonical(utf8('a'))).not.toEqual(await canonical('a'))
  })

  test('the media type, its parameters and the content coding count', async () => {
    const base = canonical('a', 'text/plain')
    expect(await base).toEqual(await canonical('a', ' Text/PLAIN '))
    expect(await base).not.toEqual(await canonical('a', 'text/html'))
    expect(await base).not.toEqual(await canonical('a', 'text/plain; charset=utf-8'))
    expect(await base).not.toEqual(await canonical('a', 'text/plain', { 'Content-Encoding': 'gzip' }))
    expect(await canonical('{}', 'application/json')).not.toEqual(await canonical('{}', 'application/x+json'))
    expect(await canonical('{}', 'application/json')).not.toEqual(await canonical('{}', 'application/json; v=2'))
  })

  test('an encoded body counts by its bytes', async () => {
    const gzip = { 'Content-Encoding': 'gzip' }
    expect(await canonical('{"a":1}', 'application/json', gzip)).not.toEqual(
      await canonical('{"a": 1}', 'application/json', gzip),
    )
  })

  test('different text is a different body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (a, b) => {
        fc.pre(a !== b)
        for (const type of ['text/plain', 'application/octet-stream'])
          expect((await canonical(a, type))?.digest).not.toBe((await canonical(b, type))?.digest)
      }),
    )
  })

  test('a stream, an iterable and anything unknown have no key', async () => {
    for (const body of [new ReadableStream(), (async function* () {})(), [1], {}, 1])
      expect(await canonical(body, 'text/plain')).toBeUndefined()
  })

  test('a stream is neither locked nor read', async () => {
    const stream = new Blob(['abc']).stream()
    await canonical(stream, 'text/plain')
    expect(stream.locked).toBe(false)
    expect(await new Response(stream).text()).toBe('abc')
  })

  test('a body that can no longer be read has no key, and no error either', async () => {
    const file = new Blob(['x'])
    const gone = () => new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
    Object.defineProperty(file, 'stream', { value: gone })
    await expect(new Response(file).text()).rejects.toThrow('gone')
    expect(await canonical(file, 'text/plain')).toBeUndefined()
  })

  test('a body over 10 MiB has no key, one of 10 MiB has (RC-83)', async () => {
    const most = new Uint8Array(MAX_KEY_BODY_BYTES)
    expect(await canonical(most)).toBeDefined()
    const more = new Uint8Array(MAX_KEY_BODY_BYTES + 1)
    for (const body of [more, new Blob([more]), 'a'.repeat(more.length), 'é'.repeat(more.length / 2 + 1)])
      expect(await canonical(body)).toBeUndefined()
    expect(await canonical(form(['a', new File([more], 'f')]))).toBeUndefined()
    expect(await canonical(new URLSearchParams({ a: 'a'.repeat(more.length) }))).toBeUndefined()
  })

  test('what is known to be over 10 MiB is not even read', async () => {
    const file = new File([new Uint8Array(MAX_KEY_BODY_BYTES + 1)], 'f')
    const stream = vi.spyOn(file, 'stream')
    expect(await canonical(file)).toBeUndefined()
    expect(stream).not.toHaveBeenCalled()
  })

  test('what the caller does with its buffer afterwards does not count', async () => {
    const bytes = utf8('abc')
    const result = canonical(bytes, 'text/plain')
    bytes.fill(0)
    expect(await result).toEqual(await canonical('abc', 'text/plain'))
  })
})

describe('JSON', () => {
  const json = (text: string, type = 'application/json') => canonical(text, type)

  test('the order of members and white space do not count, all else does', async () => {
    expect(await json('{"b":{"y":1,"x":2},"a":3}')).toEqual(await json('{ "a": 3, "b": { "x": 2, "y": 1 } }'))
    expect(await json('{"b":1,"a":2}', 'application/vnd.api+json; charset=utf-8')).toEqual(
      await json('{"a":2,"b":1}', 'application/vnd.api+json; charset=utf-8'),
    )
    expect(await json('[1,2]')).not.toEqual(await json('[2,1]'))
    expect(await json('1')).not.toEqual(await json('1.0'))
    expect(await json('12345678901234567890')).not.toEqual(await json('12345678901234567891'))
  })

  test.each([
    'text/plain',
    'application/x-ndjson',
    'application/json-seq',
    'application/geo+json-seq',
    'application/jsonp',
  ])('%s is not JSON', async (type) => expect(await json('{"a":1}', type)).not.toEqual(await json('{"a": 1}', type)))

  test('what does not parse counts by its bytes', async () => {
    expect(await json('{"a":1}\n{"a":2}')).not.toEqual(await json('{"a":1}\n{"a": 2}'))
    expect(await canonical(new Uint8Array([34, 255, 34]), 'application/json')).not.toEqual(
      await canonical(new Uint8Array([34, 254, 34]), 'application/json'),
    )
    expect(await json('\ufeff1')).not.toEqual(await json('1'))
    expect(await json('')).toEqual(await json(''))
  })

  test('deep nesting counts by its bytes', async () => {
    const deep = '['.repeat(1e5) + ']'.repeat(1e5)
    expect(await json(deep)).not.toEqual(await json(`${deep} `))
  })

  test('secrets at any depth are redacted, and count where they stand', async () => {
    const one = await json('{"a":[{"api_key":"s3cret1"}],"b":{"Access_Token":{"x":"s3cret2"}}}')
    const other = await json('{"a":[{"api_key":"s3cret2"}],"b":{"Access_Token":{"x":"s3cret1"}}}')
    expect(one?.text).not.toContain('s3cret')
    expect(one?.digest).toBe(other?.digest)
    expect(one?.secrets).not.toEqual(other?.secrets)
    expect(await json('{"a":{"apikey":1},"b":{"apikey":2}}')).toEqual(await json('{"b":{"apikey":2},"a":{"apikey":1}}'))
  })

  test('the value of a name that the developer added does not count, its presence does', async () => {
    expect(await json('{"session":1}')).toEqual(await json('{"session":[2]}'))
    expect(await json('{"session":1}')).not.toEqual(await json('{}'))
    expect((await json('{"session":1}'))?.secrets).toEqual([])
    expect(JSON.stringify((await json('{"session":"hidden","apikey":1}'))?.secrets)).not.toContain('hidden')
  })
})

describe('forms', () => {
  const type = 'application/x-www-form-urlencoded'

  test('count like a query', async () => {
    expect(await canonical('a=%7e', type)).toEqual(await canonical('a=~', type))
    expect(await canonical('a=1&b=2', type)).not.toEqual(await canonical('b=2&a=1', type))
    expect(await canonical('a=%2B', type)).not.toEqual(await canonical('a=+', type))
    expect(await canonical('a=', type)).not.toEqual(await canonical('a', type))
  })

  test('secrets are redacted and given for the digest, in order', async () => {
    const result = await canonical('api%5Fkey=s3cret&b=1&session=9&APIKEY=t', type)
    expect(result?.secrets).toEqual(['api_key', 's3cret', 'APIKEY', 't'])
    expect(result?.text).toContain('api_key=REDACTED&b=1&session=REDACTED&APIKEY=REDACTED')
  })
})

describe('multipart', () => {
  const png = () => new File([new Uint8Array([0, 13, 10, 255])], 'a.png', { type: 'image/png' })

  test('the boundary does not count, neither that of FormData nor one in the header', async () => {
    expect(await canonical(form(['a', '1'], ['f', png()]))).toEqual(await canonical(form(['a', '1'], ['f', png()])))
    const bytes = (boundary: string) =>
      canonical(multipart(boundary, [field('a'), '1']), `multipart/form-data; boundary=${boundary}`)
    expect(await bytes('xxx')).toEqual(await bytes('yyyy'))
    expect(await bytes('xxx')).toEqual(
      await canonical(multipart('x:x', [field('a'), '1']), 'multipart/form-data; boundary="x:x"'),
    )
  })

  test('FormData is the same body as the bytes that a Request makes of it', async () => {
    const request = new Request('http://a.test/', { method: 'POST', body: form(['a', '1'], ['f', png()]) })
    const type = request.headers.get('content-type') ?? ''
    const whole = canonical(form(['a', '1'], ['f', png()]))
    expect(await whole).toEqual(await canonical(new Uint8Array(await request.arrayBuffer()), type))
    expect(await whole).toEqual(await canonical(form(['a', '1'], ['f', png()]), type))
  })

  test('name, file name, type, bytes and order of the parts count', async () => {
    const base = form(['a', '1'], ['f', new File(['x'], 'n', { type: 'text/a' })])
    for (const other of [
      form(['b', '1'], ['f', new File(['x'], 'n', { type: 'text/a' })]),
      form(['a', '2'], ['f', new File(['x'], 'n', { type: 'text/a' })]),
      form(['a', '1'], ['f', new File(['y'], 'n', { type: 'text/a' })]),
      form(['a', '1'], ['f', new File(['x'], 'm', { type: 'text/a' })]),
      form(['a', '1'], ['f', new File(['x'], 'n', { type: 'text/b' })]),
      form(['f', new File(['x'], 'n', { type: 'text/a' })], ['a', '1']),
      form(['a', '1']),
    ])
      expect(await canonical(base)).not.toEqual(await canonical(other))
    for (const byte of [0x80, 0x81, 0xff])
      expect(await canonical(form(['f', new File([new Uint8Array([byte])], 'n')]))).not.toEqual(
        await canonical(form(['f', new File([new Uint8Array([byte + 1])], 'n')])),
      )
  })

  test('a delimiter inside a longer line, a missing end and a missing boundary count by their bytes', async () => {
    const type = 'multipart/form-data; boundary=ab'
    for (const text of ['--ab\r\nx\r\n--abc\r\ny\r\n--ab--', '--ab\r\nx', '', 'x']) {
      const result = await canonicalBody(utf8(text), new Headers({ 'Content-Type': type }), ignored)
      expect(result?.parts).toEqual([type, '', 'bytes', utf8(text)])
    }
    expect(await canonical('--ab--', 'multipart/form-data')).not.toEqual(
      await canonical('--cd--', 'multipart/form-data'),
    )
  })

  test('a boundary is nothing but text in another type', async () => {
    const plain = (boundary: string) => canonical(multipart(boundary, ['', 'x']), `text/plain; boundary=${boundary}`)
    expect((await plain('a'))?.digest).not.toBe((await plain('b'))?.digest)
    const json = 'application/json; boundary=a'
    expect(await canonical('{"a":1}', json)).toEqual(await canonical('{"a": 1}', json))
  })

  test('secrets are redacted and given for the digest', async () => {
    const result = await canonical(form(['access_token', 's3cret'], ['session', 'hidden'], ['b', 'shown']))
    expect(result?.text).not.toMatch(/s3cret|hidden/)
    expect(result?.text).toContain('shown')
    expect(JSON.stringify(result?.secrets)).toContain('s3cret')
    expect(JSON.stringify(result?.secrets)).not.toContain('hidden')
    const token = multipart('b', ['Content-Disposition: form-data; name=apikey', 's3cret'])
    expect((await canonical(token, 'multipart/form-data; boundary=b'))?.text).not.toContain('s3cret')
  })
})

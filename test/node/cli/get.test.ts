import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { documents, run, start } from '../../support/cli.ts'
import type { Ran } from '../../support/cli.ts'
import { startOrigin } from '../../support/origin.ts'
import type { Exchange, Origin } from '../../support/origin.ts'

const FRESH = { 'cache-control': 'max-age=3600' }

let cwd = ''
let origin: Origin
let answer: (exchange: Exchange) => unknown

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'stowaway-cli-'))
  answer = (exchange) => exchange.answer(200, FRESH, `${exchange.method} ${exchange.path} ${exchange.body}`)
  origin = await startOrigin((exchange) => answer(exchange))
})
afterEach(async () => {
  await origin[Symbol.asyncDispose]()
  rmSync(cwd, { recursive: true, force: true })
})

const get = (...args: string[]): Promise<Ran> => run({ cwd }, 'get', ...args)

describe('get', () => {
  test('writes the body byte for byte, and the second time without the origin (RC-305, HI-6)', async () => {
    const body = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7) % 256)
    answer = (exchange) => exchange.answer(200, FRESH, body)
    for (const _ of [1, 2]) {
      const { bytes, code, err } = await get(`${origin.url}/a`)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(bytes.equals(body)).toBe(true)
    }
    expect(origin.exchanges).toHaveLength(1)
  })

  test('begins with the head for -i, and asks by HEAD for -I', async () => {
    answer = (exchange) => exchange.answer(203, { ...FRESH, 'x-a': '1' }, 'body')
    expect((await get('-i', `${origin.url}/a`)).out).toMatch(/^HTTP\/1\.1 203 Non-Auth.*\n(?:.*\n)*x-a: 1\n\nbody$/)
    expect((await get('--head', `${origin.url}/b`)).out).toMatch(/^HTTP\/1\.1 203 (?:.*\n)*x-a: 1\n\n$/)
    expect(origin.exchanges.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
  })

  test('sends headers, and matches by those that the response varies with', async () => {
    answer = (exchange) => exchange.answer(200, { ...FRESH, vary: 'x-a' }, String(exchange.headers['x-a']))
    for (const value of ['1', '2', '1']) {
      expect((await get('-H', `X-A: ${value}`, '-H', 'x-b:3', `${origin.url}/`)).out).toBe(value)
    }
    expect(origin.exchanges).toHaveLength(2)
  })

  test('sends data by POST, which uses the cache only with --allow-method', async () => {
    writeFileSync(join(cwd, 'data'), 'c=3\n')
    const args = ['-d', 'a=1', '-d', '@data', `${origin.url}/`]
    for (const _ of [1, 2]) expect((await get(...args)).out).toBe('POST / a=1&c=3\n')
    expect(origin.exchanges).toHaveLength(2)
    for (const _ of [1, 2]) await get('--allow-method', 'post', ...args)
    expect(origin.exchanges).toHaveLength(3)
    expect(origin.exchanges[2]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  })

  test('sends what comes by standard input, by the method that -X names', async () => {
    const { out } = await run({ cwd, input: 'typed' }, 'get', '-X', 'query', '-d', '@-', `${origin.url}/`)
    expect(out).toBe('QUERY / typed')
  })

  test('writes to a file with -o, and nothing else', async () => {
    const { code, err, out } = await get('-o', 'file', `${origin.url}/a`)
    expect({ code, err, out }).toEqual({ code: 0, err: '', out: '' })
    expect(readFileSync(join(cwd, 'file'), 'utf8')).toBe('GET /a ')
  })

  test('says with -v what was sent, what came, why, and hides credentials', async () => {
    const { err, out } = await get('-v', '-H', 'Authorization: Bearer s3cret', `${origin.url}/a?access_token=s3cret`)
    expect(out).toMatch(/^GET \/a/)
    expect(err).toContain(`* cache: ${join(cwd, 'http_cache.sqlite')}`)
    expect(err).toContain('> authorization: REDACTED')
    expect(err).toContain('< HTTP/1.1 200 OK')
    expect(err).toContain('* from the origin: nothing stored')
    expect(err).not.toContain('s3cret')
  })

  test('says with -v why nothing was stored', async () => {
    answer = (exchange) => exchange.answer(200, { 'cache-control': 'no-store' }, 'a')
    expect((await get('-v', `${origin.url}/a`)).err).toMatch(/^\* not stored: .*no-store$/m)
  })

  test('follows redirects, and says so with -v', async () => {
    answer = ({ answer, path }) =>
      path === '/old' ? answer(302, { ...FRESH, location: '/new' }) : answer(200, FRESH, 'new')
    const { err, out } = await get('-L', '-v', `${origin.url}/old`)
    expect(out).toBe('new')
    expect(err).toContain(`< 302 ${origin.url}/old to /new`)
  })

  test('writes one document for --json, with a body that is no text as base64', async () => {
    const [text] = documents(await get('--json', `${origin.url}/a`))
    expect(text).toMatchObject({ url: `${origin.url}/a`, status: 200, fromCache: false, body: 'GET /a ' })
    expect(text?.headers).toContainEqual(['cache-control', 'max-age=3600'])
    const [again] = documents(await get('--json', `${origin.url}/a`))
    expect(again).toMatchObject({ fromCache: true, revalidated: false, isExpired: false, why: 'fresh' })
    expect(Object.keys(again ?? {})).toEqual(Object.keys(text ?? {}))
    answer = (exchange) => exchange.answer(200, FRESH, Uint8Array.of(255, 0))
    expect(documents(await get('--json', `${origin.url}/b`))).toMatchObject([{ bodyBase64: '/wA=' }])
  })
})

describe('get and freshness', () => {
  test('validates with --refresh, and replaces with --force-refresh', async () => {
    answer = (exchange) => exchange.answer(200, { ...FRESH, etag: '"1"' }, `${origin.exchanges.length}`)
    await get(`${origin.url}/`)
    answer = (exchange) => exchange.answer(304, { etag: '"1"' })
    expect((await get('--refresh', `${origin.url}/`)).out).toBe('1')
    expect(origin.exchanges[1]?.headers['if-none-match']).toBe('"1"')
    answer = (exchange) => exchange.answer(200, FRESH, 'new')
    expect((await get('--force-refresh', `${origin.url}/`)).out).toBe('new')
    expect((await get(`${origin.url}/`)).out).toBe('new')
    expect(origin.exchanges).toHaveLength(3)
  })

  test('keeps with --expire-after and --no-cache-control what would not be kept', async () => {
    answer = (exchange) => exchange.answer(200, { 'cache-control': 'no-store' }, 'kept')
    await get('--expire-after', '1h', '--no-cache-control', `${origin.url}/`)
    expect((await get('--no-cache-control', `${origin.url}/`)).out).toBe('kept')
    expect(origin.exchanges).toHaveLength(1)
  })

  test('takes what is stale with --offline, and with --stale-if-error when the origin fails', async () => {
    answer = (exchange) => exchange.answer(200, { 'cache-control': 'max-age=0' }, 'stale')
    await get(`${origin.url}/`)
    answer = (exchange) => exchange.destroy()
    expect((await get('--offline', `${origin.url}/`)).out).toBe('stale')
    expect((await get('--stale-if-error', `${origin.url}/`)).out).toBe('stale')
    expect((await get('--stale-if-error=1h', `${origin.url}/`)).out).toBe('stale')
    expect(await get(`${origin.url}/`)).toMatchObject({ code: 1, out: '' })
  })

  test.each([['--only-if-cached'], ['--offline']])('ends with 1 where %s finds nothing', async (option) => {
    await get(`${origin.url}/other`)
    const { code, err, out } = await get(option, `${origin.url}/`)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^stowaway: nothing stored can answer.*\n$/)
    expect(origin.exchanges).toHaveLength(1)
  })
})

describe('get that fails', () => {
  test('ends with 1 and says why in one line, without a stack', async () => {
    answer = (exchange) => exchange.destroy()
    const { code, err, out } = await get(`${origin.url}/`)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^stowaway: GET http:.* failed: .+\n$/)
    expect((await run({ cwd, env: { STOWAWAY_DEBUG: '1' } }, 'get', `${origin.url}/`)).err).toContain('    at ')
  })

  test('ends with 1 for a body that is cut off, and stores nothing of it', async () => {
    answer = async (exchange) => {
      exchange.head(200, { ...FRESH, 'content-length': '10' })
      await exchange.write('abc')
      exchange.destroy()
    }
    expect(await get(`${origin.url}/`)).toMatchObject({ code: 1 })
    expect((await run({ cwd }, 'ls')).out).toBe('')
  })

  test('ends with 22 for --fail, without the body, and stores the response all the same', async () => {
    answer = (exchange) => exchange.answer(404, FRESH, 'no such thing')
    for (const _ of [1, 2]) {
      const { code, err, out } = await get('-fsSL', `${origin.url}/`)
      expect({ code, err, out }).toEqual({ code: 22, err: 'stowaway: the answer is 404 Not Found\n', out: '' })
    }
    expect(await get(`${origin.url}/`)).toMatchObject({ code: 0, out: 'no such thing' })
    expect(origin.exchanges).toHaveLength(1)
  })

  test('ends with 1 after --max-time', async () => {
    answer = () => {}
    const { code, err } = await get('--max-time', '0.2', `${origin.url}/`)
    expect(code).toBe(1)
    expect(err).toContain('no whole response within 0.2 s')
  })

  test('ends quietly with 0 when nobody reads on', async () => {
    answer = async (exchange) => {
      exchange.head(200, FRESH)
      let gone = false
      void exchange.closed.then(() => (gone = true))
      while (!gone) {
        await exchange.write(new Uint8Array(65_536))
        // A write to what is closed may be done at once, and then nothing would ever be told that it is.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const { hangUp, ran } = start({ cwd }, 'get', `${origin.url}/`)
    await hangUp()
    expect(await ran).toMatchObject({ code: 0, err: '' })
  })

  test('ends with 130 when interrupted, and leaves no half entry', async () => {
    answer = async (exchange) => {
      exchange.head(200, { ...FRESH, 'content-length': '300000' })
      await exchange.write(new Uint8Array(200_000))
    }
    const { interrupt, ran } = start({ cwd }, 'get', '-o', 'file', `${origin.url}/`)
    const exchange = await origin.exchange(0)
    interrupt()
    expect(await ran).toMatchObject({ code: 130, err: '' })
    expect(await exchange.closed).toBe(true)
    expect((await run({ cwd }, 'ls')).out).toBe('')
  })

  test('ends with 130 when interrupted before there is an answer', async () => {
    answer = () => {}
    const { interrupt, ran } = start({ cwd }, 'get', `${origin.url}/`)
    await origin.exchange(0)
    interrupt()
    expect(await ran).toMatchObject({ code: 130, err: '', out: '' })
  })

  test.each([
    [['example.com'], 'did you mean https://example.com?'],
    [['ftp://a.example/'], 'is not a URL'],
    [[], 'something is missing'],
    [['http://a.example/', 'http://b.example/'], 'is too much'],
    [['-d', 'a', '-X', 'GET', 'http://a.example/'], 'a GET has no body'],
    [['-d', '@none', 'http://a.example/'], 'ENOENT'],
    [['-H', 'no colon', 'http://a.example/'], `is not 'Name: value'`],
    [['-X', 'a b', 'http://a.example/'], 'is not a valid HTTP method'],
    [['--max-time', '-1', 'http://a.example/'], '--max-time'],
    [['--expire-after', 'soon', 'http://a.example/'], 'is no duration'],
  ])('refuses %j and makes no cache', async (args, message) => {
    const { code, err, out } = await get(...args)
    expect(out).toBe('')
    expect(err).toMatch(/^stowaway: .*\n$/)
    expect(err).toContain(message)
    expect(code).toBe(message === 'ENOENT' ? 1 : 2)
    expect(readdirSync(cwd)).toEqual([])
  })
})

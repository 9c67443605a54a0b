import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createCache } from '../../../src/cache.ts'
import { documents, run } from '../../support/cli.ts'
import type { Ran } from '../../support/cli.ts'
import { fill, HOST } from '../../support/cli-cache.ts'
import { root } from '../../support/source.ts'

let cwd = ''
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'stowaway-cli-'))
  await fill(cwd, [
    { path: '/old', body: 'old', age: 90_000, headers: { 'cache-tag': 'news' } },
    { path: '/items?api_key=s3cret', body: 'x'.repeat(2500), age: 120, headers: { 'cache-tag': 'items, news' } },
    { path: '/lost', age: 60, status: 404 },
    { path: '/vary', body: 'en', age: 50, headers: { vary: 'x-a' }, asked: { 'x-a': '1' } },
    { path: '/vary', body: 'de', age: 40, headers: { vary: 'x-a' }, asked: { 'x-a': '2' } },
    { path: '/evil', body: 'e', age: 30, headers: { 'x-evil': 'a\u009b31mb\u00adc' } },
  ])
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const stowaway = (...args: string[]): Promise<Ran> => run({ cwd }, ...args)
const paths = (ran: Ran): unknown[] => documents(ran).map(({ url }) => String(url).slice(HOST.length))

describe('ls', () => {
  test('lists in columns, without colours where there is no terminal', async () => {
    const { code, err, out } = await stowaway('ls')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.split('\n')).toEqual([
      '   AGE  EXPIRES      SIZE  CODE  METHOD   URL',
      '   1 d  expired       3 B   200  GET      http://a.example/old',
      ' 2 min   58 min    2.5 kB   200  GET      http://a.example/items?api_key=REDACTED',
      ' 1 min   59 min       0 B   404  GET      http://a.example/lost',
      expect.stringMatching(/^ {2}5\d s {3}59 min {7}2 B {3}200 {2}GET {6}http:\/\/a\.example\/vary$/) as unknown,
      expect.stringMatching(/^ {2}4\d s {3}59 min {7}2 B {3}200 {2}GET {6}http:\/\/a\.example\/vary$/) as unknown,
      expect.stringMatching(
        /^ {2}3\d s {3}(?:59|60) min {7}1 B {3}200 {2}GET {6}http:\/\/a\.example\/evil$/,
      ) as unknown,
      '',
    ])
  })

  test('colours where that is forced, and not with NO_COLOR', async () => {
    expect((await run({ cwd, env: { FORCE_COLOR: '1' } }, 'ls')).out).toContain('\u001b[')
    expect((await run({ cwd, env: { NO_COLOR: '1' } }, 'ls')).out).not.toContain('\u001b[')
  })

  test('writes a document on each line for --json', async () => {
    const found = documents(await stowaway('ls', '--json'))
    expect(found).toHaveLength(6)
    expect(Object.keys(found[0] ?? {})).toEqual([
      'cacheKey',
      'method',
      'url',
      'status',
      'state',
      'size',
      'createdAt',
      'validatedAt',
      'expires',
      'lastUsed',
      'tags',
    ])
    expect(found[1]).toMatchObject({ method: 'GET', status: 200, state: 'valid', size: 2500, tags: ['items', 'news'] })
    const lifetime = Date.parse(String(found[1]?.expires)) - Date.parse(String(found[1]?.createdAt))
    expect(Math.round(lifetime / 60_000)).toBe(60)
  })

  test.each([
    [['--expired'], ['/old']],
    [['--valid', '--larger-than', '2kB'], ['/items?api_key=REDACTED']],
    [['--older-than', '12h'], ['/old']],
    [['--older-than', '2000-01-01'], []],
    [
      ['--tag', 'news'],
      ['/old', '/items?api_key=REDACTED'],
    ],
    [['--tag', 'items', '--tag', 'news', '--valid'], ['/items?api_key=REDACTED']],
    [['--status', '404', '--status', '500'], ['/lost']],
    [['--method', 'head'], []],
    [['/va*'], ['/vary', '/vary']],
    [
      ['--sort', 'size', '--reverse', '--limit', '2'],
      ['/items?api_key=REDACTED', '/old'],
    ],
    [['--sort', 'createdat', '-n', '1'], ['/old']],
    [['-r', '-n', '1'], ['/evil']],
    [['-n', '1'], ['/old']],
  ])('narrows by %j', async (args, expected) => {
    const ran = await stowaway('ls', '--json', ...args)
    expect(ran.err).toBe('')
    expect(paths(ran)).toEqual(expected)
  })

  test('shows keys and tags for --long', async () => {
    const { out } = await stowaway('ls', '--long', '/old')
    expect(out).toContain(`\n        1 GET ${HOST}/old\n        tags: news\n`)
  })

  test.each([
    [['--sort', 'weight'], 'createdAt, expires, lastUsed, size, url'],
    [['--limit', '0'], 'is not a whole number'],
    [['--older-than', 'soon'], 'is no duration'],
    [['--larger-than', '1 mile'], 'is no number of bytes'],
    [['a b:c'], 'a b:c'],
    [['--nothing'], `Unknown option '--nothing'; usage: stowaway ls [OPTIONS] [PATTERN]`],
  ])('refuses %j as a mistake', async (args, message) => {
    const { code, err, out } = await stowaway('ls', ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^stowaway: .*\n$/)
    expect(err).toContain(message)
  })

  test('counts as no use', async () => {
    const before = documents(await stowaway('ls', '--json'))
    await stowaway('show', `${HOST}/vary`, '--body')
    await stowaway('explain', `${HOST}/vary`)
    expect(documents(await stowaway('ls', '--json'))).toEqual(before)
  })
})

describe('show', () => {
  test('shows all variants of a URL, newest first, with their headers', async () => {
    const { code, out } = await stowaway('show', `${HOST}/vary`)
    expect(code).toBe(0)
    expect(out.match(/^variant .*$/gm)).toEqual(['variant  1 of 2', 'variant  2 of 2'])
    expect(out).toContain('\n  cache-control: max-age=3600\n')
    expect(documents(await stowaway('show', '--json', `1 GET ${HOST}/vary`))).toMatchObject([
      { status: 200, statusText: '', size: 2, headers: expect.arrayContaining([['vary', 'x-a']]) as unknown },
      { url: `${HOST}/vary` },
    ])
  })

  test('writes the body of the newest, or of the variant that is named', async () => {
    expect((await stowaway('show', '--body', `${HOST}/vary`)).out).toBe('de')
    expect((await stowaway('show', '--body', '--variant', '2', `${HOST}/vary`)).out).toBe('en')
    expect(await stowaway('show', '--variant', '3', `${HOST}/vary`)).toMatchObject({ code: 1, out: '' })
  })

  test('finds what is stored under a URL with a secret', async () => {
    const { out } = await stowaway('show', `${HOST}/items?api_key=s3cret`)
    expect(out).toContain('2.5 kB')
    expect(out).not.toContain('s3cret')
  })

  test('escapes what would command a terminal, and hide from a reader', async () => {
    expect((await stowaway('show', `${HOST}/evil`)).out).toContain('x-evil: a\\u{9b}31mb\\u{ad}c')
    const ran = await stowaway('show', '--json', `${HOST}/evil`)
    expect(ran.out).toContain('"a\\u009b31mb\\u00adc"')
    expect(documents(ran)[0]?.headers).toContainEqual(['x-evil', 'a\u009b31mb\u00adc'])
  })

  test('ends with 1 for what is not stored, and with 2 for what is no URL', async () => {
    expect(await stowaway('show', `${HOST}/none`)).toMatchObject({
      code: 1,
      out: '',
      err: `stowaway: nothing is stored for ${HOST}/none\n`,
    })
    expect(await stowaway('show', 'a.example/none')).toMatchObject({ code: 2, out: '' })
  })
})

describe('explain', () => {
  test('says what a fetch would do, and why (RC-305, HI-6)', async () => {
    const { out } = await stowaway('explain', `${HOST}/old`)
    expect(out).toMatch(/^GET http:\/\/a\.example\/old\naction +(?:validate|forward): /)
    expect(out).toContain('1 h, as the response says; 1 d old, so stale')
    expect(documents(await stowaway('explain', '--json', `${HOST}/lost`))).toMatchObject([
      {
        action: 'reuse',
        why: 'fresh',
        cacheKey: `1 GET ${HOST}/lost`,
        variants: 1,
        stored: { status: 404, fresh: true },
      },
    ])
  })

  test('takes method and headers into account', async () => {
    const [none] = documents(await stowaway('explain', '--json', '-H', 'X-A: 3', `${HOST}/vary`))
    const [second] = documents(await stowaway('explain', '--json', '-H', 'X-A: 2', `${HOST}/vary`))
    const [posted] = documents(await stowaway('explain', '--json', '-X', 'POST', `${HOST}/vary`))
    expect([none?.action, second?.action, posted?.action]).toEqual(['forward', 'reuse', 'bypass'])
  })
})

describe('stats', () => {
  test('counts', async () => {
    const { out } = await stowaway('stats')
    expect(out).toContain('stored  6 responses: 5 fresh, 1 expired\n')
    expect(out).toContain(join(cwd, 'http_cache.sqlite'))
    expect(documents(await stowaway('stats', '--json'))).toMatchObject([
      {
        backend: 'sqlite',
        entries: 6,
        valid: 5,
        expired: 1,
        invalid: 0,
        oldest: expect.stringMatching(/Z$/) as unknown,
      },
    ])
  })
})

describe('where there is no cache', () => {
  test.each([
    ['ls'],
    ['stats'],
    ['verify'],
    ['export', 'file'],
    ['show', HOST],
    ['explain', HOST],
    ['prune'],
    ['rm', '--all'],
  ])('%s says so, ends with 1 and makes none', async (...args) => {
    const empty = join(cwd, 'empty', args[0] ?? '')
    mkdirSync(empty, { recursive: true })
    const { code, err, out } = await run({ cwd: empty }, ...args)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(`stowaway: there is no cache at ${join(empty, 'http_cache.sqlite')}\n`)
    expect(readdirSync(empty)).toEqual([])
  })

  test('leaves files and folders of somebody else alone', async () => {
    const other = join(cwd, 'other')
    mkdirSync(other)
    writeFileSync(join(other, 'notes.sqlite'), 'no database')
    for (const args of [
      ['ls', '--path', 'notes.sqlite'],
      ['get', `${HOST}/`, '--path', 'notes.sqlite'],
      ['ls', '--path', '.'],
      ['get', `${HOST}/`, '--path', '.'],
    ]) {
      const { code, err } = await run({ cwd: other }, ...args)
      expect(code).toBe(1)
      expect(err).toMatch(/no database|no cache/)
    }
    expect(readdirSync(other)).toEqual(['notes.sqlite'])
  })
})

describe('which cache', () => {
  test.each([
    ['a file', ['--path', 'http_cache.sqlite']],
    ['a name', ['--name', 'http_cache']],
    ['a backend', ['--backend', 'SQLite']],
    ['the options of an application', ['--config', 'config.mjs']],
  ])('is named by %s', async (_, args) => {
    writeFileSync(join(cwd, 'config.mjs'), `export default { path: 'http_cache.sqlite', rules: { '/old': '7d' } }`)
    const { code, out } = await stowaway('ls', '--json', '/old', ...args)
    expect(code).toBe(0)
    expect(out).toContain(args[0] === '--config' ? '"valid"' : '"expired"')
  })

  test.each(['v1.2', 'my.db'])('is where the library has the one of that name: %s', async (name) => {
    const cwdOf = vi.spyOn(process, 'cwd').mockReturnValue(cwd)
    const cache = createCache({
      backend: 'sqlite',
      name,
      fetch: async () => new Response('', { headers: { 'cache-control': 'max-age=60' } }),
    })
    await (await cache.fetch(`${HOST}/named`)).text()
    await cache.close()
    cwdOf.mockRestore()
    expect(paths(await stowaway('ls', '--json', '--name', name))).toEqual(['/named'])
  })

  test('is a directory, or in the directory for caches', async () => {
    await fill(cwd, [{ path: '/f' }], { backend: 'filesystem', path: join(cwd, 'files') })
    expect(paths(await stowaway('ls', '--json', '--path', 'files'))).toEqual(['/f'])
    expect(await stowaway('import', '--path', 'new/')).toMatchObject({ code: 1 })
    expect(statSync(join(cwd, 'new')).isDirectory()).toBe(true)
    const place = { cwd, env: { XDG_CACHE_HOME: join(cwd, 'home'), HOME: join(cwd, 'home') } }
    const { err } = await run(place, 'ls', '--cache-dir')
    expect(err).toContain(join(cwd, 'home'))
  })

  test('is a store that the options of an application make', async () => {
    const adapter = pathToFileURL(join(root, 'adapters/sqlite.ts')).href
    writeFileSync(
      join(cwd, 'store.mjs'),
      `import { createSqliteStore } from '${adapter}'
export default { backend: createSqliteStore({ path: 'http_cache.sqlite' }) }`,
    )
    const [found] = documents(await stowaway('stats', '--json', '--config', 'store.mjs'))
    expect(found).toMatchObject({ path: null, backend: null, entries: 6 })
    expect(readdirSync(cwd).filter((name) => /-(?:wal|shm)$/.test(name))).toEqual([])
  })

  test('may have been written with another codec', async () => {
    await fill(cwd, [{ path: '/json' }], { codec: 'json', path: join(cwd, 'json.sqlite') })
    expect(paths(await stowaway('ls', '--json', '--name', 'json'))).toEqual(['/json'])
  })

  test.each([
    [['--path', 'a', '--name', 'b'], '--name'],
    [['--backend', 'memory'], 'sqlite or filesystem'],
    [['--config', 'none.mjs'], '--config'],
  ])('is not named by %j', async (args, message) => {
    const { code, err } = await stowaway('ls', ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

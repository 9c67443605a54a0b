import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { documents, run } from '../../support/cli.ts'
import type { Ran } from '../../support/cli.ts'
import { fill, HOST } from '../../support/cli-cache.ts'

let cwd = ''
let filled = ''
beforeAll(async () => {
  filled = mkdtempSync(join(tmpdir(), 'stowaway-cli-'))
  await fill(filled, [
    { path: '/old', body: 'old', age: 90_000 },
    { path: '/older', body: 'x'.repeat(200_000), age: 180_000 },
    { path: '/new', headers: { 'cache-tag': 'news' } },
    // Before the others: it makes them invalid (§4.4).
    { path: '/vary', method: 'POST' },
    { path: '/vary', headers: { vary: 'x-a' }, asked: { 'x-a': '1' } },
    { path: '/vary', headers: { vary: 'x-a' }, asked: { 'x-a': '2' } },
  ])
  return () => rmSync(filled, { recursive: true, force: true })
})
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'stowaway-cli-'))
  copyFileSync(join(filled, 'http_cache.sqlite'), join(cwd, 'http_cache.sqlite'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const stowaway = (...args: string[]): Promise<Ran> => run({ cwd }, ...args)
const left = async (): Promise<unknown[]> =>
  documents(await stowaway('ls', '--json')).map(
    ({ method, url }) => `${String(method)} ${String(url).slice(HOST.length)}`,
  )

function alter(statement: string): void {
  const database = new DatabaseSync(join(cwd, 'http_cache.sqlite'))
  database.exec(statement)
  database.close()
}

const [OLD, OLDER, NEW, POST, VARY] = ['GET /old', 'GET /older', 'GET /new', 'POST /vary', 'GET /vary']
const ALL = [OLD, OLDER, NEW, POST, VARY, VARY]

describe('rm', () => {
  test.each([
    [[`${HOST}/vary`, `${HOST}/old`], 4, [OLDER, NEW]],
    [[`1 GET ${HOST}/vary`], 2, [OLD, OLDER, NEW, POST]],
    [['--expired'], 2, [NEW, POST, VARY, VARY]],
    [['--older-than', '2d'], 1, [OLD, NEW, POST, VARY, VARY]],
    [['--tag', 'news'], 1, [OLD, OLDER, POST, VARY, VARY]],
    [['--pattern', '/old*'], 2, [NEW, POST, VARY, VARY]],
    [['--pattern', '/va*', '--method', 'POST'], 1, [OLD, OLDER, NEW, VARY, VARY]],
    [['--all'], 6, []],
    [['--pattern', '/none'], 0, ALL],
  ])('removes what %j selects, and says how many', async (args, count, rest) => {
    const { code, err, out } = await stowaway('rm', ...args)
    expect({ code, err, out }).toEqual({
      code: 0,
      err: '',
      out: `${count} response${count === 1 ? '' : 's'} removed\n`,
    })
    expect(await left()).toEqual(rest)
  })

  test('tells scripts how many went', async () => {
    expect((await stowaway('rm', '--json', '--expired')).out).toBe('{"removed":2}\n')
  })

  test.each([[['--expired']], [[`${HOST}/vary`]], [['--all']]])('only lists %j with --dry-run', async (args) => {
    const { code, out } = await stowaway('rm', '--dry-run', ...args)
    expect(code).toBe(0)
    expect(out).toMatch(/\n\d responses would be removed, [\d.]+ k?B\n$/)
    const found = documents(await stowaway('rm', '--dry-run', '--json', ...args))
    expect(found.length).toBeGreaterThan(1)
    expect(await left()).toEqual(ALL)
  })

  test('ends with 1 where nothing is stored for what is named', async () => {
    const { code, err } = await stowaway('rm', `${HOST}/none`)
    expect({ code, err }).toEqual({ code: 1, err: `stowaway: nothing is stored for ${HOST}/none\n` })
  })

  test.each([
    [[], 'nothing is selected'],
    [['--all', '--expired'], 'different things'],
    [[HOST, '--expired'], 'different things'],
    [['not-a-url'], 'not-a-url'],
  ])('refuses %j and removes nothing', async (args, message) => {
    const { code, err, out } = await stowaway('rm', ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
    expect(await left()).toEqual(ALL)
  })
})

describe('prune', () => {
  test('removes what has expired and gives the space back', async () => {
    expect(documents(await stowaway('prune', '--dry-run', '--json'))).toMatchObject([{ size: 3 }, { size: 200_000 }])
    expect(documents(await stowaway('prune', '--json'))).toEqual([
      { removed: 2, removedBytes: expect.any(Number) as unknown, freedBytes: expect.any(Number) as unknown },
    ])
    expect(await left()).toEqual(ALL.slice(2))
    expect((await stowaway('prune')).out).toBe('0 responses removed, 0 B\n')
  })

  test('takes the options of an application for what has expired', async () => {
    writeFileSync(join(cwd, 'config.mjs'), `export default { rules: { '/old*': '30d' } }`)
    expect((await stowaway('prune', '--config', 'config.mjs', '--json')).out).toMatch(/^\{"removed":0,/)
  })
})

describe('vacuum', () => {
  test('makes the file smaller and removes nothing', async () => {
    await stowaway('rm', `${HOST}/older`)
    // Another process might be reading it for a minute.
    alter('UPDATE stowaway_loose SET since = 1')
    const [found] = documents(await stowaway('vacuum', '--json'))
    expect(Number(found?.after)).toBeLessThanOrEqual(Number(found?.before))
    expect(Number(found?.after)).toBeLessThan(200_000)
    expect((await stowaway('vacuum')).out).toMatch(/^\d.* before, \d.* after\n$/)
    expect(await left()).toEqual(ALL.filter((name) => name !== OLDER))
  })
})

describe('verify', () => {
  test('ends with 0 where nothing is damaged', async () => {
    expect(await stowaway('verify')).toMatchObject({ code: 0, out: '6 responses read, none damaged\n', err: '' })
  })

  test('names what is damaged and ends with 1, and with --repair removes it', async () => {
    // A piece of the one large body.
    alter('DELETE FROM stowaway_chunks WHERE id = (SELECT max(id) FROM stowaway_chunks)')
    const ran = await stowaway('verify', '--json')
    const damaged = [{ cacheKey: `1 GET ${HOST}/older`, why: expect.any(String) as unknown }]
    expect(ran.code).toBe(1)
    expect(documents(ran)).toEqual([{ checked: 6, damaged, repaired: false }])
    expect((await stowaway('verify')).out).toMatch(
      /^1 GET http:\/\/a\.example\/older: .+\n6 responses read, 1 damaged\n$/,
    )
    const repaired = await stowaway('verify', '--repair')
    expect(repaired.code).toBe(0)
    expect(repaired.out).toContain('1 damaged and removed')
    expect(await stowaway('verify')).toMatchObject({ code: 0, out: '5 responses read, none damaged\n' })
  })

  test('renames a file that is no database only with --repair', async () => {
    const file = join(cwd, 'http_cache.sqlite')
    writeFileSync(file, 'no database at all '.repeat(1000))
    expect(await stowaway('verify')).toMatchObject({ code: 1, out: '' })
    expect(readFileSync(file, 'utf8')).toContain('no database at all')
    expect(await stowaway('verify', '--repair')).toMatchObject({ code: 0 })
    expect(readFileSync(`${file}.corrupt`, 'utf8')).toContain('no database at all')
  })

  test('ends with 1 for a database that was cut off', async () => {
    truncateSync(join(cwd, 'http_cache.sqlite'), 8192)
    expect(await stowaway('verify')).toMatchObject({ code: 1 })
    expect(existsSync(join(cwd, 'http_cache.sqlite'))).toBe(true)
  })
})

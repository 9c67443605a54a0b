import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documents, run, start } from '../../support/cli.ts'
import type { Ran } from '../../support/cli.ts'
import { fill, HOST } from '../../support/cli-cache.ts'

let cwd = ''
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'stowaway-cli-'))
  await fill(cwd, [
    { path: '/a', body: 'text' },
    { path: '/b', body: 'b'.repeat(300_000), headers: { 'cache-tag': 'large' } },
    { path: '/old', body: 'old', age: 90_000 },
  ])
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const stowaway = (...args: string[]): Promise<Ran> => run({ cwd }, ...args)

describe('export and import', () => {
  test('carry a cache from one backend to another by way of a file', async () => {
    const { code, err, out } = await stowaway('export', 'all.ndjson')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^3 responses, \d.* kB, in all\.ndjson\n$/)
    const there = ['--path', 'copy', '--backend', 'filesystem']
    expect((await stowaway('import', 'all.ndjson', ...there)).out).toBe(
      '3 responses stored, 0 there already, 0 skipped\n',
    )
    const again = await stowaway('import', '--json', 'all.ndjson', ...there)
    expect(documents(again)).toEqual([{ copied: 0, present: 3, skipped: 0, complete: true }])
    expect((await stowaway('show', '--body', `${HOST}/b`, '--path', 'copy')).out).toBe('b'.repeat(300_000))
    // It may hold what others must not read.
    expect(statSync(join(cwd, 'all.ndjson')).mode & 0o077).toBe(0)
  })

  test('carry it through a pipe', async () => {
    const { bytes, err } = await stowaway('export')
    expect(err).toBe('')
    const piped = await run({ cwd, input: bytes }, 'import', '--name', 'piped', '-')
    expect(piped).toMatchObject({ code: 0, out: '3 responses stored, 0 there already, 0 skipped\n' })
    expect(documents(await stowaway('ls', '--json', '--name', 'piped'))).toHaveLength(3)
  })

  test('take only what is selected', async () => {
    const [made] = documents(await stowaway('export', '--json', '--tag', 'large', 'some.ndjson'))
    expect(made).toEqual({ file: 'some.ndjson', entries: 1, bytes: statSync(join(cwd, 'some.ndjson')).size })
    await stowaway('import', '--name', 'some', 'some.ndjson')
    expect(documents(await stowaway('ls', '--json', '--name', 'some'))).toMatchObject([{ url: `${HOST}/b` }])
  })

  test('store what is whole of a file that is not, and end with 1', async () => {
    const { bytes } = await stowaway('export')
    const cut = await run({ cwd, input: bytes.subarray(0, bytes.length - 100) }, 'import', '--name', 'cut')
    expect(cut.code).toBe(1)
    expect(cut.out).toContain(' responses stored')
    expect(cut.err).toBe('stowaway: standard input is not whole; what it has is stored\n')
  })

  test('leave an older file as it was where they fail', async () => {
    writeFileSync(join(cwd, 'kept'), 'kept')
    expect(await stowaway('export', 'kept', '--name', 'none')).toMatchObject({ code: 1 })
    expect(readFileSync(join(cwd, 'kept'), 'utf8')).toBe('kept')
    expect(existsSync(join(cwd, 'kept.part'))).toBe(false)
  })

  test('end with 1 for what is no export, or not there', async () => {
    writeFileSync(join(cwd, 'other'), 'something else\n')
    for (const file of ['other', 'none', '.']) {
      const { code, err, out } = await stowaway('import', '--name', 'never', file)
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toMatch(/^stowaway: .*\n$/)
    }
  })

  test('end quietly where nobody reads on', async () => {
    const { hangUp, ran } = start({ cwd }, 'export')
    await hangUp()
    expect(await ran).toMatchObject({ code: 0, err: '' })
  })
})

describe('other formats', () => {
  test('are HAR, written and read', async () => {
    const { out } = await stowaway('export', '--har', '--json', 'all.har')
    expect(JSON.parse(out)).toMatchObject({ file: 'all.har', entries: 3 })
    expect(JSON.parse(readFileSync(join(cwd, 'all.har'), 'utf8'))).toMatchObject({ log: { version: '1.2' } })
    const made = await stowaway('import', '--har', '--json', '--name', 'from-har', 'all.har')
    expect(documents(made)).toEqual([{ copied: 3, present: 0, skipped: 0, complete: true }])
    expect((await stowaway('show', '--body', `${HOST}/a`, '--name', 'from-har')).out).toBe('text')
  })

  test("are those of Python's requests-cache, read, and what can't be read is told of", async () => {
    const request = { method: 'GET', url: 'https://a.example/py', headers: {}, body: '' }
    const record = {
      url: request.url,
      status_code: 200,
      reason: 'OK',
      headers: { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' },
      created_at: '2026-01-01T00:00:00+00:00',
      request,
      raw: { decode_content: false, reason: 'OK', status: 200, version: 11 },
      _content: Buffer.from('hello').toString('base64'),
    }
    mkdirSync(join(cwd, 'py'))
    writeFileSync(join(cwd, 'py/a.json'), JSON.stringify(record))
    writeFileSync(join(cwd, 'py/b.json'), '{}')
    const made = await stowaway('import', '--requests-cache', 'py', '--name', 'from-py')
    expect(made).toMatchObject({ code: 0, out: '1 response stored, 0 there already, 1 skipped\n' })
    expect(made.err).toMatch(/^stowaway: b\.json: .*\n$/)
    // As theirs was: without an end, whatever its headers say.
    const { out } = await stowaway(
      'get',
      '--only-if-cached',
      '--no-cache-control',
      'https://a.example/py',
      '--name',
      'from-py',
    )
    expect(out).toBe('hello')
  })

  test.each([
    [['import', '--har', '--requests-cache', 'x'], 'not with --har'],
    [['import', '--requests-cache'], 'name the file or folder'],
    [['export', '--har', '--secret', 'x'], 'not with --har'],
  ])('are not mixed: %j', async (args, message) => {
    const { code, err } = await stowaway(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

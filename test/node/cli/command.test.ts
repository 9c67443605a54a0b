import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { HOOK, MAIN, run } from '../../support/cli.ts'
import type { Ran } from '../../support/cli.ts'
import { root } from '../../support/source.ts'

let cwd = ''
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'stowaway-cli-'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))
// None of these opens a cache.
afterEach(() => {
  const made = readdirSync(cwd)
  if (made.length > 0) throw new Error(`it made ${made.join(', ')}`)
})

const stowaway = (...args: string[]): Promise<Ran> => run({ cwd }, ...args)
const COMMANDS = ['get', 'ls', 'show', 'explain', 'rm', 'prune', 'stats', 'vacuum', 'verify', 'export', 'import']

describe('stowaway', () => {
  test('tells its commands, on standard error and with 2 where none was asked for', async () => {
    const { code, err, out } = await stowaway('--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} +\\w`, 'm'))
    expect(await stowaway()).toMatchObject({ code: 2, out: '', err: out })
    expect((await stowaway('help')).out).toBe(out)
  })

  test.each(COMMANDS)('tells the options of %s', async (name) => {
    const { code, err, out } = await stowaway(name, '--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(new RegExp(`^Usage: stowaway ${name} `))
    for (const option of ['--path', '--name', '--cache-dir', '--backend', '--config', '--json', '--help'])
      expect(out).toContain(` ${option}`)
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130)
  })

  test('tells its version', async () => {
    // JSON.parse gives `any`; the shape is package.json's.
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(await stowaway('--version')).toMatchObject({ code: 0, out: `${version}\n`, err: '' })
  })

  test.each([[['fetch']], [['help', 'fetch']], [['constructor']], [['--json']]])('refuses %j', async (args) => {
    const { code, err, out } = await stowaway(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toBe(`stowaway: "${args.at(-1)}" is not one of ${COMMANDS.join(', ')}\n`)
  })

  test('tells who forgot the command what may be meant', async () => {
    expect((await stowaway('https://a.example/')).err).toMatch(/; did you mean stowaway get URL\?\n$/)
  })

  test.each(COMMANDS)('refuses an unknown option of %s, with its usage', async (name) => {
    const { code, err, out } = await stowaway(name, '--nothing')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(new RegExp(`^stowaway: Unknown option '--nothing'; usage: stowaway ${name} .*\\n$`))
  })

  test.runIf(existsSync('/dev/full'))('ends with 1 where what it writes is lost', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, ['--import', HOOK, MAIN, '--help'], {
      cwd,
      stdio: ['ignore', full, 'ignore'],
    })
    expect(await once(child, 'close')).toEqual([1, null])
    closeSync(full)
  })

  test('escapes what was typed, too', async () => {
    expect((await stowaway('\u001b[31m')).err).not.toContain('\u001b')
    expect((await stowaway('show', 'http://a.example/\u009b')).err).not.toContain('\u009b')
  })
})

import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { installFrom } from '../../../src/environment.ts'
import { getCache, uninstallCache } from '../../../src/index.ts'
import { temporary } from '../../support/temporary.ts'
import { base, caches } from './given.ts'

const HOOK = new URL('../../support/sources-hook.ts', import.meta.url).href
const REGISTER = new URL('../../../src/register.ts', import.meta.url).href
const PROGRAM = fileURLToPath(new URL('register.child.ts', import.meta.url))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program with `--import`, in a directory and an environment of its own. */
async function program(cwd: string, env: Record<string, string>, urls: readonly string[]): Promise<Ended> {
  const args = ['--import', HOOK, '--import', REGISTER, PROGRAM, ...urls]
  const options = { cwd, env: { ...process.env, ...env }, timeout: 15_000 }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, args, options)) }
  } catch (error) {
    // What `execFile` rejects with when a program ends with another code than 0.
    return error as Ended
  }
}

let origin = ''
let requests = 0
beforeAll(async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { connection: 'close' }).end(`${++requests}`)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // A server that listens on a port has an address of this type.
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return () => void server.close()
})

describe('node --import stowaway/register', () => {
  test('caches what a program fetches that knows nothing of it, as variables say (HI-4)', async () => {
    await using folder = await temporary()
    const before = requests
    const env = { STOWAWAY_BACKEND: 'sqlite', STOWAWAY_PATH: 'kept.sqlite', STOWAWAY_EXPIRE_AFTER: '1h' }
    for (let time = 0; time < 2; time++) {
      const { code, stderr, stdout } = await program(folder.path, env, [`${origin}/a`, `${origin}/a`])
      expect([code, stderr, JSON.parse(stdout)]).toEqual([0, '', [`${before + 1}`, `${before + 1}`]])
    }
    expect(await folder.names()).toContain('kept.sqlite')
  })

  test('tells on stderr, once, that the place can’t be used, and the program runs on', async () => {
    await using folder = await temporary()
    const env = { STOWAWAY_BACKEND: 'sqlite', STOWAWAY_PATH: folder.path, STOWAWAY_DEBUG: '1' }
    const { code, stderr } = await program(folder.path, env, [`${origin}/b`, `${origin}/b`])
    expect([code, stderr.match(/^stowaway: /gm)?.length]).toEqual([0, 1])
  })

  test('fails at start over a value that is not accepted, by the name of its variable', async () => {
    await using folder = await temporary()
    const { code, stderr, stdout } = await program(folder.path, { STOWAWAY_EXPIRE_AFTER: 'soon' }, [])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('STOWAWAY_EXPIRE_AFTER: "soon" is not accepted; give seconds as a number')
  })
})

describe('a variable', () => {
  afterEach(() => {
    for (let rest = 0; rest < 5; rest++) uninstallCache()
  })

  test.each([
    ['EXPIRE_AFTER', 'soon'],
    ['EXPIRE_AFTER', '-1'],
    ['CACHE_CONTROL', 'maybe'],
    ['BACKEND', 'nope'],
    ['ALLOWABLE_CODES', '200,9000'],
    ['MAX_BYTES', '1 GiB'],
    ['ONLY', '/a('],
    ['STALE_IF_ERROR', 'yes'],
  ])('STOWAWAY_%s=%s is refused by its name', (name, value) => {
    expect(() => installFrom({ [`STOWAWAY_${name}`]: value })).toThrow(new RegExp(`^STOWAWAY_${name}[:[]`))
    expect(getCache()).toBeUndefined()
  })

  test('that begins as ours do and is none is refused, with those that there are (trap 63)', () => {
    expect(() => installFrom({ STOWAWAY_EXPIRES_AFTER: '5' })).toThrow(
      /^"STOWAWAY_EXPIRES_AFTER" is not a variable; use STOWAWAY_BACKEND, .*STOWAWAY_EXPIRE_AFTER/,
    )
  })

  test('of others, and one that is empty, does not count', () => {
    using _under = base()
    installFrom({ PATH: '/bin', STOWAWAY: 'x', STOWAWAY_EXPIRE_AFTER: '', STOWAWAY_BACKEND: 'memory' })
    expect(getCache()).toBeDefined()
  })

  test.each<[Record<string, string>, string, boolean]>([
    [{ EXPIRE_AFTER: '60', CACHE_CONTROL: 'False' }, 'https://a.test/', true],
    [{ EXPIRE_AFTER: 'DO_NOT_CACHE' }, 'https://a.test/', false],
    [{ EXPIRE_AFTER: 'NEVER_EXPIRE', CACHE_CONTROL: '0' }, 'https://a.test/', true],
    [{ ONLY: 'b.test, /x/*' }, 'https://a.test/', false],
    [{ ONLY: 'b.test, /x/*' }, 'https://a.test/x/1', true],
    [{ ALLOWABLE_CODES: '404, 200', CACHE_CONTROL: 'false' }, 'https://a.test/', true],
    [{ ALLOWABLE_CODES: '404', CACHE_CONTROL: 'false' }, 'https://a.test/', false],
  ])('is read as its option is written: %o', async (variables, url, cached) => {
    using _under = base()
    const named = Object.entries(variables).map(([name, value]) => [`STOWAWAY_${name}`, value] as const)
    installFrom({ STOWAWAY_BACKEND: 'memory', ...Object.fromEntries(named) })
    expect(await caches(url)).toBe(cached)
  })
})

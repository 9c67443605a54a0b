import { homedir, tmpdir } from 'node:os'
import { chmod, mkdir, rm, symlink } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { cacheDirectory, locate, makeFolder } from '../../adapters/places.ts'
import type { PlaceOptions } from '../../adapters/places.ts'
import { temporary } from '../support/temporary.ts'

afterEach(() => vi.unstubAllEnvs())

describe('the cache directory', () => {
  test.each([
    ['linux', {}, '/home/a', '/home/a/.cache'],
    ['linux', { XDG_CACHE_HOME: '/var/caches/a' }, '/home/a', '/var/caches/a'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/a', '/home/a/.cache'],
    ['linux', { XDG_CACHE_HOME: 'caches' }, '/home/a', '/home/a/.cache'],
    ['linux', { LOCALAPPDATA: 'C:\\x' }, '/home/a', '/home/a/.cache'],
    ['freebsd', {}, '/home/a', '/home/a/.cache'],
    ['darwin', { XDG_CACHE_HOME: '/x' }, '/Users/a', '/Users/a/Library/Caches'],
    ['win32', { LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\a', 'D:\\Local'],
    ['win32', { LOCALAPPDATA: 'Local' }, 'C:\\Users\\a', 'C:\\Users\\a\\AppData\\Local'],
    ['win32', {}, 'C:\\Users\\a', 'C:\\Users\\a\\AppData\\Local'],
  ])('on %s with %o is that of the platform (RC-308)', (platform, env, home, expected) => {
    expect(cacheDirectory(platform, env, home)).toBe(expected)
  })
})

describe('a path', () => {
  const at = (options: PlaceOptions): string => locate(options, 'usual')

  test('is relative to the working directory, and as written', () => {
    expect(at({})).toBe(resolve('usual'))
    expect(at({ path: 'a/b' })).toBe(resolve('a/b'))
    expect(at({ path: '/a/b' })).toBe('/a/b')
    expect(at({ path: pathToFileURL('/a b') })).toBe('/a b')
  })

  test('begins at the home directory with a tilde, as a shell has it (RC-280)', () => {
    expect(at({ path: '~/a/b' })).toBe(join(homedir(), 'a/b'))
    expect(at({ path: '~' })).toBe(homedir())
    expect(at({ path: '~a' })).toBe(resolve('~a'))
    expect(at({ path: 'a/~/b' })).toBe(resolve('a/~/b'))
  })

  test.runIf(process.platform === 'linux')('is in the cache directory with useCacheDir (RC-280, RC-308)', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/caches')
    expect(at({ useCacheDir: true })).toBe('/caches/stowaway/usual')
    expect(at({ useCacheDir: true, path: 'a/b' })).toBe('/caches/stowaway/a/b')
  })

  test('is in a folder of one user for temporary files with useTemp (RC-280, RC-308)', () => {
    const folder = at({ useTemp: true }).slice(0, -'/usual'.length)
    expect(folder.startsWith(join(tmpdir(), 'stowaway-'))).toBe(true)
    expect(at({ useTemp: true, path: 'a/b' })).toBe(join(folder, 'a', 'b'))
  })

  test.each<[object, string]>([
    [{ useTemp: true, path: '../x' }, 'path: "../x" is not accepted; give one that stays in the folder'],
    [{ useCacheDir: true, path: 'a/../../x' }, 'path: "a/../../x" is not accepted'],
    [{ useTemp: true, useCacheDir: true }, 'useTemp: true is not accepted; give it without useCacheDir'],
    [{ useTemp: 1 }, 'useTemp: 1 is not accepted; give true or false'],
    [{ useCacheDir: 'yes' }, 'useCacheDir: "yes"'],
    [{ useTemp: true, path: '/a' }, 'path: "/a" is not accepted; give one that is relative beside'],
    [{ useCacheDir: true, path: '~/a' }, 'is not accepted; give one that is relative beside'],
    [{ useCacheDir: true, path: pathToFileURL('/a') }, 'path: "file:///a"'],
    [{ useCacheDir: true, path: '' }, 'path: "" is not accepted'],
    [{ useCacheDir: true, path: 'a\0' }, 'text without NUL'],
    [{ path: null }, 'path: null'],
  ])('is refused where it would be ignored or can not be: %o (RC-280)', (options, message) => {
    expect(() => at(options)).toThrow(message)
  })
})

describe('a folder', () => {
  test('is made for its user alone', async () => {
    await using folder = await temporary()
    makeFolder(folder.join('a/b'))
    await chmod(folder.join('a'), 0o755)
    expect(() => makeFolder(folder.join('a/b'))).not.toThrow()
    expect(await folder.names()).toEqual(['a'])
  })

  test('is not made in a place that a link for temporary files leads to', async () => {
    await using folder = await temporary()
    await using elsewhere = await temporary()
    vi.stubEnv('TMPDIR', folder.path)
    const own = locate({ useTemp: true, path: '.' }, '')
    await symlink(elsewhere.path, own)
    expect(() => makeFolder(join(own, 'a/b'))).toThrow(own)
    expect(await elsewhere.names()).toEqual([])
  })

  test.runIf(process.getuid)('for temporary files in which others may write is not used', async () => {
    await using folder = await temporary()
    vi.stubEnv('TMPDIR', folder.path)
    const own = locate({ useTemp: true, path: '.' }, '')
    await mkdir(own)
    await chmod(own, 0o777)
    expect(() => makeFolder(own)).toThrow(expect.objectContaining({ code: 'unusable-path' }))
    await chmod(own, 0o755)
    expect(() => makeFolder(own)).not.toThrow()
  })

  test('for temporary files is looked at where the environment names it in another way', async () => {
    await using folder = await temporary()
    for (const name of [relative('.', folder.path), `${folder.path}/x/..//`]) {
      vi.stubEnv('TMPDIR', name)
      const own = locate({ useTemp: true, path: '.' }, '')
      expect(own.startsWith(join(folder.path, 'stowaway-'))).toBe(true)
      await symlink(folder.path, own)
      expect(() => makeFolder(join(own, 'a'))).toThrow(own)
      await rm(own)
    }
  })

  test('for temporary files that somebody else may have laid there is not used', async () => {
    await using folder = await temporary()
    vi.stubEnv('TMPDIR', folder.path)
    const own = locate({ useTemp: true, path: '.' }, '')
    await mkdir(folder.join('elsewhere'))
    await symlink(folder.join('elsewhere'), own)
    expect(() => makeFolder(join(own, 'a'))).toThrow(
      expect.objectContaining({ code: 'unusable-path', message: `${own} belongs to somebody else` }),
    )
  })
})

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFilesystemStore } from '../../adapters/filesystem.ts'
import { createMemoryStore } from '../../adapters/memory.ts'
import { createSqliteStore } from '../../adapters/sqlite.ts'
import { DEFAULT_IGNORED_PARAMETERS } from '../../src/key/redact.ts'
import { configurations } from '../conformance/configurations.ts'
import { literalsOf, membersOf } from '../support/docs-members.ts'
import { createAnswers } from '../support/docs-origin.ts'
import { anchors, internalLinks, page, pages, promised, snippets, table } from '../support/docs-pages.ts'
import { startOrigin } from '../support/origin.ts'
import type { Origin } from '../support/origin.ts'
import { root, sources } from '../support/source.ts'

const run = promisify(execFile)
const examples = pages.flatMap(snippets).filter(({ language }) => /^(ts|js|typescript|javascript)$/.test(language))
const numbered = examples.map((example, index) => ({ ...example, index }))

let folder = ''
const fileOf = (index: number): string => join(folder, `${index}`, 'example.ts')

beforeAll(() => {
  if (!existsSync(join(root, 'dist'))) throw new Error('the package is not built: npm run build')
  folder = mkdtempSync(join(tmpdir(), 'stowaway-docs-'))
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules/stowaway'))
  symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const { code, index } of numbered) {
    mkdirSync(join(folder, `${index}`))
    writeFileSync(fileOf(index), code)
  }
})

/** What an example prints, line by line; rejects when it fails or does not end. */
async function printedBy(index: number, { url }: Origin, cwd = join(folder, `${index}`)): Promise<readonly string[]> {
  const preload = new URL('../support/docs-fetch.ts', import.meta.url).href
  const { stdout } = await run(process.execPath, ['--import', preload, fileOf(index)], {
    cwd,
    env: { ...process.env, DOCS_ORIGIN: url, NO_COLOR: '1' },
    timeout: 15_000,
  })
  return stdout.split('\n').slice(0, -1)
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('an example', () => {
  test('stands in README.md before the first screen ends', () => {
    const [first = ''] = page('README.md').split('```ts')
    expect(first.split('\n').length).toBeLessThan(15)
  })

  test.each(numbered)('runs, prints what it says and ends: $name', async ({ code, index }) => {
    await using origin = await startOrigin(createAnswers())
    expect(await printedBy(index, origin)).toEqual(promised(code))
  })

  test('the first finds both responses in http_cache.sqlite when it runs again', async () => {
    await using origin = await startOrigin(createAnswers())
    const place = mkdtempSync(join(folder, 'again-'))
    expect((await printedBy(0, origin, place))[0]).toMatch(/^false/)
    expect(existsSync(join(place, 'http_cache.sqlite'))).toBe(true)
    expect((await printedBy(0, origin, place))[0]).toMatch(/^true/)
    expect(origin.exchanges).toHaveLength(1)
  })

  test('compiles under every strict option', async () => {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*/example.ts'] }))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const printed = await run(process.execPath, [compiler, '-p', folder], { cwd: folder }).then(
      ({ stdout }) => stdout,
      // execFile's rejection carries what the program printed.
      (error: Error & { stdout?: string }) => error.stdout || error.message,
    )
    expect(printed).toBe('')
  })
})

const README = page('README.md')

describe('a table of README.md', () => {
  test.each([
    ['Settings', 'src/options/types.ts', 'Settings'],
    ['Request options', 'src/options/types.ts', 'RequestOptions'],
    ['Cache options', 'src/options/types.ts', 'CacheOptions'],
    ['Backend options', 'src/options/types.ts', 'BackendSettings'],
    ['noVarySearch', 'src/options/types.ts', 'NoVarySearchOption'],
    ['Store options', 'src/store.ts', 'StoreOptions'],
    ['SQLite store options', 'adapters/sqlite.ts', 'SqliteStoreOptions'],
    ['Filesystem store options', 'adapters/filesystem.ts', 'FilesystemStoreOptions'],
  ])('has every option with the default that the code names: %s', (heading, path, name) => {
    const rows = [...table(README, heading)].map(([option, [said]]) => [option, said])
    expect(rows).toEqual([...membersOf(path, name)].map(([option, said]) => [option, said ?? '–']))
  })

  test('names every error code', () => {
    expect([...table(README, 'Errors').keys()]).toEqual(literalsOf('src/errors.ts', 'ErrorCode'))
  })

  test('names every event', () => {
    expect([...table(README, 'Events').keys()]).toEqual([...membersOf('src/events.ts', 'CacheEvents').keys()])
  })

  test('names every property of a response', () => {
    const names = [...membersOf('src/response.ts', 'CachedProperties').keys()]
    expect([...table(README, 'Response properties').keys()]).toEqual(names)
  })

  test('names every cache mode that the code knows', () => {
    expect([...table(README, 'Fetch cache modes').keys()]).toEqual(literalsOf('src/policy.ts', 'CacheMode'))
  })

  test('names every backend that is exported', () => {
    // JSON.parse gives `any`; the shape is package.json's.
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object }
    const makesStores = (path: string): boolean =>
      existsSync(join(root, 'adapters', `${path}.ts`)) &&
      /^export function create\w+Store\b/m.test(readFileSync(join(root, 'adapters', `${path}.ts`), 'utf8'))
    const backends = Object.keys(exports).filter(makesStores)
    const rows = table(README, 'Backends')
    expect([...rows.keys()]).toEqual(backends.map((path) => path.replace('.', 'stowaway')))
    expect([...rows.values()].map(([name]) => `./${name?.slice(1, -1)}`)).toEqual(backends)
  })

  test('says of conformance what the list of expected failures says', () => {
    const path = join(root, 'test/conformance/expected/npm-0.4.5.json')
    // A file of ours, in the form that test/conformance/expectations.ts describes.
    const expected = JSON.parse(readFileSync(path, 'utf8')) as { ids: readonly string[]; in?: readonly string[] }[]
    const failing = Object.values(configurations).map(({ title }, index) => {
      const name = Object.keys(configurations)[index] ?? ''
      return [title, expected.filter((each) => each.in?.includes(name) ?? true).flatMap(({ ids }) => ids).length]
    })
    const said = [...table(README, 'Conformance')].map(([title, cells]) => {
      const counts = cells.map((cell) => cell.split('/').map(Number))
      return [title, counts.reduce((sum, [passed = 0, all = 0]) => sum + all - passed, 0)]
    })
    expect(failing).toEqual(expect.arrayContaining(said))
    expect(said.length).toBeGreaterThan(0)
  })

  test('names the Node versions that are tested', () => {
    const script = readFileSync(join(root, '.ci/run'), 'utf8')
    const versions = [...(/^for version in ([\d ]+)/m.exec(script)?.[1]?.split(' ') ?? []), '24'].toSorted()
    const [, state = ''] =
      [...table(README, 'Where it runs')].find(([runtime]) => runtime.startsWith('Node'))?.[1] ?? []
    expect(state.match(/\d+/g)).toEqual(versions)
  })
})

describe('a default', () => {
  const MIB = 2 ** 20

  test('is what a store has: half of 64 MiB for a body in memory, half of 1 GiB where it persists', () => {
    expect(createMemoryStore().limits.maxEntryBytes).toBe(32 * MIB)
    expect(createSqliteStore().limits.maxEntryBytes).toBe(512 * MIB)
    expect(createFilesystemStore({ path: folder }).limits.maxEntryBytes).toBe(512 * MIB)
  })

  test('is complete: the names that are secret by themselves', () => {
    const [, list = ''] = /form bodies:\n(.*?)\.\n/s.exec(README) ?? []
    expect([...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(DEFAULT_IGNORED_PARAMETERS)
  })
})

describe('a page', () => {
  test.each(pages)('links within the repository to what is there: $name', ({ name, text }) => {
    const broken = internalLinks(text).filter((link) => {
      const [target = '', anchor] = link.split('#')
      const path = target && join(dirname(name), target)
      if (path !== '' && !existsSync(join(root, path))) return true
      return anchor !== undefined && !anchors(path === '' ? text : page(path)).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  test.each(pages)('names files that are there: $name', ({ text }) => {
    const named = [...text.matchAll(/`((?:src|adapters|test|scripts|bench|demo)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    )
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('ARCHITECTURE.md names every file of the folder that is RFC 9111', () => {
    const files = sources('src/rfc9111').map(({ path }) => path.slice('src/'.length))
    expect(files.filter((path) => !page('ARCHITECTURE.md').includes(path))).toEqual([])
  })
})

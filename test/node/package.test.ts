import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../../scripts/bundle.ts'
import { traces } from '../../scripts/traces.ts'
import { root } from '../support/source.ts'

const run = promisify(execFile)

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly imports: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
  readonly bin: Readonly<Record<string, string>>
}

// JSON.parse gives `any`; the shape is package.json's.
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const subpaths = Object.keys(manifest.exports).filter((path) => path !== './package.json')
const specifierOf = (subpath: string): string => `stowaway${subpath.slice(1)}`

/** All strings in a tree of conditions. */
const leaves = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(leaves)

let folder = ''
let packed: readonly string[] = []

beforeAll(async () => {
  if (!existsSync(join(root, 'dist'))) throw new Error('the package is not built: npm run build')
  folder = mkdtempSync(join(tmpdir(), 'stowaway-package-'))
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root })
  // What npm prints: one element per package, its files by path.
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: readonly { path: string }[] }]
  packed = files.map(({ path }) => path)
  const target = join(folder, 'node_modules/stowaway')
  mkdirSync(target, { recursive: true })
  await run('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1'])
  for (const name of ['@types/node', '@cloudflare/workers-types']) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed package', () => {
  test('holds the build, the licence and what a reader wants, nothing else', () => {
    const others = packed.filter((path) => !path.startsWith('dist/'))
    expect(others.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
    expect(
      packed.filter(
        (path) => path.startsWith('dist/') && !/^dist\/(src|adapters|cli)\/.+\.(js|js\.map|d\.ts)$/.test(path),
      ),
    ).toEqual([])
  })

  test('holds every file that exports, imports and bin name', () => {
    const named = [...leaves(manifest.exports), ...leaves(manifest.imports)].map((path) => path.slice(2))
    named.push(...leaves(manifest.bin))
    expect(named.filter((path) => !packed.includes(path))).toEqual([])
  })

  test('names the types before the code under each condition', () => {
    const conditions = [...Object.values(manifest.exports), ...Object.values(manifest.imports['#runtime'] ?? {})]
    const objects = conditions.filter((value) => typeof value === 'object')
    expect(objects.map((value) => Object.keys(value))).toEqual(objects.map(() => ['types', 'default']))
  })

  test('picks a runtime by its most particular condition first', () => {
    expect(Object.keys(manifest.imports['#runtime'] ?? {})).toEqual([
      'workerd',
      'edge-light',
      'deno',
      'bun',
      'browser',
      'node',
      'default',
    ])
  })

  test.each(subpaths)('can be imported in this runtime: %s', async (subpath) => {
    const code = `import(${JSON.stringify(specifierOf(subpath))})`
    await expect(run(process.execPath, ['--input-type=module', '-e', code], { cwd: folder })).resolves.toBeDefined()
  })
})

describe('the packed command', () => {
  test.each(Object.entries(manifest.bin))('runs: %s', async (name, path) => {
    const file = join(folder, 'node_modules/stowaway', path)
    expect(readFileSync(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    const { stdout } = await run(process.execPath, [file, 'get', '--help'], { cwd: folder })
    expect(stdout).toContain(`Usage: ${name} get`)
    await expect(run(process.execPath, [file, 'ls'], { cwd: folder })).rejects.toMatchObject({
      code: 1,
      stderr: `${name}: there is no cache at ${join(folder, 'http_cache.sqlite')}\n`,
    })
  })
})

const CONSUMER = `
${subpaths.map((subpath, index) => `export * as n${index} from '${specifierOf(subpath)}'`).join('\n')}
import { createCache } from 'stowaway'
export const drop: typeof fetch = createCache({ backend: 'memory' }).fetch
export const answer: Promise<Response> = createCache().fetch('https://a.example/', { method: 'GET' })
`

describe('the packed declarations', () => {
  test.each([
    ['lib.dom alone', { lib: ['es2023', 'dom', 'dom.iterable'], types: [] }],
    ['@types/node alone', { lib: ['es2023'], types: ['node'] }],
    ['@cloudflare/workers-types alone', { lib: ['es2023'], types: ['@cloudflare/workers-types'] }],
  ])('compile with %s', async (name, platform) => {
    const project = join(folder, name.replace(/\W+/g, '-'))
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      ...platform,
    }
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(project, 'consumer.ts'), CONSUMER)
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    expect(await compile(project)).toBe('')
  })
})

/** What the compiler says, empty when it is content. */
async function compile(project: string): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const failed = await run(process.execPath, [compiler, '-p', project], { cwd: project }).then(
    () => undefined,
    // execFile's rejection carries what the program printed.
    (error: Error & { stdout?: string }) => error.stdout || error.message,
  )
  return failed ?? ''
}

describe('the documentation', () => {
  const pages = readdirSync(root).filter((name) => name.endsWith('.md'))
  const IMPORT = /(?:import|export)\s+(?:type\s+)?(\{[^}]*\}|\*[^'"]*|\w+)\s+from\s+['"](stowaway[^'"]*)['"]/g

  test('imports only what is exported', async () => {
    const wrong: string[] = []
    for (const page of pages) {
      for (const [statement, names = '', specifier = ''] of readFileSync(join(root, page), 'utf8').matchAll(IMPORT)) {
        const entry = manifest.exports[`.${specifier.slice('stowaway'.length)}`]
        if (entry === undefined) wrong.push(`${page}: ${specifier}`)
        else if (names.startsWith('{'))
          wrong.push(...(await missing(names, leaves(entry))).map((name) => `${page}: ${name} in ${statement}`))
      }
    }
    expect(wrong).toEqual([])
  })
})

/** The names of an import clause that the declarations do not export. */
async function missing(clause: string, [types = '']: readonly string[]): Promise<readonly string[]> {
  const declarations = readFileSync(join(root, types), 'utf8')
  const names = clause
    .slice(1, -1)
    .split(',')
    .map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/ as .*/, ''),
    )
  return names.filter((name) => name !== '' && !new RegExp(`\\b${name}\\b`).test(exported(declarations)))
}

/** Only what stands in export statements: names, not what their types mention. */
function exported(declarations: string): string {
  const lists = declarations.match(/export (type )?\{[^}]*\}/g) ?? []
  const own = [
    ...declarations.matchAll(/export (?:declare )?(?:abstract )?(?:const|function|class|interface|type) (\w+)/g),
  ]
  return [...lists, ...own.map(([, name]) => name)].join(' ')
}

describe('a bundle for a page', () => {
  test('holds no trace of a server backend, now or later', async () => {
    const chunks = await bundle('browser')
    expect(chunks.flatMap(({ name, text }) => traces(text).map((found) => `${name}: ${found}`))).toEqual([])
  })

  test.each([
    `import('node:fs')`,
    'new Buffer(1)',
    'process.env',
    'better-sqlite3',
    'createSqliteStore',
    './filesystem.js',
  ])('would be refused for: %s', (text) => expect(traces(text)).toHaveLength(1 + Number(text === 'better-sqlite3')))

  test('may speak of bytes and of a node', () => {
    expect(traces('new ArrayBuffer(1); ({ node: 1, processed: 2 })')).toEqual([])
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ofType, parse, place, root, sources } from '../support/source.ts'
import type { Source, Syntax } from '../support/source.ts'

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

// JSON.parse gives `any`; the shape is package.json's.
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const src = sources('src')
const adapters = sources('adapters')
const cli = sources('cli')
const byPath = new Map([...src, ...adapters].map((source) => [source.path, source]))

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Imports of the core that its layer does not allow. */
function strayImports({ path, imports }: Source): readonly string[] {
  return imports
    .filter(({ specifier, file, kind }) => {
      if (file !== undefined) return !file.startsWith('src/')
      if (specifier === '#runtime') return false
      return kind !== 'lazy' || !(packageOf(specifier) in manifest.dependencies)
    })
    .map(({ specifier, kind }) => `${path}: ${kind} import of ${specifier}`)
}

const PLATFORM = new Set(['process', 'Buffer', 'require', 'Deno', 'Bun', 'setImmediate', '__dirname', '__filename'])

/** The names of one platform's things. */
function platformNames(source: Source): readonly string[] {
  const names = ofType(source, 'Identifier').filter(({ name }) => typeof name === 'string' && PLATFORM.has(name))
  const modules = ofType(source, 'Literal').filter(
    ({ value }) => typeof value === 'string' && value.startsWith('node:'),
  )
  return [...names, ...modules].map((node) => `${place(source, node)} ${textOf(source, node)}`)
}

const textOf = ({ text }: Source, { start, end }: Syntax): string => text.slice(start, end)

const IMPURE: readonly [string, RegExp][] = [
  ['AwaitExpression', /^/],
  ['ForOfStatement', /^for await/],
  [
    'CallExpression',
    /^(Date\.now|performance\.now|Math\.random|fetch|globalThis\.fetch|setTimeout|setInterval|queueMicrotask)\(/,
  ],
  ['CallExpression', /^crypto\./],
  ['NewExpression', /^new (Response|Request|Promise)\b/],
  ['NewExpression', /^new Date(\(\))?$/],
  ['ImportExpression', /^/],
]

/** Clocks, waiting, chance and I/O. */
function impurities(source: Source): readonly string[] {
  return IMPURE.flatMap(([type, pattern]) =>
    ofType(source, type)
      .filter((node) => pattern.test(textOf(source, node)))
      .map((node) => `${place(source, node)} ${textOf(source, node).slice(0, 40)}`),
  )
}

/** All that is loaded with these files, themselves included. */
function closure(start: readonly string[]): readonly Source[] {
  const found = new Set(start)
  for (const path of found) {
    for (const { file, kind } of byPath.get(path)?.imports ?? [])
      if (file !== undefined && kind === 'value') found.add(file)
  }
  return [...found].map((path) => byPath.get(path)).filter((source) => source !== undefined)
}

const CASTS = ['TSAsExpression', 'TSTypeAssertion', 'TSNonNullExpression']

/** Casts with no comment on their line, the line above, or between a statement's start and them. */
function bareCasts(source: Source): readonly string[] {
  const lineOf = (offset: number): number => source.text.slice(0, offset).split('\n').length
  const commented = new Set(source.comments.flatMap(({ start, end }) => [lineOf(start), lineOf(end)]))
  return ofType(source, ...CASTS)
    .filter((node) => !/\bas const$/.test(textOf(source, node)))
    .filter(({ start, end }) => ![lineOf(start) - 1, lineOf(start), lineOf(end)].some((line) => commented.has(line)))
    .map((node) => `${place(source, node)} ${textOf(source, node).slice(0, 60)}`)
}

describe('the core', () => {
  test('imports nothing but itself, #runtime, and lazily its dependencies', () => {
    expect(src.flatMap(strayImports)).toEqual([])
  })

  test('names nothing that only one platform has', () => {
    expect(src.flatMap(platformNames)).toEqual([])
  })

  test('reaches #runtime from one file alone', () => {
    const users = src.filter(({ imports }) =>
      imports.some(({ specifier, kind }) => specifier === '#runtime' && kind !== 'type'),
    )
    expect(users.map(({ path }) => path)).toHaveLength(1)
  })

  test('has no clock, no waiting, no chance and no I/O in what HTTP says and in what is decided (HI-1)', () => {
    const pure = src.map(({ path }) => path).filter((path) => /^src\/(rfc9111|standards|decide)[/.]/.test(path))
    expect(pure.filter((path) => path.startsWith('src/decide'))).not.toEqual([])
    const loaded = closure(pure)
    expect(loaded.map(({ path }) => path).filter((path) => /^(src\/exchange|adapters)\//.test(path))).toEqual([])
    expect(loaded.flatMap(impurities)).toEqual([])
  })
})

describe('an adapter', () => {
  test('takes from the core types, and as values its errors alone', () => {
    const stray = adapters.flatMap(({ path, imports }) =>
      imports
        .filter(({ file, kind }) => file?.startsWith('src/') === true && kind !== 'type' && file !== 'src/errors.ts')
        .map(({ specifier }) => `${path}: ${specifier}`),
    )
    expect(stray).toEqual([])
  })

  test('loads an optional peer lazily, since it may be absent', () => {
    const stray = adapters.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, kind }) => kind === 'value' && packageOf(specifier) in manifest.peerDependencies)
        .map(({ specifier }) => `${path}: ${specifier}`),
    )
    expect(stray).toEqual([])
  })

  const backends = adapters
    .filter(({ path, text }) => /^adapters\/[^/]+\.ts$/.test(path) && /export function create\w+Store\b/.test(text))
    .map(({ path }) => basename(path, '.ts'))

  test('is found by the tests below', () => {
    expect(backends).toContain('memory')
  })

  test.each(backends)('is exported, tested against the contract and documented: %s', (name) => {
    const tests = ['node', 'browser', 'workerd']
      .map((folder) => join(root, 'test', folder, `${name}.test.ts`))
      .filter(existsSync)
    expect(manifest.exports, 'an entry in package.json').toHaveProperty([`./${name}`])
    expect(tests.map((path) => readFileSync(path, 'utf8')).join(), 'a test that runs the contract').toContain(
      'storeContract(',
    )
    expect(readFileSync(join(root, 'README.md'), 'utf8'), 'a row in README.md').toMatch(
      new RegExp(`^\\|.*\`stowaway/${name}\`.*\\|$`, 'm'),
    )
  })
})

describe('the command line', () => {
  test('imports itself, the core, adapters and what comes with Node, and no package', () => {
    const stray = cli.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, file }) => !/^(?:cli|src|adapters)\//.test(file ?? '') && !specifier.startsWith('node:'))
        .map(({ specifier }) => `${path}: ${specifier}`),
    )
    expect(cli).not.toEqual([])
    expect(stray).toEqual([])
  })

  test('is imported by nothing else', () => {
    const users = [...src, ...adapters].filter(({ imports }) => imports.some(({ file }) => file?.startsWith('cli/')))
    expect(users.map(({ path }) => path)).toEqual([])
  })
})

describe('the code', () => {
  test('says why beside each cast', () => {
    expect([...src, ...adapters, ...cli].flatMap(bareCasts)).toEqual([])
  })

  test('has no file above 300 lines', () => {
    const long = [...src, ...adapters, ...cli].filter(({ text }) => text.split('\n').length > 301)
    expect(long.map(({ path }) => path)).toEqual([])
  })
})

describe('these rules', () => {
  const core = (text: string): Source => parse('src/a.ts', text)

  test.each([
    `import { x } from '../adapters/memory.ts'`,
    `import type { x } from '../adapters/memory.ts'`,
    `export * from '../adapters/memory.ts'`,
    `const x = await import('../adapters/memory.ts')`,
    `import fs from 'node:fs'`,
    `import { pack } from 'msgpackr'`,
    `const x = await import('better-sqlite3')`,
  ])('refuse in the core: %s', (text) => {
    expect(strayImports(core(text))).toHaveLength(1)
  })

  test.each([
    `import { x } from '#runtime'`,
    `import { x } from './b.ts'`,
    `const x = await import('@noble/hashes/hmac.js')`,
  ])('accept in the core: %s', (text) => {
    expect(strayImports(core(text))).toEqual([])
  })

  test.each(['process.cwd()', 'globalThis.process', 'new Buffer(1)', `f('node:fs')`, 'let x: Buffer'])(
    'know as a platform name: %s',
    (text) => {
      expect(platformNames(core(text))).toHaveLength(1)
    },
  )

  test.each([
    'Date.now()',
    'new Date()',
    'async () => { await x }',
    'new Response(null)',
    'fetch(x)',
    'Math.random()',
    'crypto.randomUUID()',
    `import('./b.ts')`,
  ])('know as impure: %s', (text) => {
    expect(impurities(core(text))).toHaveLength(1)
  })

  test.each(['new Date(now)', 'Date.UTC(2000, 1)', 'Date.parse(x)', 'response.fetch'])('know as pure: %s', (text) => {
    expect(impurities(core(text))).toEqual([])
  })

  test.each(['x as Y', 'x!.y', 'f(\n  x as unknown as Y,\n)'])('want a reason for: %s', (text) => {
    expect(bareCasts(core(text))).not.toEqual([])
    expect(bareCasts(core(`x // reason\n\n\n${text}`))).not.toEqual([])
  })

  test.each(['x as Y // reason', '// reason\nx as Y', 'x as const', 'const text = "as X"'])(
    'want no reason for: %s',
    (text) => {
      expect(bareCasts(core(text))).toEqual([])
    },
  )
})

import { readFileSync, readdirSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

/** The checkout's top level. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

export interface Import {
  readonly specifier: string
  /** The file that a relative specifier names, from the top level; else `undefined`. */
  readonly file: string | undefined
  readonly kind: 'type' | 'value' | 'lazy'
}

/** A node of the syntax tree: what the rules look at, of any kind. */
export interface Syntax {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

export interface Source {
  /** From the top level, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
  readonly nodes: readonly Syntax[]
  readonly comments: readonly { readonly start: number; readonly end: number }[]
}

/** Every TypeScript file below a folder of the top level. */
export function sources(folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted()
    .map((path) => parse(path, readFileSync(join(root, path), 'utf8')))
}

/** Takes a file apart. */
export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const nodes = [...walk(program)]
  const imports = nodes.flatMap((node) => importOf(node, path))
  return { path, text, imports, nodes, comments }
}

/** `path:line`, as editors and terminals link it. */
export function place({ path, text }: Source, { start }: { readonly start: number }): string {
  return `${path}:${text.slice(0, start).split('\n').length}`
}

/** Every node of a kind. */
export function ofType({ nodes }: Source, ...types: readonly string[]): readonly Syntax[] {
  return nodes.filter(({ type }) => types.includes(type))
}

function* walk(value: unknown): Generator<Syntax> {
  if (typeof value !== 'object' || value === null) return
  if ('type' in value && typeof value.type === 'string') yield value as Syntax // has `type`, so it is a node; nodes have places
  for (const child of Object.values(value)) yield* walk(child)
}

const isSyntax = (value: unknown): value is Syntax => typeof value === 'object' && value !== null && 'type' in value

function importOf(node: Syntax, path: string): readonly Import[] {
  const { source } = node
  if (!isSyntax(source) || typeof source.value !== 'string') return []
  const specifier = source.value
  const file = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
  return [{ specifier, file, kind: kindOf(node) }]
}

function kindOf(node: Syntax): Import['kind'] {
  if (node.type === 'ImportExpression') return 'lazy'
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return 'type'
  const { specifiers } = node
  const names = Array.isArray(specifiers) ? specifiers.filter(isSyntax) : []
  const onlyTypes = names.every(({ importKind, exportKind }) => importKind === 'type' || exportKind === 'type')
  return names.length > 0 && onlyTypes ? 'type' : 'value'
}

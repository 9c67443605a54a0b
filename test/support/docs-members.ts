/** What the declarations say of their members, to be held against the documentation. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { plain } from './docs-pages.ts'
import { ofType, parse, root } from './source.ts'
import type { Source, Syntax } from './source.ts'

const load = (path: string): Source => parse(path, readFileSync(join(root, path), 'utf8'))
const at = (value: unknown, ...names: readonly string[]): unknown =>
  // Steps into a syntax tree, whose nodes are plain objects.
  names.reduce((node, name) => (node as Record<string, unknown> | undefined)?.[name], value)

function declaration(source: Source, type: string, name: string): Syntax {
  const found = ofType(source, type).find((node) => at(node, 'id', 'name') === name)
  if (!found) throw new Error(`${source.path} has no ${name}`)
  return found
}

/** The interface's own members, to the default in their comment; null where it names none. */
export function membersOf(path: string, name: string): ReadonlyMap<string, string | null> {
  const source = load(path)
  const own = declaration(source, 'TSInterfaceDeclaration', name)
  const members = ofType(source, 'TSPropertySignature', 'TSMethodSignature').filter(
    ({ start, end }) => start > own.start && end <= own.end,
  )
  const outer = members.filter(({ start, end }) => !members.some((other) => other.start < start && other.end >= end))
  return new Map(outer.map((member) => [String(at(member, 'key', 'name')), defaultOf(source, member)]))
}

function defaultOf({ comments, text }: Source, { start }: Syntax): string | null {
  const comment = comments.find(({ end }) => end < start && text.slice(end, start).trim() === '')
  const words = text.slice(comment?.start, comment?.end).replaceAll(/^\/\*\*|\*\/$|^ *\*/gm, '')
  const said = comment && /Default: (.*?)\.(?=\s|$)/s.exec(words)?.[1]
  return said === undefined ? null : plain(said.replaceAll(/\s+/g, ' '))
}

/** The members of a union of strings. */
export function literalsOf(path: string, name: string): readonly string[] {
  const source = load(path)
  const { start, end } = declaration(source, 'TSTypeAliasDeclaration', name)
  const literals = ofType(source, 'Literal').filter((node) => node.start >= start && node.end <= end)
  return literals.map(({ value }) => String(value))
}

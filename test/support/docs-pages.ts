/** The documentation as data: its pages, their examples, tables and links. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source.ts'

export interface Page {
  readonly name: string
  readonly text: string
}

/** Every page at the top level and in docs. */
export const pages: readonly Page[] = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
]
  .filter((name) => name.endsWith('.md'))
  .toSorted()
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))

export function page(name: string): string {
  const found = pages.find((each) => each.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found.text
}

export interface Snippet {
  /** Where it stands, and the heading above it. */
  readonly name: string
  readonly language: string
  readonly code: string
}

/** Every fenced block, in order. */
export function snippets({ name, text }: Page): readonly Snippet[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language = '', 2: code = '' }) => {
    const before = text.slice(0, index)
    const heading = /^#+ (.*)$/m.exec(before.split(/^(?=#)/m).at(-1) ?? '')?.[1] ?? ''
    return { name: `${name}:${before.split('\n').length} ${heading}`, language, code }
  })
}

/** What an example says that it prints: the comment after each `console.log`, in order. */
export function promised(code: string): readonly string[] {
  return [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, output = '']) => output)
}

/** The first column of the table under a heading, to the other cells of its row; marks of code are taken off. */
export function table(text: string, heading: string): ReadonlyMap<string, readonly string[]> {
  const [, section] = text.split(new RegExp(`^#+ ${heading}$`, 'm'))
  const rows = [...(section?.split(/^#/m)[0] ?? '').matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split(/(?<!\\)\|/).map((cell) => plain(cell)),
  )
  const body = rows.filter(([first = ''], index) => !/^-+$/.test(first) && !/^-+$/.test(rows[index + 1]?.[0] ?? ''))
  return new Map(body.map(([first = '', ...cells]) => [first, cells]))
}

/** Text without the marks of code, and without what a table has to escape. */
export const plain = (text: string): string => text.replaceAll(/`|\\(?=\|)/g, '').trim()

/** As GitHub names the anchor of a heading. */
export function anchors(text: string): readonly string[] {
  const headings = [...text.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)]
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** Links to somewhere in the repository. */
export function internalLinks(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link))
}

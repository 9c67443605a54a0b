import { readFileSync } from 'node:fs'

/** The subpaths that a page may load; every other one is a server's. */
const IN_PAGES: ReadonlySet<string> = new Set([
  '.',
  './package.json',
  './store',
  './memory',
  './indexeddb',
  './cache-api',
  './compression',
  './encryption',
  './signing',
  './register',
])

// JSON.parse gives `any`; the shape is package.json's.
const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { exports: object }

const SERVER: readonly RegExp[] = [
  /["'`]node:/,
  /\bBuffer\b/,
  /\bprocess\./,
  /better-sqlite3/,
  ...Object.keys(exports)
    .filter((path) => !IN_PAGES.has(path))
    .map((path) => new RegExp(path.slice(2), 'i')),
]

/** What must not reach a page: the names of Node's things and of the backends that live on servers, with the text around each. */
export function traces(text: string): readonly string[] {
  return SERVER.flatMap((pattern) => {
    const index = text.search(pattern)
    return index < 0 ? [] : [`${String(pattern)}: …${text.slice(Math.max(0, index - 20), index + 40)}…`]
  })
}

/**
 * Holds docs/coverage.md against the tests: each row that is not skipped must name a test, by file and title, and that test must exist
 * and carry the row's name. A trap is never skipped. `--write` names a test where none that exists is named.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'

const TABLE = 'docs/coverage.md'
/** The name, what is said of it in one cell or more, and the test. */
const ROW = /^\| ((?:RC-|HI-|trap )\d+) \| (.*) \| (.*?) \|$/
/** A title that ends with the rows and traps that it shows, in parentheses. */
const TITLE = /(['"`])((?:\\.|(?!\1)[^\n])*\(((?:(?:RC|HI)-\d+|trap \d+)(?:, (?:(?:RC|HI)-\d+|trap \d+))*)\))\1/g
const TRAPS = 65

interface Shown {
  readonly file: string
  readonly title: string
}

const shown = new Map<string, Shown[]>()
for (const file of globSync('test/**/*.ts').sort()) {
  for (const [, , title = '', names = ''] of readFileSync(file, 'utf8').matchAll(TITLE)) {
    for (const name of names.split(', ')) shown.set(name, [...(shown.get(name) ?? []), { file, title }])
  }
}

/** Without the names at its end, and as a table's cell. */
const cell = ({ file, title }: Shown): string =>
  `\`${file.replaceAll('\\', '/')}\`: ${title
    .replace(/ \([^()]*\)$/, '')
    .replaceAll('|', '\\|')
    .replaceAll('\\`', "'")}`

const problems: string[] = []
const rows = new Set<string>()
const lines = readFileSync(TABLE, 'utf8')
  .split('\n')
  .map((line) => {
    const [, name, said = '', by = ''] = ROW.exec(line) ?? []
    if (name === undefined) return line
    if (rows.has(name)) problems.push(`${name}: twice in the table`)
    rows.add(name)
    if (by.startsWith('Skipped: ') && !name.startsWith('trap')) return line
    const tests = (shown.get(name) ?? []).map(cell)
    if (tests.length === 0) problems.push(`${name}: no test carries its name`)
    if (said.split(' | ').includes('')) problems.push(`${name}: a cell is empty`)
    if (process.argv.includes('--write')) return `| ${name} | ${said} | ${tests.includes(by) ? by : (tests[0] ?? '')} |`
    if (by === '') problems.push(`${name}: names no test`)
    else if (!tests.includes(by)) problems.push(`${name}: names a test that does not exist, ${by}`)
    return line
  })
if (process.argv.includes('--write')) writeFileSync(TABLE, lines.join('\n'))

const traps = Array.from({ length: TRAPS }, (_, index) => `trap ${index + 1}`)
for (const name of new Set([...shown.keys(), ...traps])) if (!rows.has(name)) problems.push(`${name}: not in the table`)

for (const problem of problems) console.error(problem)
console.log(`${rows.size} rows, ${TRAPS} of them traps, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

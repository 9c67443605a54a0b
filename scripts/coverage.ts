/**
 * Holds docs/coverage.md against the tests: each row that is not skipped must name a test, by file and title, and that test must exist
 * and carry the row's name. `--write` names a test where none that exists is named.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'

const TABLE = 'docs/coverage.md'
const ROW = /^\| ((?:RC|HI)-\d+) \| (.*?) \| (.*?) \| (.*?) \|$/
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
    const [, name, what, here, by] = ROW.exec(line) ?? []
    if (name === undefined) return line
    if (rows.has(name)) problems.push(`${name}: twice in the table`)
    rows.add(name)
    if (by?.startsWith('Skipped: ')) return line
    const tests = (shown.get(name) ?? []).map(cell)
    if (tests.length === 0) problems.push(`${name}: no test carries its name`)
    const kept = by !== undefined && tests.includes(by) ? by : (tests[0] ?? '')
    const filled = `| ${name} | ${what} | ${here} | ${kept} |`
    if (here === '') problems.push(`${name}: not said what is here`)
    if (process.argv.includes('--write')) return filled
    if (by === '') problems.push(`${name}: names no test`)
    else if (!tests.includes(by ?? '')) problems.push(`${name}: names a test that does not exist, ${by}`)
    return line
  })
if (process.argv.includes('--write')) writeFileSync(TABLE, lines.join('\n'))

for (const name of shown.keys())
  if (!name.startsWith('trap') && !rows.has(name)) problems.push(`${name}: not in the table`)
for (let trap = 1; trap <= TRAPS; trap++) if (!shown.has(`trap ${trap}`)) problems.push(`trap ${trap}: no test`)

for (const problem of problems) console.error(problem)
console.log(`${rows.size} rows, ${TRAPS} traps, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

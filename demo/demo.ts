/**
 * What a cache does, request by request: `npm run demo`, and again to see what was kept. `npm run demo -- URL…` asks for real
 * URLs, each twice; `--reset` forgets what earlier runs left. Everything is kept in one file in the system's temporary folder.
 */
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createCache } from 'stowaway'
import { startOrigin } from './origin.ts'
import { printHeading, printSummary, printTitle, printVisit } from './terminal.ts'
import { chapters } from './tour.ts'
import { createVisitor } from './visit.ts'
import type { Visit } from './visit.ts'

const PATH = join(tmpdir(), 'stowaway-demo.sqlite')

const { positionals: urls, values } = parseArgs({ allowPositionals: true, options: { reset: { type: 'boolean' } } })
if (values.reset) for (const suffix of ['', '-wal', '-shm']) rmSync(PATH + suffix, { force: true })
const again = existsSync(PATH)
const visits: Visit[] = []

const onError = ({ message }: Error): void => console.error(`  (survived: ${message})`)

function show(visit: Visit): void {
  visits.push(visit)
  printVisit(visit)
}

async function tour(): Promise<void> {
  await using origin = await startOrigin()
  const asked = { count: 0 }
  await using cache = createCache({
    path: PATH,
    rules: { '/weather.json': '1h' },
    // The origin has another port in each run, and a URL must not change if what is stored under it is to be found again.
    // So the cache knows a host name of our own choice, and only the fetch underneath knows the port.
    fetch: (input, init) => {
      asked.count++
      const { pathname } = new URL(input instanceof Request ? input.url : input)
      return fetch(origin.url + pathname, init)
    },
    onError,
  })
  const visit = createVisitor(cache)
  for (const { title, prepare, requests } of chapters) {
    printHeading(title)
    await prepare?.(origin)
    for (const { path, ...how } of requests) show(await visit(`http://demo.example${path}`, { label: path, ...how }))
  }
  printSummary(visits, asked.count)
}

async function ask(): Promise<void> {
  const asked = { count: 0 }
  const counted: typeof fetch = (input, init) => {
    asked.count++
    return fetch(input, init)
  }
  await using cache = createCache({ path: PATH, fetch: counted, onError })
  const visit = createVisitor(cache)
  for (const url of urls) {
    printHeading(url)
    for (const label of ['first', 'again']) show(await visit(url, { label }))
  }
  printSummary(visits, asked.count)
  if (visits.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1
}

printTitle(PATH, again)
await (urls.length > 0 ? ask() : tour())

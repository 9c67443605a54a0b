/**
 * What a cache does, request by request: `npm run demo`, and again to see what was kept. `npm run demo -- URL…` asks for real
 * URLs, each twice; `--reset` forgets what earlier runs left. Everything is kept in one file in the system's temporary folder.
 */
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createCache } from 'stowaway'
import type { CacheOptions } from 'stowaway'
import { startOrigin } from './origin.ts'
import { printHeading, printSummary, printTitle, printVisit } from './terminal.ts'
import { chapters } from './tour.ts'
import { createVisitor } from './visit.ts'
import type { Manner, Visit } from './visit.ts'

const PATH = join(tmpdir(), 'stowaway-demo.sqlite')

const { positionals: urls, values } = parseArgs({ allowPositionals: true, options: { reset: { type: 'boolean' } } })
if (values.reset) for (const suffix of ['', '-wal', '-shm']) rmSync(PATH + suffix, { force: true })
const again = existsSync(PATH)

type Ask = (url: string, manner: Manner) => Promise<Visit>

/** Opens the cache over a fetch whose calls are counted, and sums up once all requests have been made. */
async function told(
  underneath: typeof fetch,
  options: CacheOptions,
  story: (ask: Ask) => Promise<void>,
): Promise<void> {
  const visits: Visit[] = []
  let asked = 0
  const cache = createCache({
    path: PATH,
    fetch: (input, init) => {
      asked++
      return underneath(input, init)
    },
    onError: ({ message }) => console.error(`  (survived: ${message})`),
    ...options,
  })
  const visit = createVisitor(cache)
  await story(async (url, manner) => {
    const made = await visit(url, manner)
    visits.push(made)
    printVisit(made)
    return made
  })
  await cache.close()
  printSummary(visits, asked)
}

async function tour(): Promise<void> {
  const origin = await startOrigin()
  // The origin has another port in each run, and a URL must not change if what is stored under it is to be found again.
  // So the cache knows a host name of our own choice, and only the fetch underneath knows the port.
  const underneath: typeof fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    return fetch(origin.url + pathname, init)
  }
  await told(underneath, { rules: { '/weather.json': '1h' } }, async (ask) => {
    for (const { title, prepare, requests } of chapters) {
      printHeading(title)
      await prepare?.(origin)
      for (const { path, ...manner } of requests) await ask(`http://demo.example${path}`, { label: path, ...manner })
    }
  })
}

async function real(): Promise<void> {
  await told(fetch, {}, async (ask) => {
    for (const url of urls) {
      printHeading(url)
      for (const label of ['first', 'again']) {
        const { outcome } = await ask(url, { label })
        if (outcome === 'failed') process.exitCode = 1
      }
    }
  })
}

printTitle(PATH, again)
await (urls.length > 0 ? real() : tour())

/** What questions about a whole collection cost, on SQLite, beside the number of entries. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCodec } from '../adapters/codec.ts'
import { loadDriver } from '../adapters/sqlite/driver.ts'
import { encodeMeta } from '../adapters/sqlite/meta.ts'
import { openFile } from '../adapters/sqlite/open.ts'
import { createSession, type Session } from '../adapters/sqlite/session.ts'
import { createSqliteStore } from '../adapters/sqlite.ts'
import type { Query, Store } from '../src/store.ts'

/** A line of the table; one value for each number of entries, as text. */
export interface Measured {
  readonly name: string
  readonly values: readonly string[]
}

export const COUNTS = [1_000, 10_000, 100_000, 1_000_000] as const

const START = Date.UTC(2030, 0, 1)
const DAY = 86_400_000
const ROUNDS = 5
const PAGE = 100
const BODY = new Uint8Array(32).fill(97)
const HEADERS: [string, string][] = [['content-type', 'application/json']]

type Question = Omit<Query, 'namespace'>

const expired = (share: number): Question => ({ expired: { at: START + share * DAY, basis: 'b' } })

const QUESTIONS: { readonly [name: string]: Question } = {
  all: {},
  'expired, 1 %': expired(0.01),
  'expired, 50 %': expired(0.5),
  'expired, by expiry': { ...expired(0.5), order: 'expiresAt' },
  'created before, 1 %': { createdBefore: -1 },
  'tag, 0.1 %': { tag: 'rare' },
  'tag, 10 %': { tag: 'common' },
  ...Object.fromEntries(
    (['createdAt', 'expiresAt', 'url', 'usedAt'] as const).flatMap((order) => [
      [`by ${order}`, { order }],
      [`by ${order}, descending`, { order, descending: true }],
    ]),
  ),
}

/** @param largest The most entries to measure with. */
export async function scale(largest: number): Promise<Measured[]> {
  const columns = new Map<string, string[]>()
  for (const count of COUNTS.filter((one) => one <= largest)) {
    for (const [name, value] of await measure(count)) columns.set(name, [...(columns.get(name) ?? []), value])
  }
  return [...columns].map(([name, values]) => ({ name, values }))
}

async function measure(count: number): Promise<[string, string][]> {
  const folder = mkdtempSync(join(tmpdir(), 'stowaway-bench-'))
  const path = join(folder, 'cache.sqlite')
  try {
    const lines: [string, string][] = [['filled in', await seconds(() => fill(path, count))]]
    lines.push(['file', `${(statSync(path).size / 2 ** 20).toFixed(1)} MiB`])
    const store = createSqliteStore({ path, maxBytes: 2 ** 40 })
    await store.open()
    for (const [name, question] of Object.entries(QUESTIONS))
      lines.push([name, await firstPage(store, count, question)])
    lines.push(['usage', await median(async () => void (await store.usage('http')))])
    for (const order of [undefined, 'expiresAt', 'usedAt'] as const) lines.push(...(await whole(store, count, order)))
    await store.close()
    return lines
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const millis = (time: number): string => `${time < 10 ? time.toFixed(2) : time.toFixed(0)} ms`

async function seconds(work: () => Promise<void>): Promise<string> {
  const start = performance.now()
  await work()
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}

async function median(work: () => Promise<void>): Promise<string> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return millis(times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? NaN)
}

function firstPage(store: Store, count: number, question: Question): Promise<string> {
  const query = question.createdBefore ? { createdBefore: START + count / 100 } : question
  return median(async () => {
    let found = 0
    for await (const _ of store.list({ namespace: 'http', ...query })) if (++found === PAGE) return
    if (found === 0) throw new Error(`${JSON.stringify(query)} finds nothing`)
  })
}

/** Lists all, and looks now and then what it holds in memory. */
async function whole(store: Store, count: number, order: Query['order']): Promise<[string, string][]> {
  const name = `whole list${order ? ` by ${order}` : ''}`
  const before = live()
  let [found, most] = [0, 0]
  const time = await seconds(async () => {
    for await (const _ of store.list({ namespace: 'http', ...(order && { order }) })) {
      if (++found % (count / 10) === 0) most = Math.max(most, live() - before)
    }
  })
  if (found !== count) throw new Error(`${name} finds ${found} of ${count}`)
  return [
    [name, time],
    [`${name}, memory`, `${(most / 2 ** 20).toFixed(1)} MiB`],
  ]
}

/** Bytes in use, garbage not counted. */
function live(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Writes rows as the store does, but thousands in a transaction. */
async function fill(path: string, count: number): Promise<void> {
  const codec = await loadCodec()
  const opened = openFile(path, await loadDriver(), codec.name)
  const surroundings = { path, codec, maxBytes: Infinity, maxEntries: Infinity, busyTimeout: 0 }
  const none = (): void => {}
  const session = createSession(opened, { ...surroundings, now: Date.now, emit: none, damaged: none })
  for (let at = 0; at < count; at += 10_000) {
    opened.database.exec('BEGIN')
    for (let i = at; i < Math.min(at + 10_000, count); i++) insert(session, i)
    opened.database.exec('COMMIT')
  }
  opened.database.close()
}

function insert({ sql, codec }: Session, i: number): void {
  // Multiplied by a prime, so that neither URLs nor times come in order.
  const url = `https://bench.example/${(i * 2_654_435_761) % 2 ** 32}`
  const expiresAt = START + ((i * 48_271) % 100_003) * (DAY / 100_003)
  const tags = [...(i % 10 === 0 ? ['common'] : []), ...(i % 1000 === 1 ? ['rare'] : [])]
  const times = { createdAt: START + i, reclaimAt: expiresAt + DAY, expiresAt: Math.floor(expiresAt) }
  const meta = { variant: '', ...times, basis: 'b', tags, envelope: { v: 1, status: 200, headers: HEADERS } }
  const blob = encodeMeta(codec, meta)
  const cost = blob.length + BODY.length + url.length
  const id = Number(sql.count.all(1, cost)[0]?.[2])
  const { createdAt, reclaimAt, basis } = meta
  const names = ['http', url, '', ''] as const
  const text = JSON.stringify(tags)
  sql.insert.run(
    id,
    ...names,
    createdAt,
    reclaimAt,
    meta.expiresAt,
    basis,
    createdAt,
    BODY.length,
    cost,
    text,
    null,
    blob,
    BODY,
  )
  if (tags.length > 0) sql.tag.run(id, text)
}

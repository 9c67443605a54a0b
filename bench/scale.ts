/** What questions about a whole collection cost, on SQLite, beside the number of entries. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCache } from 'stowaway'
import type { SortKey } from 'stowaway'
import { loadCodec } from '../adapters/codec.ts'
import { loadDriver } from '../adapters/sqlite/driver.ts'
import { encodeMeta } from '../adapters/sqlite/meta.ts'
import { openFile } from '../adapters/sqlite/open.ts'
import { createSession, type Session } from '../adapters/sqlite/session.ts'
import { createMemoryStore } from '../adapters/memory.ts'
import { createSqliteStore } from '../adapters/sqlite.ts'
import type { Meta, Query, Store } from '../src/store.ts'

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
const BODY = new Uint8Array(64).fill(97)

type Question = Omit<Query, 'namespace'>

const questions = (basis: string): { readonly [name: string]: Question } => ({
  all: {},
  'expired, 1 %': { expired: { at: START + DAY / 100, basis } },
  'expired, 50 %': { expired: { at: START + DAY / 2, basis } },
  'expired, by expiry': { expired: { at: START + DAY / 2, basis }, order: 'expiresAt' },
  'created before, 1 %': { createdBefore: -1 },
  'tag, 0.1 %': { tag: 'rare' },
  'tag, 10 %': { tag: 'common' },
  ...Object.fromEntries(
    (['createdAt', 'expiresAt', 'size', 'url', 'usedAt'] as const).flatMap((order) => [
      [`by ${order}`, { order }],
      [`by ${order}, descending`, { order, descending: true }],
    ]),
  ),
})

const KEYS: readonly SortKey[] = ['createdAt', 'expires', 'lastUsed', 'size', 'url']

/** @param largest The most entries to measure with. */
export async function scale(largest: number): Promise<Measured[]> {
  const columns = new Map<string, string[]>()
  const sample = await sampled()
  for (const count of COUNTS.filter((one) => one <= largest)) {
    for (const [name, value] of await measure(count, sample)) columns.set(name, [...(columns.get(name) ?? []), value])
  }
  return [...columns].map(([name, values]) => ({ name, values }))
}

async function measure(count: number, sample: Meta): Promise<[string, string][]> {
  const folder = mkdtempSync(join(tmpdir(), 'stowaway-bench-'))
  const path = join(folder, 'cache.sqlite')
  try {
    const lines: [string, string][] = [['filled in', await seconds(() => fill(path, count, sample))]]
    lines.push(['file', `${(statSync(path).size / 2 ** 20).toFixed(1)} MiB`])
    const store = createSqliteStore({ path, maxBytes: 2 ** 40 })
    await store.open()
    for (const [name, question] of Object.entries(questions(sample.basis)))
      lines.push([name, await firstPage(store, count, question)])
    lines.push(['usage', await median(async () => void (await store.usage('http')))])
    for (const order of [undefined, 'expiresAt', 'size', 'usedAt'] as const)
      lines.push(...(await whole(store, count, order)))
    lines.push(...(await throughCache(store, count)))
    await store.close()
    return lines
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const millis = (time: number): string => `${time < 10 ? time.toFixed(2) : time.toFixed(0)} ms`

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const once = async (work: () => Promise<void>): Promise<string> => millis(await timed(work))
const seconds = async (work: () => Promise<void>): Promise<string> => `${((await timed(work)) / 1000).toFixed(1)} s`

async function median(work: () => Promise<void>): Promise<string> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) times.push(await timed(work))
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

/** What users ask of a cache; its clock says that a hundredth has expired. */
async function throughCache(store: Store, count: number): Promise<[string, string][]> {
  const cache = createCache({ backend: store, now: () => START + DAY / 100 })
  await cache.store()
  const before = live()
  let most = 0
  const look = (): void => void (most = Math.max(most, live() - before))
  const found = async (filter?: { valid: boolean }): Promise<void> => {
    if ((await cache.count(filter)) < count / 2) throw new Error('The cache counts less than there is')
  }
  const lines: [string, string][] = [
    ['cache.count()', await median(() => found())],
    ['cache.count({ valid: true })', await median(() => found({ valid: true }))],
  ]
  for (const key of KEYS) {
    const sort = async (step?: () => void): Promise<void> => {
      for await (const _ of cache.sorted({ key, limit: 10 })) step?.()
    }
    lines.push([`cache.sorted, 10 by ${key}`, await median(sort)])
    await sort(look)
  }
  let removed = 0
  // Collecting garbage takes time.
  const onProgress = ({ done }: { done: number }): void => void (done % 5_000 === 0 && look())
  const work = async (): Promise<void> => void (removed = await cache.delete({ expired: true }, { onProgress }))
  lines.push(['cache.delete, expired', await once(work)])
  if (Math.abs(removed / count - 0.01) > 0.002) throw new Error(`${removed} of ${count} were removed`)
  lines.push(['through the cache, memory', `${(most / 2 ** 20).toFixed(1)} MiB`])
  await cache.close()
  return lines
}

/** What a cache keeps of a response beside its body. */
async function sampled(): Promise<Meta> {
  const store = createMemoryStore()
  const fetched = async (): Promise<Response> => Response.json([], { headers: { 'cache-control': 'max-age=60' } })
  const cache = createCache({ backend: store, now: () => START, fetch: fetched })
  await (await cache.fetch('https://bench.example/')).text()
  await cache.store()
  for await (const { meta } of store.list({ namespace: 'http' })) return meta
  throw new Error('The cache stores nothing')
}

/** Bytes in use, garbage not counted. */
function live(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Writes rows as the store does, but thousands in a transaction. */
async function fill(path: string, count: number, sample: Meta): Promise<void> {
  const codec = await loadCodec()
  const opened = openFile(path, await loadDriver(), codec.name)
  const surroundings = { path, codec, maxBytes: Infinity, maxEntries: Infinity, busyTimeout: 0 }
  const none = (): void => {}
  const session = createSession(opened, { ...surroundings, now: Date.now, emit: none, damaged: none })
  for (let at = 0; at < count; at += 10_000) {
    opened.database.exec('BEGIN')
    for (let i = at; i < Math.min(at + 10_000, count); i++) insert(session, i, sample)
    opened.database.exec('COMMIT')
  }
  opened.database.close()
}

function insert({ sql, codec }: Session, i: number, sample: Meta): void {
  // Multiplied by a prime, so that neither URLs nor times nor sizes come in order.
  const url = `https://bench.example/${(i * 2_654_435_761) % 2 ** 32}`
  const expiresAt = START + Math.floor(((i * 48_271) % 100_003) * (DAY / 100_003))
  const body = BODY.subarray(0, (i * 7_919) % 64)
  const tags = [...(i % 10 === 0 ? ['common'] : []), ...(i % 1000 === 1 ? ['rare'] : [])]
  const times = { createdAt: START + i, reclaimAt: expiresAt + DAY, expiresAt }
  const envelope = { ...sample.envelope, url, lifetime: { until: expiresAt } }
  const meta = { ...sample, ...times, tags, envelope }
  const blob = encodeMeta(codec, meta)
  const cost = blob.length + body.length + url.length
  const id = Number(sql.count.all(1, cost)[0]?.[2])
  const { createdAt, reclaimAt, basis, variant } = meta
  const text = JSON.stringify(tags)
  const instants = [createdAt, reclaimAt, expiresAt, basis, createdAt] as const
  sql.insert.run(id, 'http', url, '', variant, ...instants, body.length, cost, text, null, blob, body)
  if (tags.length > 0) sql.tag.run(id, text)
}

/** A warm hit, whole body read, over the least that a hand-written cache could do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCache } from 'stowaway'
import { compare } from './compare.ts'
import type { Comparison, Subject } from './compare.ts'
import { FIELDS } from './fields.ts'

type Bytes = Uint8Array<ArrayBuffer>

const URL_ = 'http://bench.example/items?page=1'
const answer: [string, string][] = Object.entries({ ...FIELDS, date: new Date().toUTCString() })
/** As many as a hit hands out. */
const handedOut: [string, string][] = [...answer, ['age', '0'], ['cache-status', 'bench;hit;ttl=86400']]

const SIZES = [1_024, 102_400]

export async function* hits(): AsyncGenerator<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'stowaway-bench-'))
  try {
    for (const size of SIZES) {
      const body = new Uint8Array(size).fill(97)
      for (const backend of ['memory', 'sqlite', 'filesystem'] as const) {
        const path = join(folder, `${backend}-${size}`)
        const floor = await FLOORS[backend](`${path}.floor`, body)
        const { close, subject } = await warm(`hit, ${backend}, ${size / 1_024} KiB`, backend, path, body)
        yield await compare(subject, floor)
        await close()
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function warm(
  name: string,
  backend: string,
  path: string,
  body: Bytes,
): Promise<{ subject: Subject; close: () => Promise<void> }> {
  const cache = createCache({
    backend,
    ...(backend !== 'memory' && { path }),
    fetch: async () => new Response(body, { headers: answer }),
    onError: failed,
  })
  const stored = new Promise((resolve) => cache.on('stored', resolve))
  await (await cache.fetch(URL_)).arrayBuffer()
  await stored
  const run = async (): Promise<void> => {
    const response = await cache.fetch(URL_)
    const { byteLength } = await response.arrayBuffer()
    if (!response.fromCache || byteLength !== body.byteLength) throw new Error('not a hit')
  }
  return { subject: { name, run }, close: () => cache.close() }
}

function failed(error: Error): never {
  throw error
}

const read = async (body: Bytes | undefined): Promise<unknown> =>
  new Response(body ?? null, { headers: handedOut }).arrayBuffer()

function mapFloor(_: string, body: Bytes): Subject {
  const entries = new Map([[URL_, body]])
  return { name: 'Map + Response', run: () => read(entries.get(URL_)) }
}

function fileFloor(path: string, body: Bytes): Subject {
  writeFileSync(path, body)
  return { name: 'readFileSync + Response', run: () => read(readFileSync(path)) }
}

/** The members of better-sqlite3 that are used here; the package has no types. */
interface Sqlite {
  exec(sql: string): unknown
  prepare(sql: string): { run(...values: unknown[]): unknown; raw(): { get(key: string): [string, Bytes] } }
}

async function sqliteFloor(path: string, body: Bytes): Promise<Subject> {
  const name: string = 'better-sqlite3' // Not a literal, since the compiler would look for its types.
  const module: unknown = await import(name)
  const { default: Database } = module as { default: new (path: string) => Sqlite } // What the package exports.
  const database = new Database(path)
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE entries (url TEXT PRIMARY KEY, fields TEXT, body BLOB)')
  database.prepare('INSERT INTO entries VALUES (?, ?, ?)').run(URL_, JSON.stringify(handedOut), body)
  const select = database.prepare('SELECT fields, body FROM entries WHERE url = ?').raw()
  return { name: 'SELECT + Response', run: () => read(select.get(URL_)[1]) }
}

const FLOORS = { memory: mapFloor, sqlite: sqliteFloor, filesystem: fileFloor }

import type { Entry, Order, Query, Usage } from '../../src/store.ts'
import { comparison, type Facts, isWanted, type Ranked } from '../query.ts'
import { type Query as Statement, prepare, type Row, type Value } from './driver.ts'
import type { Entries } from './entries.ts'
import { idsByExpiry } from './expiry.ts'
import { createIds } from './ids.ts'
import { COLUMNS, pageOf, probesOf, type Sql } from './paths.ts'
import { NEVER } from './schema.ts'
import { read, type Session, turn } from './session.ts'
import { idsBySize } from './sizes.ts'
import { toText } from './text.ts'
import { flushUses } from './upkeep.ts'

const PAGE = 100
/** So many ids are held in memory at most, with what they are sorted by: as long as that is cheaper than to look at all. */
const fewOf = (entries: number): number => Math.min(100_000, Math.max(10_000, entries >> 4))
/** Of these the value can change while an entry stays the same version. */
const CHANGING: readonly (Order | undefined)[] = ['createdAt', 'expiresAt', 'usedAt']

type Pages = AsyncGenerator<readonly Row[], void>

/**
 * Lists what was there when the list began: ids rise with each put and are never used again. Where the index of one member
 * finds few entries, `limit` at most, their ids are sorted in memory; else rows are looked at in the order that is wanted,
 * page by page.
 */
export function createLister(
  session: Session,
  entries: Entries,
  limit?: number,
): (query: Query) => AsyncGenerator<Entry, void> {
  const statements = new Map<string, Statement>()

  function statement(text: string): Statement {
    let found = statements.get(text)
    if (!found) statements.set(text, (found = prepare(session.database, text)))
    return found
  }
  const rowsOf = ({ text, values }: Sql): Promise<Row[]> => read(session, () => statement(text).all(...values))

  /** The ids that the most telling member finds, in order; undefined where each finds many. */
  async function few(query: Query, last: number, most: number): Promise<number[] | undefined> {
    for (const sql of probesOf(query, last, most + 1)) {
      const found = await rowsOf(sql)
      if (found.length <= most) return found.sort(comparison(rank, query.descending)).map(([id]) => Number(id))
    }
    return undefined
  }

  async function* pagesOf(batches: Iterable<readonly number[]> | AsyncIterable<readonly number[]>): Pages {
    const one = `SELECT ${COLUMNS} FROM stowaway_entries WHERE id = ?`
    for await (const ids of batches) {
      yield await read(session, () => ids.flatMap((id) => statement(one).all(id)))
      await turn()
    }
  }

  async function* pages(query: Query, last: number): Pages {
    const { namespace, order, descending = false } = query
    if (namespace === 'http' && (order === 'expiresAt' || order === 'size')) {
      const ids = order === 'size' ? idsBySize : idsByExpiry
      const ask = (text: string, values: readonly Value[]): Promise<Row[]> => rowsOf({ text, values })
      return yield* pagesOf(ids(ask, last, descending, PAGE))
    }
    for (let after: Row = []; ; await turn()) {
      const sql = pageOf(query, last, after, PAGE)
      const page = await rowsOf(sql)
      yield page
      if (page.length < PAGE) return
      after = page.at(-1)?.slice(-sql.keys) ?? []
    }
  }

  /** What moves to another place meanwhile is met once as well: it may have moved to where the pages have been. */
  async function* pagesOnce(query: Query, last: number): Pages {
    const listed = createIds()
    const fresh = (page: readonly Row[]): readonly Row[] => page.filter(([id]) => listed.add(Number(id)))
    const writes = async (): Promise<string> => String(await read(session, () => session.sql.writes.all()))
    const before = await writes()
    for await (const page of pages(query, last)) yield fresh(page)
    if ((await writes()) === before) return
    const { namespace } = query
    for await (const page of pages({ namespace }, last)) yield fresh(page)
  }

  async function scan(query: Query): Promise<Pages> {
    if (query.order === 'usedAt') await flushUses(session).catch(() => {})
    const [entries = 0, , last = 0] = ((await read(session, () => session.sql.totals.all()))[0] ?? []).map(Number)
    const ids = await few(query, last, limit ?? fewOf(entries))
    if (ids) return pagesOf(batchesOf(ids))
    return CHANGING.includes(query.order) ? pagesOnce(query, last) : pages(query, last)
  }

  return async function* list(query) {
    const { namespace, expired } = query
    const bound = expired ? { ...query, expired: { at: expired.at, basis: toText(expired.basis) } } : query
    for await (const page of await scan(query)) {
      for (const row of page) {
        const entry = isWanted(bound, factsOf(row)) ? entries.listed(namespace, row) : undefined
        if (entry && isWanted(query, entry.meta)) yield entry
      }
    }
  }
}

function* batchesOf(ids: readonly number[]): Generator<readonly number[], void> {
  for (let at = 0; at < ids.length; at += PAGE) yield ids.slice(at, at + PAGE)
}

const rank = ([id, place]: Row): Ranked => [typeof place === 'string' ? place : Number(place), Number(id)]

/** What a row tells without being decoded; the basis as it is bound. */
const factsOf = (row: Row): Facts => ({
  reclaimAt: row[8] === null ? null : Number(row[8]),
  expiresAt: row[9] === NEVER ? null : Number(row[9]),
  basis: String(row[10]),
  createdAt: Number(row[11]),
})

/** Of `http` the totals say it, whatever the number of entries. */
export async function usageOf(session: Session, namespace: string): Promise<Usage> {
  const { sql } = session
  const totals = (): Row[] => (namespace === 'http' ? sql.totals.all() : sql.usage.all(toText(namespace)))
  const [entries, bytes] = (await read(session, totals))[0] ?? []
  return { entries: Number(entries), bytes: Number(bytes) }
}

import type { Entry, Query, Usage } from '../../src/store.ts'
import { isWanted } from '../query.ts'
import type { Row, Value } from './driver.ts'
import type { Entries } from './entries.ts'
import { read, type Session, turn } from './session.ts'
import { toText } from './text.ts'

const PAGE = 100

/** Pages through what was there when the list began, by id: ids rise with each put and are never used again. */
export async function* listEntries(session: Session, entries: Entries, query: Query): AsyncGenerator<Entry, void> {
  const { sql } = session
  const { namespace, url } = query
  const pages = url !== undefined ? sql.listUrl : namespace === 'http' ? sql.listHttp : sql.listNamed
  const keys: Value[] = url === undefined ? [toText(namespace)] : [toText(namespace), toText(url)]
  const last = Number((await read(session, () => sql.totals.all()))[0]?.[2])
  for (let after = 0; ; await turn()) {
    const rows: readonly Row[] = await read(session, () => pages.all(...keys, after, last, PAGE))
    for (const row of rows) {
      after = Number(row[0])
      const entry = entries.listed(namespace, row)
      if (entry && isWanted(query, entry.meta)) yield entry
    }
    if (rows.length < PAGE) return
  }
}

/** Of `http` the totals say it, whatever the number of entries. */
export async function usageOf(session: Session, namespace: string): Promise<Usage> {
  const { sql } = session
  const totals = (): Row[] => (namespace === 'http' ? sql.totals.all() : sql.usage.all(toText(namespace)))
  const [entries, bytes] = (await read(session, totals))[0] ?? []
  return { entries: Number(entries), bytes: Number(bytes) }
}

import { prepare, type Query, type SqliteDatabase } from './driver.ts'

// Few columns: each costs a look-up some 0.5 µs. What `meta` holds a second time is there to be searched.
export const HEAD: string = 'id, revision, size, body_id, meta'
// Compared bare with `namespace`, on which indexes are conditional, a value has SQLite prepare the statement again each time.
const NAMESPACE = 'namespace = CAST(? AS TEXT)'
const KEY = `${NAMESPACE} AND url = ? AND selector = ?`
// Left to itself, the planner takes the key's index for `namespace`, and goes through all that is there.
const VICTIM = 'id, namespace, url, selector, variant, cost FROM stowaway_entries INDEXED BY'

const SQL = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  totals: 'SELECT entries, bytes, last FROM stowaway_totals',
  lastUse: `SELECT used_at FROM stowaway_entries INDEXED BY stowaway_used WHERE namespace = 'http'
    ORDER BY used_at DESC LIMIT 1`,
  get: `SELECT ${HEAD}, body FROM stowaway_entries WHERE ${KEY}`,
  peek: `SELECT ${HEAD}, body, used_at FROM stowaway_entries WHERE ${KEY}`,
  body: 'SELECT body FROM stowaway_entries WHERE id = ?',
  usage: `SELECT count(*), sum(cost) FROM stowaway_entries WHERE ${NAMESPACE} AND namespace <> 'http'`,
  variants: `SELECT id, variant FROM stowaway_entries WHERE ${KEY} ORDER BY id`,
  count:
    'UPDATE stowaway_totals SET entries = entries + ?, bytes = bytes + ?, last = last + 1 RETURNING entries, bytes, last',
  insert: `INSERT INTO stowaway_entries (id, namespace, url, selector, variant, created_at, reclaim_at, expires_at, basis, used_at, size, cost, revision, tags, body_id, meta, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
  tag: 'INSERT OR IGNORE INTO stowaway_tags SELECT value, ? FROM json_each(?)',
  update: `UPDATE stowaway_entries SET created_at = ?, reclaim_at = ?, expires_at = ?, basis = ?, tags = ?, meta = ?, cost = cost - length(meta) - length(tags) + ?, revision = revision + 1 WHERE id = ?`,
  remove: 'DELETE FROM stowaway_entries WHERE id = ?',
  use: 'UPDATE stowaway_entries SET used_at = ? WHERE id = ?',
  expired: `SELECT ${VICTIM} stowaway_reclaim WHERE namespace = 'http' AND reclaim_at IS NOT NULL AND reclaim_at <= ? AND id <> ? ORDER BY reclaim_at LIMIT ?`,
  leastUsed: `SELECT ${VICTIM} stowaway_used WHERE namespace = 'http' AND id <> ? ORDER BY used_at LIMIT ?`,
  startBody: 'INSERT INTO stowaway_loose (writing, since) VALUES (1, ?) RETURNING id',
  beat: 'UPDATE stowaway_loose SET since = ? WHERE id = ? AND writing = 1',
  ownBody: 'DELETE FROM stowaway_loose WHERE id = ? AND writing = 1',
  dropBody: 'UPDATE stowaway_loose SET writing = 0, since = ? WHERE id = ?',
  loose: 'SELECT id, writing, since FROM stowaway_loose ORDER BY id',
  forgetBody: 'DELETE FROM stowaway_loose WHERE id = ?',
  addChunk: 'INSERT INTO stowaway_chunks VALUES (?, ?)',
  chunk: 'SELECT data FROM stowaway_chunks WHERE id = ?',
  hasChunk: 'SELECT 1 FROM stowaway_chunks WHERE id = ?',
  removeChunks: `DELETE FROM stowaway_chunks WHERE id IN
    (SELECT id FROM stowaway_chunks WHERE id >= ? AND id < ? LIMIT ?)`,
  freePages: 'PRAGMA freelist_count',
  pages: 'PRAGMA page_count',
  // Differs where anybody has written in between.
  writes: 'SELECT data_version, total_changes() FROM pragma_data_version',
  truncate: 'PRAGMA wal_checkpoint(TRUNCATE)',
}

export type Statements = { readonly [name in keyof typeof SQL]: Query }

/** Prepares each statement when it is first used: most processes use few of them. */
export function statementsOf(database: SqliteDatabase): Statements {
  // Each member is defined by the loop below.
  const statements = {} as { [name in keyof typeof SQL]: Query }
  for (const [name, sql] of Object.entries(SQL)) {
    Object.defineProperty(statements, name, {
      configurable: true,
      get() {
        const value = prepare(database, sql)
        Object.defineProperty(statements, name, { value })
        return value
      },
    })
  }
  return statements
}

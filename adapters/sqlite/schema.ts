import { StowawayError } from '../../src/errors.ts'
import { prepare, type SqliteDatabase } from './driver.ts'

/** Raised by every change that an older release could not read. */
const SCHEMA = 2

/** Chunks of one body have ids in a row, so that they need no index of their own: 2^20 of 256 KiB are 256 GiB. */
export const STRIDE: number = 2 ** 20

/** In place of no time at all, so that it comes after all others in an index. */
export const NEVER: number = Number.MAX_SAFE_INTEGER

// What was written by hand may be no JSON, and an error would keep its row for ever.
const TAGS = `CASE WHEN json_valid(old.tags) THEN old.tags ELSE '[]' END`

// The prefix leaves room for the tables of the application whose database this is, or of another cache of the same file name.
// The version is kept in a table, since `user_version` belongs to such an application.
// Rows keep their blobs last, so that what precedes them is read without them.
// `tags` is JSON. Its tags by themselves, totals (of `http`, the namespace with budgets) and unowned bodies are kept by
// triggers: they hold for all processes and for rows deleted by hand.
const TABLES = `
CREATE TABLE stowaway_about (name TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE stowaway_totals (id INTEGER PRIMARY KEY, entries INTEGER NOT NULL, bytes INTEGER NOT NULL, last INTEGER NOT NULL);
INSERT INTO stowaway_totals VALUES (1, 0, 0, 0);
CREATE TABLE stowaway_entries (
  id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL, url TEXT NOT NULL, selector TEXT NOT NULL, variant TEXT NOT NULL,
  created_at INTEGER NOT NULL, reclaim_at INTEGER, used_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, basis TEXT NOT NULL,
  size INTEGER NOT NULL, cost INTEGER NOT NULL, revision INTEGER NOT NULL,
  tags TEXT NOT NULL, body_id INTEGER, meta BLOB NOT NULL, body BLOB
);
CREATE UNIQUE INDEX stowaway_key ON stowaway_entries (namespace, url, selector, variant);
CREATE INDEX stowaway_used ON stowaway_entries (used_at) WHERE namespace = 'http';
CREATE INDEX stowaway_reclaim ON stowaway_entries (reclaim_at) WHERE namespace = 'http' AND reclaim_at IS NOT NULL;
CREATE INDEX stowaway_created ON stowaway_entries (created_at) WHERE namespace = 'http';
CREATE INDEX stowaway_expires ON stowaway_entries (basis, expires_at) WHERE namespace = 'http';
CREATE INDEX stowaway_named ON stowaway_entries (namespace) WHERE namespace <> 'http';
CREATE TABLE stowaway_tags (tag TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (tag, entry)) WITHOUT ROWID;
CREATE TABLE stowaway_loose (id INTEGER PRIMARY KEY AUTOINCREMENT, writing INTEGER NOT NULL DEFAULT 0, since INTEGER);
CREATE TABLE stowaway_chunks (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TRIGGER stowaway_gone AFTER DELETE ON stowaway_entries BEGIN
  UPDATE stowaway_totals SET entries = entries - 1, bytes = bytes - old.cost WHERE old.namespace = 'http';
END;
CREATE TRIGGER stowaway_untagged AFTER DELETE ON stowaway_entries WHEN old.tags <> '[]' BEGIN
  DELETE FROM stowaway_tags WHERE entry = old.id AND tag IN (SELECT value FROM json_each(${TAGS}));
END;
CREATE TRIGGER stowaway_retagged AFTER UPDATE OF tags ON stowaway_entries WHEN new.tags <> old.tags BEGIN
  DELETE FROM stowaway_tags WHERE entry = old.id AND tag IN (SELECT value FROM json_each(${TAGS}));
  INSERT OR IGNORE INTO stowaway_tags SELECT value, new.id FROM json_each(new.tags);
END;
CREATE TRIGGER stowaway_loosened AFTER DELETE ON stowaway_entries WHEN old.body_id IS NOT NULL BEGIN
  INSERT INTO stowaway_loose (id) VALUES (old.body_id);
END;
CREATE TRIGGER stowaway_changed AFTER UPDATE OF cost ON stowaway_entries BEGIN
  UPDATE stowaway_totals SET bytes = bytes + new.cost - old.cost WHERE new.namespace = 'http';
END;`

/**
 * Makes the tables where there are none, and reads what tells one file from another.
 *
 * @param codec The codec's name, which is stored with the file.
 * @returns The file's random name, a part of each version, so that no version of another file is taken for one of this.
 */
export function prepareSchema(database: SqliteDatabase, codec: string): string {
  if (!exists(database)) create(database, codec)
  const about = new Map(
    prepare(database, 'SELECT name, value FROM stowaway_about')
      .all()
      .map(([name, value]) => [name, value]),
  )
  const found = `schema ${String(about.get('schema'))} with ${String(about.get('codec'))}`
  const ours = `schema ${SCHEMA} with ${codec}`
  if (found !== ours) throw new StowawayError('unusable-path', `The database has ${found}, this release reads ${ours}`)
  return String(about.get('file'))
}

const exists = (database: SqliteDatabase): boolean =>
  prepare(database, "SELECT 1 FROM sqlite_master WHERE name = 'stowaway_about'").all().length > 0

function create(database: SqliteDatabase, codec: string): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been first.
    if (!exists(database)) {
      database.exec(TABLES)
      const about = prepare(database, 'INSERT INTO stowaway_about VALUES (?, ?)')
      const file = crypto.randomUUID().slice(0, 8)
      for (const [name, value] of Object.entries({ schema: SCHEMA, codec, file })) about.run(name, value)
    }
    database.exec('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** SQLite has rolled back by itself after some errors, and then refuses to do so again. */
export function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {}
}

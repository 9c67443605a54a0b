import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SqliteDriver } from '../../adapters/sqlite/driver.ts'

/** Each driver, so that no suite leaves one out. */
export const DRIVERS: readonly SqliteDriver[] = ['better-sqlite3', 'node:sqlite']

/** A folder of a test's own. */
export interface Folder {
  readonly path: string
  file(name?: string): string
  remove(): void
}

export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'stowaway-sqlite-'))
  return {
    path,
    file: (name = 'cache.sqlite') => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

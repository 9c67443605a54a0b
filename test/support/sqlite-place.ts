import { fork } from 'node:child_process'
import { on } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadDriver, prepare, type Row, type SqliteDatabase, type SqliteDriver } from '../../adapters/sqlite/driver.ts'
import type { Task } from './sqlite-child.ts'

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

/** Another process at work; `next` gives its messages one by one. */
export interface Child {
  next(): Promise<unknown>
  kill(): Promise<void>
  readonly ended: Promise<{ code: number | null; stderr: string }>
}

/** Starts a process of the same Node with a task of `sqlite-child.ts`. */
export function start(task: Task): Child {
  const script = fileURLToPath(new URL('sqlite-child.ts', import.meta.url))
  const child = fork(script, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let stderr = ''
  child.stderr?.on('data', (data) => {
    stderr += String(data)
  })
  const messages = on(child, 'message', { close: ['close'] })
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stderr }))
  })
  child.send(task)
  return {
    async next() {
      const { value, done } = await messages.next()
      if (done) throw new Error(`The process ended: ${stderr}`)
      // `on` gives the arguments of the event.
      return (value as unknown[])[0]
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    ended,
  }
}

/** A connection beside the store's, to look and to meddle. It has to be of the same library: locks of two don't see each other in one process. */
export async function beside(driver: SqliteDriver, path: string): Promise<SqliteDatabase> {
  return (await loadDriver(driver))(path, false)
}

export function rows(database: SqliteDatabase, sql: string): readonly Row[] {
  return prepare(database, sql).all()
}

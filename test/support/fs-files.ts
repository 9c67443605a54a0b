import { readdirSync, statSync, utimesSync } from 'node:fs'
import { join, relative } from 'node:path'

/** All files below a directory, sorted. */
export function files(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .toSorted()
}

/** The one file with this ending, in full. */
export function only(path: string, ending: RegExp = /\/[0-9a-f]{40}$/): string {
  const [name, ...others] = files(path).filter((file) => ending.test(file))
  if (name === undefined || others.length > 0) throw new Error(`${ending} is not one file of ${files(path).join(', ')}`)
  return join(path, name)
}

/** Lets all files be two hours older than they are. */
export function age(path: string): void {
  for (const name of files(path)) {
    const file = join(path, name)
    const seconds = statSync(file).mtimeMs / 1000 - 7200
    utimesSync(file, seconds, seconds)
  }
}

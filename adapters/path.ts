import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { refuse } from './budget.ts'

/** Resolved at once: the working directory may be another when the store is first used. Throws `invalid-option`. */
export function pathOf(given: unknown): string {
  const path = given instanceof URL ? fromURL(given) : given
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return resolve(path)
  return refuse('path', given, 'text without NUL, or a file: URL')
}

/** Undefined where no file can have that URL. */
function fromURL(url: URL): string | undefined {
  try {
    return fileURLToPath(url)
  } catch {
    return undefined
  }
}

import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Directory extends Disposable {
  readonly path: string
}

/** A directory of the test's own, removed when the test has ended. */
export function directory(): Directory {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'stowaway-fs-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) }
}

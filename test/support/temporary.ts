import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Temporary extends AsyncDisposable {
  readonly path: string
  join(name: string): string
  names(): Promise<string[]>
}

/** A directory that goes with the test. */
export async function temporary(): Promise<Temporary> {
  const path = await mkdtemp(join(tmpdir(), 'stowaway-'))
  return {
    path,
    join: (name) => join(path, name),
    names: () => readdir(path),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

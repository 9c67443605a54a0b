import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const child = fileURLToPath(new URL('exit.child.ts', import.meta.url))

test.each(['memory', 'sqlite', 'filesystem'])(
  'a process with an open cache in %s, a refresh done and a body unread exits by itself',
  async (backend) => {
    const directory = await mkdtemp(join(tmpdir(), 'exit-'))
    const path = backend === 'memory' ? '' : join(directory, 'cache')
    // It is killed, and this rejects, when it does not exit.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [child, backend, path], { timeout: 15_000 })
    expect(JSON.parse(stdout)).toEqual({ requests: 3, stale: true, unread: 200 })
    expect(stderr).toBe('')
    await rm(directory, { recursive: true })
  },
)

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { directory } from '../support/fs-directory.ts'

test('no codec and no wrapper makes code of strings at run time', async () => {
  using own = directory()
  const script = fileURLToPath(new URL('no-eval.child.ts', import.meta.url))
  const flags = ['--disallow-code-generation-from-strings', '--disable-warning=ExperimentalWarning']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, own.path])
  expect(stdout).toBe('done\n')
})

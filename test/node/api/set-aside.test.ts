import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'

test('a file in the place of the database is set aside, and onError hears of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'set-aside-'))
  try {
    const path = join(folder, 'notes.sqlite')
    const notes = 'not a database\n'.repeat(200)
    writeFileSync(path, notes)
    const errors: unknown[] = []
    const cache = createCache({ backend: 'sqlite', path, onError: (error) => errors.push(error) })
    await cache.open()
    await cache.close()
    expect(errors).toMatchObject([{ code: 'corrupt' }])
    expect(readFileSync(`${path}.corrupt`, 'utf8')).toBe(notes)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

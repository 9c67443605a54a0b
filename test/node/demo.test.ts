import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../support/source.ts'

const run = promisify(execFile)
let folder = ''

beforeAll(() => {
  if (!existsSync(join(root, 'dist'))) throw new Error('the package is not built: npm run build')
  folder = mkdtempSync(join(tmpdir(), 'stowaway-demo-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Told {
  readonly code: number
  readonly text: string
}

async function demo(env: Record<string, string>, ...args: string[]): Promise<Told> {
  const { FORCE_COLOR: _, ...rest } = process.env
  const options = { cwd: root, env: { ...rest, TMPDIR: folder, TEMP: folder, ...env } }
  try {
    const { stderr, stdout } = await run(process.execPath, ['demo/demo.ts', ...args], options)
    return { code: 0, text: stdout + stderr }
  } catch (error) {
    // What `execFile` rejects with when a program ends with another code than 0.
    const { code, stderr, stdout } = error as { code: number; stdout: string; stderr: string }
    return { code, text: stdout + stderr }
  }
}

/** Where each answer for a label came from, in order. */
function outcomes({ text }: Told, label: string): readonly string[] {
  const rows = text.split('\n').map((line) => line.split(/ {2,}/).slice(1))
  return rows.filter(([first]) => first === label).map(([, status, from]) => `${status} ${from}`)
}

describe('the demo', () => {
  let [first, second]: Told[] = []
  beforeAll(async () => {
    first = await demo({})
    second = await demo({})
  }, 60_000)

  const rows: readonly (readonly [label: string, first: readonly string[], second: readonly string[]])[] = [
    ['/photo.svg', ['200 origin', '200 cache', '200 cache'], ['200 cache', '200 cache', '200 cache']],
    ['/items.json', ['200 origin', '200 cache (304)'], ['200 cache (304)', '200 cache (304)']],
    ['/status.json', ['200 origin', '200 origin', '– failed'], ['200 origin', '200 origin', '– failed']],
    ['/weather.json', ['200 origin', '200 cache'], ['200 cache', '200 cache']],
    ['10 × /report.json', ['200 origin'], ['200 cache']],
    ['/welcome (en)', ['200 origin', '200 cache'], ['200 cache', '200 cache']],
    ['/welcome (de)', ['200 origin'], ['200 cache']],
    ['/old-photo', ['200 cache', '200 cache'], ['200 cache', '200 cache']],
    ['/feed.json', ['200 origin', '200 cache, stale'], ['200 cache, stale', '200 cache, stale']],
    [
      '/prices.json',
      ['200 origin', '200 cache (304)', '200 cache, stale'],
      ['200 cache (304)', '200 cache (304)', '200 cache, stale'],
    ],
  ]
  test.each(rows)(
    'tells where each answer for %s comes from, and that it outlives the process',
    (label, once, again) => {
      expect(outcomes(first!, label)).toEqual(once) // Both ran before.
      expect(outcomes(second!, label)).toEqual(again)
    },
  )

  test('ends well, says where it keeps things and counts what was saved', () => {
    for (const told of [first, second]) {
      expect(told?.code).toBe(0)
      expect(told?.text).toContain(join(folder, 'stowaway-demo.sqlite'))
    }
    expect(first?.text).toContain('31 requests, 20 answered without a body from the origin')
    expect(second?.text).toContain('31 requests, 28 answered without a body from the origin')
  })

  test('writes colours only where they are wanted', async () => {
    expect(first?.text).not.toContain('\u001B[')
    const forced = await demo({ FORCE_COLOR: '1' }, 'http://127.0.0.1:9/')
    expect(forced.text).toContain('\u001B[')
  })
})

describe('the demo with URLs', () => {
  test('asks for each twice, and fails when one of them did', async () => {
    const server = createServer((_, response) => response.setHeader('cache-control', 'max-age=60').end('kept'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
    const good = await demo({}, url)
    expect(good.code).toBe(0)
    expect(outcomes(good, 'first')).toEqual(['200 origin'])
    expect(outcomes(good, 'again')).toEqual(['200 cache'])
    await new Promise((resolve) => server.close(resolve))
    const bad = await demo({}, '--reset', url, 'no URL')
    expect(bad.code).toBe(1)
    expect(bad.text).toContain('ECONNREFUSED')
    expect(bad.text).toContain('Invalid URL')
    expect(bad.text).not.toContain('    at ')
  })

  test('forgets with --reset, and only then', async () => {
    expect((await demo({}, 'no URL')).text).toContain('Earlier runs left')
    expect((await demo({}, '--reset', 'no URL')).text).toContain('Nothing is stored yet')
  })

  test('leaves nothing but its one database', () => {
    expect(readdirSync(folder).filter((name) => !name.startsWith('stowaway-demo.sqlite'))).toEqual([])
  })
})

import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from '../support/source.ts'

test.each(['compression', 'encryption', 'signing'])(
  'stowaway/%s can be bundled for a page, and imports nothing there',
  async (name) => {
    const { outputFiles, metafile } = await build({
      entryPoints: [join(root, 'adapters', `${name}.ts`)],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      write: false,
      metafile: true,
      logLevel: 'silent',
    })
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([])
    expect(outputFiles[0]?.text).not.toMatch(/\bBuffer\b|\brequire\(|import\(/)
  },
)

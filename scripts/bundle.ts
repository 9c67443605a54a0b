import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/** One output file: what it was made for, whether `import 'stowaway'` loads it at once, its text and its size. */
export interface Chunk {
  readonly name: string
  /** Its path beside the entry, by which the others import it. */
  readonly file: string
  readonly lazy: boolean
  /** The files that are loaded with it. */
  readonly needs: readonly string[]
  readonly text: string
  /** Minified and gzipped, in bytes. */
  readonly gzip: number
}

const root: string = fileURLToPath(new URL('..', import.meta.url))
const entry = 'dist/src/index.js'

interface Manifest {
  readonly imports: { readonly '#runtime': Readonly<Record<string, unknown>> }
  readonly peerDependencies: Readonly<Record<string, string>>
}

// JSON.parse gives `any`; the shape is that of the package.json beside this folder.
const manifest: Manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Manifest

/** The conditions of `#runtime`, in package.json's order. */
export const conditions: readonly string[] = Object.keys(manifest.imports['#runtime'])

/** Bundles the built `.` as an application for that runtime would: minified, with what is imported lazily in chunks of its own. */
export async function bundle(condition: string): Promise<readonly Chunk[]> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: 'bundle',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    // Node's own modules are not bundled where there is a Node to provide them; a page's bundle must not ask for one.
    platform: ['deno', 'bun', 'node'].includes(condition) ? 'node' : 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2023',
    conditions: [condition],
    external: ['node:*', 'bun:*', 'cloudflare:*', ...Object.keys(manifest.peerDependencies)],
    legalComments: 'none',
    metafile: true,
    // Of an import for bundlers alone, see src/loaded.ts; they say nothing of it where the package is installed.
    logLevel: 'error',
    write: false,
  })
  const eager = eagerOutputs(metafile)
  return outputFiles.map(({ path, contents, text }) => {
    const output = relative(root, path)
    const name = nameOf(metafile.outputs[output])
    return {
      name,
      file: relative('bundle', output),
      lazy: !eager.has(output),
      needs: (metafile.outputs[output]?.imports ?? [])
        .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
        .map((imported) => relative('bundle', imported.path)),
      text,
      gzip: gzipSync(contents, { level: 9 }).length,
    }
  })
}

/** The entry's output and all that it imports statically, however deep. */
function eagerOutputs({ outputs }: Metafile): ReadonlySet<string> {
  const found = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entry))
  for (const path of found) {
    for (const { kind, path: imported, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) found.add(imported)
    }
  }
  return found
}

function nameOf(output: Metafile['outputs'][string] | undefined): string {
  const { entryPoint, inputs = {} } = output ?? {}
  const largest = Object.entries(inputs).toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)[0]?.[0]
  return (entryPoint ?? largest ?? 'shared').replace(/^(dist|node_modules)\//, '')
}

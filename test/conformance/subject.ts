/** The cache under test, seen as a fetch. */
import { registerHooks } from 'node:module'
import type { Configuration } from './configurations.ts'

export interface Subject {
  readonly fetch: typeof globalThis.fetch
  close(): Promise<void>
}

interface Library {
  readonly createCache: (options: object) => Subject
}

/** With `source`, straight from the sources, else the package as it is published. */
export async function openSubject({ options }: Configuration, source: boolean): Promise<Subject> {
  const { fetch } = globalThis
  if (!options) return { fetch, close: async () => {} }
  if (source) mapRuntimeToSource()
  // Both specifiers are the same module; neither has declarations before it is built.
  const { createCache } = (await import(source ? '../../src/index.ts' : String('stowaway'))) as Library
  const cache = createCache({ ...options, fetch })
  return { fetch: cache.fetch, close: () => cache.close() }
}

// package.json maps `#runtime` to what is built.
function mapRuntimeToSource(): void {
  const runtime = new URL('../../adapters/runtime/node.ts', import.meta.url).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '#runtime' ? { url: runtime, shortCircuit: true } : next(specifier, context),
  })
}

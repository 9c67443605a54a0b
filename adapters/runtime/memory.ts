import type { Backend } from '../../src/runtime.ts'

/** It has no place to live in, so no name or path either. */
export const memory: Backend = async ({ name: _name, path: _path, ...options }) =>
  (await import('../memory.ts')).createMemoryStore(options)

import type { Backend } from '../../src/runtime.ts'

export const memory: Backend = async (options) => (await import('../memory.ts')).createMemoryStore(options)

import type { StoreOptions } from '../../src/store.ts'

const BLOCK = 65_536

/** Options with which a sealed store takes bodies as long as these say. */
export function roomFor(options: StoreOptions, overhead: number, maxBytes: number): StoreOptions {
  const { maxEntryBytes = (options.maxBytes ?? maxBytes) / 2 } = options
  return { ...options, maxEntryBytes: maxEntryBytes + overhead * Math.max(1, Math.ceil(maxEntryBytes / BLOCK)) }
}

/** The options that every backend has, checked where a store is made. */
import { StowawayError } from '../src/errors.ts'
import type { StoreOptions } from '../src/store.ts'

const COMMON = ['maxBytes', 'maxEntries', 'maxEntryBytes', 'now']
const AMOUNTS = ['maxBytes', 'maxEntries', 'maxEntryBytes'] as const

/** Throws `unknown-option` or `invalid-option`. `own`: the names of the backend's own options; `maxBytes`: its default. */
export function budgetOf<Options extends StoreOptions>(
  options: Options,
  own: readonly (keyof Options & string)[],
  maxBytes: number,
): Required<StoreOptions> {
  for (const name of Object.keys(options)) {
    if (COMMON.includes(name) || own.some((known) => known === name)) continue
    throw new StowawayError('unknown-option', `${name} is not an option; use ${[...COMMON, ...own].join(', ')}`)
  }
  for (const name of AMOUNTS) {
    const value = options[name]
    if (value === undefined || value === Infinity || (Number.isSafeInteger(value) && value > 0)) continue
    throw new StowawayError('invalid-option', `${name}: ${String(value)} is not accepted; use a whole number above 0`)
  }
  const budget = options.maxBytes ?? maxBytes
  return {
    maxBytes: budget,
    maxEntries: options.maxEntries ?? Infinity,
    maxEntryBytes: Math.min(options.maxEntryBytes ?? Math.floor(budget / 2), budget),
    now: options.now ?? Date.now,
  }
}

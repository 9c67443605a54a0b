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
  refuseUnknown(options, [...COMMON, ...own])
  for (const name of AMOUNTS) {
    const value = options[name]
    if (value === undefined || value === Infinity || (Number.isSafeInteger(value) && value > 0)) continue
    refuse(name, value, 'a whole number above 0')
  }
  const now: unknown = options.now
  if (now !== undefined && typeof now !== 'function') refuse('now', now, 'a function')
  const budget = options.maxBytes ?? maxBytes
  return {
    maxBytes: budget,
    maxEntries: options.maxEntries ?? Infinity,
    maxEntryBytes: Math.min(options.maxEntryBytes ?? Math.floor(budget / 2), budget),
    now: options.now ?? Date.now,
  }
}

/** Of what a wrapper is put around. Throws `invalid-option`. */
export function checkStore(store: unknown): void {
  const is = typeof store === 'object' && store !== null && 'limits' in store && 'put' in store
  if (!is) refuse('store', store, 'what createSqliteStore or its like gives')
}

/** Throws `unknown-option` for a member of any other name, and `invalid-option` where there are no members. */
export function refuseUnknown(options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) refuse('options', options, 'an object')
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new StowawayError('unknown-option', `${show(unknown)} is not an option; use ${names.join(', ')}`)
}

/** Throws `invalid-option`. */
export function refuse(name: string, value: unknown, accepted: string): never {
  throw new StowawayError('invalid-option', `${name}: ${show(value)} is not accepted; give ${accepted}`)
}

/** In a few characters; what can have members by its type alone. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value).slice(0, 60)
}

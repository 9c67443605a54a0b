import type { Plain } from '../../src/store.ts'

/** A surrogate without its other half. */
const LONE = /\p{Surrogate}/u

/** In BSON, a NUL ends a name, and objects with such members are taken for types of its own. */
const SPECIAL = /\0|^(?:__proto__|_bsontype|\$.*)$/s

/**
 * Whether every text can be written as UTF-8, and every name is one that binary formats keep: a lone surrogate would
 * become U+FFFD, and msgpackr renames `__proto__`.
 */
export function isTame(value: Plain): boolean {
  if (typeof value === 'string') return !LONE.test(value)
  if (typeof value !== 'object' || value === null) return true
  if (isList(value)) return value.every(isTame)
  return Object.entries(value).every(([name, part]) => isTameName(name) && isTame(part))
}

const isTameName = (name: string): boolean => !SPECIAL.test(name) && !LONE.test(name)

const isList = (value: object): value is readonly Plain[] => Array.isArray(value)

/** JSON escapes what binary formats would lose; as bytes, which no plain value is, it is told from a value. */
export const asJson = (value: Plain): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

export const fromJson = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

import { StowawayError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

const LONGEST = 60
const MEMBERS = 6

/** What is no part of a line, or can't be seen in it. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * A value on one line of some 60 characters at most, for an error message: an object by its class or the names of its
 * members, never by what they hold. Throws nothing.
 */
export function show(value: unknown): string {
  try {
    const text = describe(value).replace(UNPRINTABLE, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)
    // Half a character is none.
    return text.length > LONGEST + 4 ? `${text.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, '')}…` : text
  } catch {
    // A proxy or a getter that throws.
    return 'an object'
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  return value instanceof Date ? Date.prototype.toString.call(value) : describeObject(value)
}

function describeObject(value: object): string {
  // Anything, as far as it is looked at.
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: unknown } } | null
  const name = prototype === null ? 'Object' : prototype.constructor?.name
  if (name === 'Object') return describeMembers(Object.keys(value))
  return typeof name === 'string' && name !== '' ? `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}` : 'an object'
}

function describeMembers(names: readonly string[]): string {
  const shown = names.slice(0, MEMBERS).map((name) => (/^[\w$]+$/.test(name) ? name : JSON.stringify(name)))
  if (names.length > MEMBERS) shown.push('…')
  return names.length > 0 ? `{ ${shown.join(', ')} }` : '{}'
}

export function refuse(
  code: ErrorCode,
  where: string,
  value: unknown,
  accepted: string,
  options?: ErrorOptions,
): never {
  throw new StowawayError(code, `${where}: ${show(value)} is not accepted; give ${accepted}`, options)
}

import { StowawayError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

/**
 * A value on one line of some 60 characters at most, for an error message: an object by its kind or the names of its
 * members, never by what they hold. Throws nothing.
 */
export function show(value: unknown): string {
  try {
    const text = describe(value)
    // What can't be seen in a line, and half a character at the cut.
    return (text.length > 64 ? `${text.slice(0, 60)}…` : text).replace(/[\p{C}\u2028\u2029]/gu, '\uFFFD')
  } catch {
    // A proxy or a getter that throws.
    return 'an object'
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value)
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (kind !== 'Object') return `${/^[AE]/.test(kind) ? 'an' : 'a'} ${kind}`
  const names = Object.keys(value).join(', ')
  return names ? `{ ${names} }` : '{}'
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

import { StowawayError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'

/** A value in a few characters for an error message; names an object's members, never shows what they hold. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value)
  return Array.isArray(value) ? 'an array' : `{ ${Object.keys(value).slice(0, 6).join(', ')} }`
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

/** §4.1 */
import { normalizeSelectingValue } from '../standards/accept.ts'
import type { FieldReader } from '../standards/fields.ts'

/** The selecting header fields of a request by name: normalised value, or null where the request has none. */
export type Selecting = Readonly<Record<string, string | null>>

/** `protect` replaces the values that must not be stored as they are. */
export function selectingFields(
  names: Iterable<string>,
  request: FieldReader,
  protect: (name: string, value: string) => string,
): Selecting {
  const of = (name: string): string | null => {
    const value = request.get(name)
    return value === null ? null : protect(name, normalizeSelectingValue(name, value))
  }
  // Assigned, `__proto__` would be no member.
  return Object.fromEntries([...names].map((name) => [name, of(name)]))
}

/** Whether a request presents the same selecting fields as the one that a stored response answered. */
export function selectingMatch(stored: Selecting, presented: Selecting): boolean {
  return Object.entries(stored).every(([name, value]) => presented[name] === value)
}

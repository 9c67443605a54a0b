/** Header fields by case-insensitive name, several lines joined by commas, null where there are none. `Headers` is one. */
export interface FieldReader {
  get(name: string): string | null
}

const BETWEEN_COMMAS = separatedBy(',')
const BETWEEN_SEMICOLONS = separatedBy(';')

/** The members of a list field (RFC 9110 §5.6.1): no empty ones, quoted commas kept; an open quote runs to the end. */
export function listMembers(value: string): string[] {
  return parts(value, BETWEEN_COMMAS)
}

/** The parts of a member between its semicolons: the value, then its parameters (RFC 9110 §5.6.6). */
export function memberParts(member: string): string[] {
  return parts(member, BETWEEN_SEMICOLONS)
}

/** RFC 9110 §5.6.2 */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(text)
}

function parts(value: string, pattern: RegExp): string[] {
  return (value.match(pattern) ?? []).map((part) => part.trim()).filter(Boolean)
}

/** Every alternative succeeds once it has begun, so nothing is ever tried twice. */
function separatedBy(separator: string): RegExp {
  return new RegExp(`(?:[^${separator}"]+|"[^"\\\\]*(?:\\\\[^][^"\\\\]*)*(?:"|\\\\?$))+`, 'g')
}

/** Header fields by case-insensitive name, several lines joined by commas, null where there are none. `Headers` is one. */
export interface FieldReader {
  get(name: string): string | null
}

/** The members of a list field (RFC 9110 §5.6.1): no empty ones, quoted commas kept; an open quote runs to the end. */
export function listMembers(value: string): string[] {
  const members = value.match(/(?:[^,"]+|"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$))+/g) ?? []
  return members.map((member) => member.trim()).filter(Boolean)
}

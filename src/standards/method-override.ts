/** Fields by which a request asks to be taken for one with another method. No standard, but servers heed them. */
import type { FieldReader } from './fields.ts'
import { isSafe } from './safe-methods.ts'

const FIELDS = ['x-http-method-override', 'x-http-method', 'x-method-override']

/** Asked of all names, in lower case, this costs less than looking for each field. */
export const isOverriding = (name: string): boolean => FIELDS.includes(name)

/** The methods that they name, in upper case. */
export function overriding(fields: FieldReader): readonly string[] {
  return FIELDS.flatMap((name) => fields.get(name)?.trim().toUpperCase() || [])
}

/** The method with the most effect of those that a request may be taken to have. */
export function effectiveMethod({ headers, method }: { headers: FieldReader; method: string }): string {
  return [method, ...overriding(headers)].find((one) => !isSafe(one)) ?? method
}

/** RFC 9213 */
import type { Directive } from '../rfc9111/5-2-cache-control.ts'
import type { FieldReader } from './fields.ts'
import { parseDictionary } from './structured-fields.ts'
import type { Member } from './structured-fields.ts'

const SECONDS: ReadonlySet<string> = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'])
const QUALIFIED: ReadonlySet<string> = new Set(['no-cache', 'private'])

/** §2.2: of the first of the target fields that is valid and not empty. Undefined: Cache-Control and Expires decide. */
export function targetedDirectives(fields: FieldReader, targets: readonly string[]): readonly Directive[] | undefined {
  for (const target of targets) {
    const members = parseDictionary(fields.get(target) ?? '')
    if (members?.size) return [...members].flatMap(([name, member]) => directive(name, member) ?? [])
  }
  return undefined
}

/** §2.1: a directive of the wrong type is ignored. */
function directive(name: string, { type, value }: Member): [Directive] | undefined {
  if (SECONDS.has(name)) return type === 'integer' ? [[name, String(value)]] : undefined
  if (type === 'string' && QUALIFIED.has(name)) return [[name, String(value)]]
  return type === 'boolean' && value === true ? [[name, undefined]] : undefined
}

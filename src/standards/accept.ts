/** RFC 9110 §12.5: what RFC 9111 §4.1 allows to disregard when request header fields are compared. */
import { listMembers, memberParts } from './fields.ts'

/** A range with its parameters in canonical form, and its weight. */
interface Weighted {
  readonly range: string
  readonly weight: number
}

/** Values in which a space or an empty member can matter. */
const OPAQUE: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** Order among equal weights: servers follow it in Accept, RFC 9110 gives it no meaning in the others. */
const SORTED: Readonly<Record<string, boolean>> = {
  accept: false,
  'accept-charset': true,
  'accept-encoding': true,
  'accept-language': true,
}

/** RFC 9110 §12.4.2 */
const WEIGHT = /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i

/** A form of a field's value that is equal for values with the same meaning. `name` is in lower case. */
export function normalizeSelectingValue(name: string, value: string): string {
  if (OPAQUE.has(name)) return value
  const members = listMembers(value)
  const sorted = Object.hasOwn(SORTED, name) ? SORTED[name] : undefined
  const ranges = sorted === undefined ? undefined : weighted(members)
  if (!ranges) return members.join(', ')
  ranges.sort((a, b) => b.weight - a.weight || (sorted ? compare(a.range, b.range) : 0))
  return ranges.map(({ range, weight }) => (weight === 1 ? range : `${range};q=${weight}`)).join(', ')
}

/**
 * Whether a stored response is what another Accept-Language would select too: it is in the one language that the new
 * value prefers to all others, and was accepted, so negotiated, when stored. The server has that language, so it has
 * no better choice.
 */
export function selectsLanguage(contentLanguage: string, storedValue: string, newValue: string): boolean {
  const language = contentLanguage.trim().toLowerCase()
  const before = weighted(listMembers(storedValue))
  const [best, next] = weighted(listMembers(newValue))?.sort((a, b) => b.weight - a.weight) ?? []
  if (language === '*' || !best || best.range !== language || best.weight <= (next?.weight ?? 0)) return false
  return before?.some(({ range, weight }) => range === language && weight > 0) ?? false
}

/** Undefined where a member is malformed: nobody knows what such a value means to the server. */
function weighted(members: readonly string[]): Weighted[] | undefined {
  const ranges = members.map(parseRange)
  return ranges.every((range) => range !== undefined) ? ranges : undefined
}

function parseRange(member: string): Weighted | undefined {
  const [range = '', ...params] = memberParts(member)
  if (!/^[!#$%&'*+.^_`|~\w/-]+$/.test(range)) return undefined
  const weights = params.filter((param) => /^q=/i.test(param))
  if (weights.length > 1 || weights.some((weight) => !WEIGHT.test(weight))) return undefined
  const others = params
    .filter((param) => !/^q=/i.test(param))
    .map((param) => `;${param.replace(/^[^=]*/, (name) => name.toLowerCase())}`)
  return { range: range.toLowerCase() + others.join(''), weight: Number(weights[0]?.slice(2) ?? 1) }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

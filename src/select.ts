/** Which of the stored responses under a key may answer a request (§4, §4.1): same credentials, same selecting fields. */
import { selectsLanguage } from './standards/accept.ts'
import { selectingMatch } from './rfc9111/4-1-vary.ts'
import type { Selecting } from './rfc9111/4-1-vary.ts'
import type { Part } from './rfc9111/3-3-incomplete.ts'
import { covers, parseRange } from './standards/ranges.ts'
import type { Stored } from './record.ts'

/** How a request presents itself to the variants stored under its key. */
export interface Presented {
  readonly method: string
  /** Digest of its credentials; see `ResponseRecord.identity`. */
  readonly identity: string
  readonly follows: boolean
  /** Its Range, where a part can answer it: not under If-Range. */
  readonly range: string | null
  /** Its selecting fields for these names, protected as they are stored. */
  selecting(names: readonly string[]): Selecting
}

/** The most recent of those that match, or undefined. */
export function select(candidates: readonly Stored[], presented: Presented): Stored | undefined {
  return candidates.filter((stored) => matches(stored, presented)).sort(byDate)[0]
}

export function matches({ record }: Pick<Stored, 'record'>, presented: Presented): boolean {
  if (record.identity !== null && record.identity !== presented.identity) return false
  if (record.method === 'HEAD' && presented.method !== 'HEAD') return false
  if (record.followedTo !== undefined && !presented.follows) return false
  if (record.part && !holds(record.part, presented)) return false
  const names = Object.keys(record.selecting)
  return names.length === 0 || selectingMatch(record.selecting, presentedAs(record, presented.selecting(names)))
}

function holds(part: Part, { method, range }: Presented): boolean {
  const asked = method === 'GET' ? parseRange(range, part.size) : undefined
  return typeof asked === 'object' && covers(part, asked)
}

/** §4.1 lets a cache match by what it knows of a field: another Accept-Language that would select the stored Content-Language. */
function presentedAs({ fields, selecting }: Stored['record'], presented: Selecting): Selecting {
  const [stored, asked] = [selecting['accept-language'], presented['accept-language']]
  if (typeof stored !== 'string' || typeof asked !== 'string' || stored === asked) return presented
  const language = fields.find(([name]) => name === 'content-language')?.[1]
  return language !== undefined && selectsLanguage(language, stored, asked)
    ? { ...presented, 'accept-language': stored }
    : presented
}

function byDate(a: Stored, b: Stored): number {
  return b.facts.date - a.facts.date || b.facts.responseTime - a.facts.responseTime
}

/** The name of the variant that a response becomes: what it answers, and nothing of what it says. */
export function variantName(record: Stored['record']): string {
  const { followedTo, identity, method, part, selecting } = record
  const kind = `${method === 'HEAD' ? 'head' : ''}${part ? 'part' : ''}${followedTo === undefined ? '' : 'followed'}`
  const names = Object.keys(selecting).sort()
  if (kind === '' && identity === '' && names.length === 0) return ''
  return JSON.stringify([kind, identity, ...names.flatMap((name) => [name, selecting[name] ?? null])])
}

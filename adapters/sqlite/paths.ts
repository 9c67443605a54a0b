/** The statements of listings. No index is left to the planner, which knows nothing of how many rows there are. */
import type { Order, Query } from '../../src/store.ts'
import type { Value } from './driver.ts'
import { HEAD } from './statements.ts'
import { toText } from './text.ts'

/** What a listed row begins with. */
export const COLUMNS: string = `${HEAD}, url, selector, used_at, reclaim_at, expires_at, basis, created_at`

export interface Sql {
  readonly text: string
  readonly values: readonly Value[]
}

/** By what rows are in order; the keys give each row a place of its own. */
interface Path {
  readonly from: string
  /** Of that table, in `http`. */
  readonly index?: string
  readonly keys: readonly string[]
}

const TABLE = 'stowaway_entries'
const TAGGED = `stowaway_tags CROSS JOIN ${TABLE} ON id = entry`

const PATHS: { readonly [order in Order | 'insertion' | 'tag']: Path } = {
  insertion: { from: TABLE, keys: ['id'] },
  tag: { from: TAGGED, keys: ['entry'] },
  createdAt: { from: TABLE, index: 'stowaway_created', keys: ['created_at', 'id'] },
  // In `http` by `idsByExpiry` and `idsBySize`.
  expiresAt: { from: TABLE, keys: ['expires_at', 'id'] },
  size: { from: TABLE, keys: ['size', 'id'] },
  url: { from: TABLE, index: 'stowaway_key', keys: ['url', 'selector', 'variant'] },
  usedAt: { from: TABLE, index: 'stowaway_used', keys: ['used_at', 'id'] },
}

/** Rows of a namespace. The others than `http` have one index for all: they are few, and sorted as they are read. */
function space(namespace: string, index: string | undefined): { from: string; where: string; values: Value[] } {
  if (namespace !== 'http')
    return { from: '', where: `namespace = CAST(? AS TEXT) AND namespace <> 'http'`, values: [toText(namespace)] }
  // `+` keeps indexes out.
  if (!index) return { from: '', where: `+namespace = 'http'`, values: [] }
  return { from: ` INDEXED BY ${index}`, where: `namespace = 'http'`, values: [] }
}

/** One page of at most `limit` rows up to the id `last`, from the row on whose keys, which end each row, are `after`. */
export function pageOf(
  { namespace, order, descending, tag }: Query,
  last: number,
  after: readonly Value[],
  limit: number,
): Sql & { readonly keys: number } {
  const path = PATHS[order ?? (tag === undefined ? 'insertion' : 'tag')]
  const { from, where, values } = space(namespace, path.index)
  const terms = [where]
  const bound = [...values]
  const add = (term: string, ...more: readonly Value[]): void => {
    terms.push(term)
    bound.push(...more)
  }
  if (path === PATHS.tag) add('tag = ?', toText(tag ?? ''))
  // Of two bounds on the same side the planner might start from the one that is further away.
  const downwards = descending && path.keys.length === 1
  const cursor = downwards && after.length === 0 ? [last + 1] : after
  if (!downwards) add('id <= ?', last)
  if (cursor.length > 0)
    add(`(${path.keys.join()}) ${descending ? '<' : '>'} (${path.keys.map(() => '?').join()})`, ...cursor)
  const places = path.keys.map((key) => (descending ? `${key} DESC` : key))
  // With names of their own, since some rows come as objects.
  const keys = path.keys.map((key, i) => `${key} AS key${i}`)
  const text = `SELECT ${COLUMNS}, ${keys.join()} FROM ${path.from}${from} WHERE ${terms.join(' AND ')}
    ORDER BY ${places.join()} LIMIT ?`
  return { text, values: [...bound, limit], keys: path.keys.length }
}

/** A condition, and the index that answers it in `http`. */
type Arm = readonly [index: string, where: string, ...values: Value[]]

/** For each member of a query that an index answers: at most `limit` ids up to `last`, each once, and by what they are sorted. */
export function probesOf({ namespace, order, ...query }: Query, last: number, limit: number): Sql[] {
  const { url, tag, expired, reclaimableAt, createdBefore } = query
  const members: (readonly Arm[])[] = []
  if (url !== undefined) members.push([['stowaway_key', 'url = ?', toText(url)]])
  // Without an order, pages go by the tag anyway.
  if (tag !== undefined && (order || namespace !== 'http')) members.push([['', 'tag = ?', toText(tag)]])
  if (expired) {
    const basis = toText(expired.basis)
    const due: Arm = ['stowaway_expires', 'basis = ? AND expires_at <= ?', basis, expired.at]
    members.push([['stowaway_expires', 'basis < ?', basis], ['stowaway_expires', 'basis > ?', basis], due])
  }
  if (reclaimableAt !== undefined)
    members.push([['stowaway_reclaim', 'reclaim_at IS NOT NULL AND reclaim_at <= ?', reclaimableAt]])
  if (createdBefore !== undefined) members.push([['stowaway_created', 'created_at < ?', createdBefore]])
  // In another namespace all are looked at anyway.
  if (namespace !== 'http' && members.length === 0) members.push([['', 'TRUE']])
  const place = order ? PATHS[order].keys[0] : '0'
  return members.map((arms) =>
    union(
      arms.map((arm) => probe(namespace, place, arm, last)),
      limit,
    ),
  )
}

function probe(namespace: string, place: string | undefined, [index, condition, ...values]: Arm, last: number): Sql {
  const own = space(namespace, index || undefined)
  const table = condition === 'tag = ?' ? TAGGED : TABLE
  const text = `SELECT id, ${place} FROM ${table}${own.from} WHERE ${own.where} AND ${condition} AND id <= ?`
  return { text, values: [...own.values, ...values, last] }
}

const union = (parts: readonly Sql[], limit: number): Sql => ({
  text: `${parts.map(({ text }) => text).join(' UNION ALL ')} LIMIT ?`,
  values: [...parts.flatMap(({ values }) => values), limit],
})

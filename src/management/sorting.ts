/** Entries in order: the store's where it has it, else sorted here. */
import { amount, flag, parseMembers } from '../options/members.ts'
import type { Parser } from '../options/members.ts'
import { refuse } from '../options/refuse.ts'
import type { Storage } from '../exchange/storage.ts'
import type { Key, Order } from '../store.ts'
import { opened } from './context.ts'
import type { Context } from './context.ts'
import { createView, entryOf } from './entry.ts'
import type { Seen } from './entry.ts'
import { basisFor, filterTable, criteriaOf } from './filter.ts'
import type { Criteria } from './filter.ts'
import { scan } from './listing.ts'
import type { CachedEntry, SortKey } from './types.ts'

const ORDERS: Readonly<Record<SortKey, Order>> = {
  createdAt: 'createdAt',
  expires: 'expiresAt',
  lastUsed: 'usedAt',
  size: 'size',
  url: 'url',
}

const isKey = (value: unknown): value is SortKey => typeof value === 'string' && Object.hasOwn(ORDERS, value)

const sortKey: Parser<SortKey> = (value, where) =>
  isKey(value) ? value : refuse('invalid-option', where, value, Object.keys(ORDERS).join(', '))

export async function* sorted(given: unknown, context: Context): AsyncGenerator<CachedEntry> {
  const table = { ...filterTable(context), key: sortKey, reversed: flag, limit: amount }
  const options = parseMembers<SortingOptions>(table, given, 'sorted')
  const { key = 'expires', limit = Infinity, reversed = false, ...filter } = options
  const criteria = criteriaOf(filter, context)
  const storage = await opened(context)
  const found = (await hasOrder(context, storage, key))
    ? scan(context, storage, criteria, {}, { order: ORDERS[key], descending: reversed })
    : sortedHere(context, storage, criteria, { key, limit, reversed })
  let count = 0
  for await (const seen of found) {
    yield entryOf(seen, context, storage)
    if (++count >= limit) return
  }
}

type SortingOptions = Parameters<typeof criteriaOf>[0] & {
  readonly key?: SortKey
  readonly reversed?: boolean
  readonly limit?: number
}

/** What was written under other settings expires at another time than the store knows. */
async function hasOrder(context: Context, { store }: Storage, key: SortKey): Promise<boolean> {
  if (!store.limits.orders.includes(ORDERS[key])) return false
  if (key !== 'expires') return true
  const basis = basisFor(context)
  for await (const { meta } of store.list({ namespace: 'http', expired: { at: -1, basis } }))
    if (meta.basis !== basis) return false
  return true
}

interface Sorting {
  readonly key: SortKey
  readonly limit: number
  readonly reversed: boolean
}

/** All that is held of an entry while others are looked at. */
interface Place {
  readonly key: Key
  readonly variant: string
  readonly version: string
  readonly value: number | string
  readonly at: number
}

async function* sortedHere(
  context: Context,
  storage: Storage,
  criteria: Criteria,
  { key, limit, reversed }: Sorting,
): AsyncGenerator<Seen> {
  const compare = comparing(reversed)
  let places: Place[] = []
  let at = 0
  for await (const seen of scan(context, storage, criteria)) {
    const { key: place, meta, version } = seen.entry
    places.push({ key: place, variant: meta.variant, version, value: valueOf(seen, key), at: at++ })
    if (places.length >= 2 * limit + 1000) places = places.sort(compare).slice(0, limit)
  }
  const view = createView(context, storage.targeted)
  for (const place of places.sort(compare).slice(0, limit)) yield* again(place, storage, view)
}

/** Nothing where it has gone meanwhile. */
async function* again(
  { key, variant, version }: Place,
  { store }: Storage,
  view: ReturnType<typeof createView>,
): AsyncGenerator<Seen> {
  for await (const entry of store.list({ namespace: 'http', url: key.url })) {
    if (entry.version !== version || entry.meta.variant !== variant || entry.key.selector !== key.selector) continue
    yield view(entry)
    return
  }
}

function valueOf({ entry, expires }: Seen, key: SortKey): number | string {
  switch (key) {
    case 'createdAt':
      return entry.meta.createdAt
    case 'expires':
      return expires
    case 'lastUsed':
      return entry.usedAt ?? entry.meta.createdAt
    case 'size':
      return entry.size
    case 'url':
      return entry.key.url
  }
}

function comparing(reversed: boolean): (a: Place, b: Place) => number {
  const sign = reversed ? -1 : 1
  return (a, b) => sign * (a.value === b.value ? a.at - b.at : a.value < b.value ? -1 : 1)
}

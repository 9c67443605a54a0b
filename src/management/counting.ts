/** How many there are: what the store can tell is not gone through. */
import { RULE_TAG } from '../exchange/storage.ts'
import type { Storage } from '../exchange/storage.ts'
import { opened } from './context.ts'
import type { Context } from './context.ts'
import { createView } from './entry.ts'
import { basisFor, parseFilter } from './filter.ts'
import { countOf, isBookkeeping, scan } from './listing.ts'
import type { CachedEntry } from './types.ts'

type States = ReadonlySet<CachedEntry['state']>

const EVERYTHING: States = new Set(['expired', 'invalid', 'valid'])

export async function count(given: unknown, context: Context): Promise<number> {
  const criteria = parseFilter(given, context)
  const storage = await opened(context)
  return criteria.states?.has('valid')
    ? countByState(context, storage, criteria.states)
    : countOf(scan(context, storage, criteria))
}

export const countAll = (context: Context, storage: Storage): Promise<number> =>
  countByState(context, storage, EVERYTHING)

/**
 * The store's number of entries, less those that are looked at and not wanted. Entries with the present basis were
 * written by this release under the present settings: they can be read, and they expire at their `expiresAt`. So of these
 * only the expired ones are looked at, and only where expired ones are not wanted. Entries with another basis all are.
 */
async function countByState(context: Context, { store, targeted }: Storage, states: States): Promise<number> {
  const { entries } = await store.usage('http')
  let others = 0
  for await (const entry of store.list({ namespace: 'http', tag: RULE_TAG })) if (isBookkeeping(entry)) others++
  if (states.size < EVERYTHING.size) {
    const view = createView(context, targeted)
    const at = states.has('expired') ? LONG_AGO : context.now()
    const expired = { at, basis: basisFor(context) }
    for await (const entry of store.list({ namespace: 'http', expired }))
      if (!isBookkeeping(entry) && !states.has(view(entry).state)) others++
  }
  // Something may have gone between the two.
  return Math.max(0, entries - others)
}

const LONG_AGO = -1

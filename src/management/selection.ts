/** What was selected: by name, or by a filter. */
import { parseCacheKey } from '../key/parse-key.ts'
import { refuse } from '../options/refuse.ts'
import type { Storage } from '../exchange/storage.ts'
import type { Context } from './context.ts'
import { createView } from './entry.ts'
import type { Seen } from './entry.ts'
import { parseFilter } from './filter.ts'
import type { Criteria } from './filter.ts'
import { scan, watched } from './listing.ts'
import { entriesAt, httpUrl, nothing, placesOf, refuseUrl } from './places.ts'
import type { Named } from './places.ts'
import type { WorkOptions } from './types.ts'

export type Chosen = { readonly names: readonly Named[] } | { readonly criteria: Criteria }

const ACCEPTED = 'an absolute URL of http or https, a cacheKey, a Request, an array of these, or a filter'

/** `what`: the member, for messages; without anything selected it throws, and says what to do `instead`. */
export function parseSelection(given: unknown, context: Context, what: string, instead: string): Chosen {
  if (Array.isArray(given)) return { names: given.map((item, at) => named(item, `${what}[${at}]`)) }
  if (typeof given === 'string' || given instanceof URL || given instanceof Request)
    return { names: [named(given, what)] }
  if (given === undefined || given === null) throw nothing(what, instead)
  if (typeof given !== 'object') refuse('invalid-option', what, given, ACCEPTED)
  if (Object.values(given).every((value) => value === undefined)) throw nothing(what, instead)
  return { criteria: parseFilter(given, context) }
}

function named(item: unknown, where: string): Named {
  if (item instanceof Request) return { request: item }
  const key = typeof item === 'string' ? parseCacheKey(item) : undefined
  if (key !== undefined) return { key }
  const url = typeof item === 'string' || item instanceof URL ? httpUrl(item) : undefined
  return url === undefined ? refuseUrl(where, item, ACCEPTED) : { url }
}

/** With the rules of No-Vary-Search that go with what was named. */
export async function* chosen(
  context: Context,
  storage: Storage,
  selection: Chosen,
  work: WorkOptions,
): AsyncGenerator<Seen> {
  if ('criteria' in selection) {
    yield* scan(context, storage, selection.criteria, work)
    return
  }
  const view = createView(context, storage.targeted)
  const places = await placesOf(context, storage, selection.names)
  for await (const entry of watched(entriesAt(storage, places), work)) yield view(entry)
}

/** Going through what is stored, page by page. */
import { RULE_SELECTOR } from '../exchange/storage.ts'
import type { Storage } from '../exchange/storage.ts'
import type { Entry, Query, Target } from '../store.ts'
import type { Context } from './context.ts'
import { createView } from './entry.ts'
import type { Seen } from './entry.ts'
import type { Criteria } from './filter.ts'
import type { WorkOptions } from './types.ts'

const STEP = 500

/** The rules of No-Vary-Search, which no user stored. */
export const isBookkeeping = ({ key }: Pick<Entry, 'key'>): boolean => key.selector === RULE_SELECTOR

/** That very version. A copy of what `exchange/writing.ts` has, which is loaded with the network. */
export const exactly = ({ key, meta, version }: Entry): Target => ({ ...key, variant: meta.variant, version })

/** Entries as they come, telling of the progress; ends with the signal's reason. */
export async function* watched(
  entries: AsyncIterable<Entry>,
  { onProgress, signal }: WorkOptions = {},
  total?: number,
): AsyncGenerator<Entry> {
  let [done, bytes] = [0, 0]
  const tell = (): void => onProgress?.({ done, bytes, ...(total !== undefined && { total: Math.max(total, done) }) })
  signal?.throwIfAborted()
  for await (const entry of entries) {
    yield entry
    done++
    bytes += entry.size
    signal?.throwIfAborted()
    if (done % STEP === 0) tell()
  }
  if (done % STEP !== 0 || done === 0) tell()
}

/** All entries that users see, of the kind that is asked for. */
export async function* scan(
  context: Context,
  { store, targeted }: Storage,
  { passes, query }: Criteria,
  work?: WorkOptions,
  order: Partial<Query> = {},
): AsyncGenerator<Seen> {
  const view = createView(context, targeted)
  for await (const entry of watched(store.list({ namespace: 'http', ...query, ...order }), work)) {
    if (isBookkeeping(entry)) continue
    const seen = view(entry)
    if (passes(seen)) yield seen
  }
}

export async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _ of items) count++
  return count
}

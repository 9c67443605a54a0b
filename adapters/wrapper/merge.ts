import type { Entry, Query } from '../../src/store.ts'
import { comparison, valueOf } from '../query.ts'

/** Lists that are each in the order asked for, in that order together; without one, one after the other. */
export async function* merged(
  lists: readonly AsyncIterable<Entry>[],
  { order, descending = false }: Query,
): AsyncGenerator<Entry, void> {
  if (!order || lists.length === 1) {
    for (const list of descending ? lists.toReversed() : lists) yield* list
    return
  }
  const heads: { readonly rest: AsyncIterator<Entry>; readonly entry: Entry }[] = []
  const advance = async (rest: AsyncIterator<Entry>): Promise<void> => {
    const step: IteratorResult<Entry, unknown> = await rest.next()
    if (!step.done) heads.push({ rest, entry: step.value })
  }
  const compare = comparison(
    ({ entry }: (typeof heads)[number]) => [valueOf(order, entry, entry.usedAt ?? 0), 0],
    descending,
  )
  for (const list of lists) await advance(list[Symbol.asyncIterator]())
  for (let next = heads.sort(compare).shift(); next; next = heads.sort(compare).shift()) {
    yield next.entry
    await advance(next.rest)
  }
}

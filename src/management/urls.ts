/** The URLs of what is stored, each once, by code units. */
import { opened } from './context.ts'
import type { Context } from './context.ts'
import type { Seen } from './entry.ts'
import { parseFilter } from './filter.ts'
import { scan } from './listing.ts'

const urlOf = ({ readable }: Seen): string | undefined => readable?.stored.record.url

/** Where the store has the order, only those are held whose entry is under another URL (`keyFn`, No-Vary-Search, escapes). */
export async function* urls(given: unknown, context: Context): AsyncGenerator<string> {
  const criteria = parseFilter(given, context)
  const storage = await opened(context)
  const ordered = storage.store.limits.orders.includes('url')
  const others = new Set<string>()
  for await (const seen of scan(context, storage, criteria)) {
    const url = urlOf(seen)
    if (url !== undefined && !(ordered && url === seen.entry.key.url)) others.add(url)
  }
  const held = [...others].sort(byCodeUnits)
  let at = 0
  let last: string | undefined
  if (ordered) {
    for await (const seen of scan(context, storage, criteria, {}, { order: 'url' })) {
      const url = urlOf(seen)
      if (url === undefined || url === last || url !== seen.entry.key.url) continue
      for (let next = held[at]; next !== undefined && next < url; next = held[++at]) yield next
      if (held[at] === url) at++
      yield url
      last = url
    }
  }
  yield* held.slice(at)
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Looking into a cache and putting it in order: the whole of it. Loaded when something of it is first used. */
import { streamed } from '../streamed.ts'
import { checkWritable, opened } from './context.ts'
import type { Context } from './context.ts'
import { update } from './copying.ts'
import { count, countAll } from './counting.ts'
import { isBookkeeping } from './listing.ts'
import { createLookup } from './lookup.ts'
import { checkKey, checkUrl, entriesAt, placesOf } from './places.ts'
import type { Named } from './places.ts'
import { createRemoval } from './removal.ts'
import { createResponses, entries, keys } from './responses.ts'
import { sorted } from './sorting.ts'
import type { Management } from './types.ts'
import { createUpkeep } from './upkeep.ts'
import { urls } from './urls.ts'

export function createManagement(context: Context): Management {
  const removal = createRemoval(context)
  const lookup = createLookup(context)

  async function holds(name: Named): Promise<boolean> {
    const storage = await opened(context)
    for await (const entry of entriesAt(storage, await placesOf(context, storage, [name])))
      if (!isBookkeeping(entry)) return true
    return false
  }

  return {
    responses: createResponses(context, (key) => removal.delete(key)),
    ...removal,
    ...lookup,
    save: async (input, response, init, received) =>
      received === undefined
        ? lookup.save(input, response, init)
        : (await import('./past.ts')).savePast(context, input, response, init, received),
    ...createUpkeep(context),
    hasUrl: async (url) => holds({ url: checkUrl(url, 'url') }),
    contains: async (key) => holds({ key: checkKey(key) ?? null }),
    keys: (filter) => keys(filter, context),
    urls: (filter) => urls(filter, context),
    filter: (filter) => entries(filter, context),
    sorted: (options) => sorted(options, context),
    count: (filter) => count(filter, context),
    size: async () => (await (await opened(context)).store.usage('http')).bytes,
    async stats() {
      const storage = await opened(context)
      const { bytes } = await storage.store.usage('http')
      const { hit = 0, stale = 0, miss = 0, revalidated = 0, stored = 0, evicted = 0, error = 0 } = context.counts
      const entries = await countAll(context, storage)
      return { entries, bytes, hits: hit, stale, misses: miss, revalidated, stored, evicted, errors: error }
    },
    update: (source, options) => update(context, source, options),
    export: (options) => streamed(async () => (await import('./portable-export.ts')).exported(context, options)),
    import: async (source, options) => (await import('./portable-import.ts')).imported(context, source, options),
    exportHar: (options) => streamed(async () => (await import('./har-export.ts')).exportedHar(context, options)),
    importHar: async (source, options) => (await import('./har-import.ts')).importedHar(context, source, options),
    async vacuum() {
      checkWritable(context, 'vacuum')
      await (await opened(context)).store.vacuum?.()
    },
    store: async () => (await opened(context)).store,
  }
}

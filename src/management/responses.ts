/** The stored responses as a collection, which reads like a Map. */
import { hasCode } from '../errors.ts'
import type { Storage } from '../exchange/storage.ts'
import { cacheKeyOf } from '../key/key.ts'
import type { CachedResponse } from '../response.ts'
import { opened } from './context.ts'
import type { Context } from './context.ts'
import { count } from './counting.ts'
import { createView, entryOf, responseOf } from './entry.ts'
import type { Seen } from './entry.ts'
import { parseFilter } from './filter.ts'
import { scan } from './listing.ts'
import { checkKey } from './places.ts'
import type { CachedEntry, Responses } from './types.ts'

interface Listed {
  readonly seen: Seen
  readonly storage: Storage
}

export async function* listed(given: unknown, context: Context): AsyncGenerator<Listed> {
  const criteria = parseFilter(given, context)
  const storage = await opened(context)
  for await (const seen of scan(context, storage, criteria)) yield { seen, storage }
}

export async function* entries(given: unknown, context: Context): AsyncGenerator<CachedEntry> {
  for await (const { seen, storage } of listed(given, context)) yield entryOf(seen, context, storage)
}

export async function* keys(given: unknown, context: Context): AsyncGenerator<string> {
  for await (const { seen } of listed(given, context)) yield cacheKeyOf(seen.entry.key)
}

/** Without those that go meanwhile. */
async function* pairs(context: Context): AsyncGenerator<readonly [string, CachedResponse]> {
  for await (const { seen, storage } of listed({}, context)) {
    try {
      yield [cacheKeyOf(seen.entry.key), await responseOf(seen, context, storage)]
    } catch (error) {
      if (!hasCode(error, 'gone')) throw error
    }
  }
}

async function* values(context: Context): AsyncGenerator<CachedResponse> {
  for await (const [, response] of pairs(context)) yield response
}

export function createResponses(context: Context, remove: (cacheKey: string) => Promise<number>): Responses {
  async function newest(cacheKey: string): Promise<Listed | undefined> {
    const key = checkKey(cacheKey)
    const storage = await opened(context)
    const view = createView(context, storage.targeted)
    const found = key ? await storage.store.get(key, false) : []
    const seen = found.map(view).find(({ readable }) => readable)
    return seen && { seen, storage }
  }

  return {
    [Symbol.asyncIterator]: () => entries({}, context),
    size: () => count({}, context),
    keys: () => keys({}, context),
    values: () => values(context),
    entries: () => pairs(context),
    async get(cacheKey) {
      const found = await newest(cacheKey)
      return found && responseOf(found.seen, context, found.storage).catch(absentWhenGone)
    },
    has: async (cacheKey) => (await newest(cacheKey)) !== undefined,
    async delete(cacheKey) {
      checkKey(cacheKey)
      return (await remove(cacheKey)) > 0
    },
  }
}

function absentWhenGone(error: unknown): undefined {
  if (!hasCode(error, 'gone')) throw error
}

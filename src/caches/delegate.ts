/** The named caches, loaded when something of them is first used. */
import type { CacheStorageLike } from './types.ts'

export const delegateCaches = (load: () => Promise<CacheStorageLike>): CacheStorageLike => ({
  match: async (...given) => (await load()).match(...given),
  has: async (...given) => (await load()).has(...given),
  open: async (...given) => (await load()).open(...given),
  delete: async (...given) => (await load()).delete(...given),
  keys: async () => (await load()).keys(),
})

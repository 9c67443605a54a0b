/** The management of a cache, loaded when something of it is first used. */
import { snapshot } from '../snapshot.ts'
import { streamed } from '../streamed.ts'
import type { Management } from './types.ts'

export function delegate(load: () => Promise<Management>): Management {
  /** Each iteration begins anew. */
  const paged = <T>(open: (it: Management) => AsyncIterable<T>): AsyncIterable<T> => ({
    async *[Symbol.asyncIterator]() {
      yield* open(await load())
    },
  })
  return {
    responses: {
      ...paged(({ responses }) => responses),
      size: async () => (await load()).responses.size(),
      keys: () => paged(({ responses }) => responses.keys()),
      values: () => paged(({ responses }) => responses.values()),
      entries: () => paged(({ responses }) => responses.entries()),
      get: async (key) => (await load()).responses.get(key),
      has: async (key) => (await load()).responses.has(key),
      delete: async (key) => (await load()).responses.delete(key),
    },
    async has(input, init) {
      const given = snapshot(input, init)
      return (await load()).has(...given)
    },
    async match(input, init) {
      const given = snapshot(input, init)
      return (await load()).match(...given)
    },
    async save(input, response, init, received) {
      const [request, options] = snapshot(input, init)
      return (await load()).save(request, response, options, received)
    },
    keys: (filter) => paged((it) => it.keys(filter)),
    urls: (filter) => paged((it) => it.urls(filter)),
    filter: (filter) => paged((it) => it.filter(filter)),
    sorted: (options) => paged((it) => it.sorted(options)),
    hasUrl: async (url) => (await load()).hasUrl(url),
    contains: async (key) => (await load()).contains(key),
    count: async (filter) => (await load()).count(filter),
    size: async () => (await load()).size(),
    stats: async () => (await load()).stats(),
    delete: async (which, options) => (await load()).delete(which, options),
    invalidate: async (which, options) => (await load()).invalidate(which, options),
    clear: async () => (await load()).clear(),
    resetExpiration: async (...given) => (await load()).resetExpiration(...given),
    recreateKeys: async (options) => (await load()).recreateKeys(options),
    update: async (source, options) => (await load()).update(source, options),
    export: (options) => streamed(async () => (await load()).export(options)),
    import: async (source, options) => (await load()).import(source, options),
    exportHar: (options) => streamed(async () => (await load()).exportHar(options)),
    importHar: async (source, options) => (await load()).importHar(source, options),
    vacuum: async () => (await load()).vacuum(),
    verify: async (options) => (await load()).verify(options),
    store: async () => (await load()).store(),
  }
}

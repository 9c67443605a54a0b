/** The standard's request response list, in a namespace of a store. */
import type { Entry, Meta, Store, Target } from '../store.ts'
import { bodyOf } from './body.ts'
import { refuseReadOnly, DAY, EMPTY, keyOf, metaOf } from './context.ts'
import type { Context } from './context.ts'
import { createLock } from './lock.ts'
import { live, matches, withoutFragment } from './matching.ts'
import { envelopeOf, exchangeOf, itemOf } from './record.ts'
import type { Exchange, Item } from './record.ts'
import type { CacheQueryOptions } from './types.ts'

export interface RequestResponseList {
  /** The standard's "Query Cache", or all where no request is given: in the order of insertion. */
  query(request: Request | undefined, options: CacheQueryOptions): Promise<Item[]>
  put(request: Request, response: Response): Promise<void>
  /** Stores what nobody finds before `commit`. */
  stage(request: Request, response: Response, batch: string, index: number): Promise<Item>
  /** All of a batch at once. */
  commit(batch: string, items: readonly Item[]): Promise<void>
  /** Takes back what was staged. */
  abandon(items: readonly Item[]): Promise<void>
  remove(request: Request, options: CacheQueryOptions): Promise<boolean>
}

/** Beside the entries of a namespace: the batches that count, each as long as some of its entries still say `pending`. */
const BATCH = 'batch'

export function createList(context: Context, namespace: string): RequestResponseList {
  const { now, readOnly, report } = context
  const lock = createLock()

  /** All that counts under a URL, or in the whole list, and what others have taken the place of. */
  async function read(store: Store, url?: string): Promise<{ readonly all: Item[]; readonly stale: Item[] }> {
    const batches = new Map<string, Promise<boolean>>()
    const committed = async (id: string): Promise<boolean> =>
      (await store.get(keyOf(namespace, id, BATCH), !readOnly)).length > 0
    const [all, stale]: [Item[], Item[]] = [[], []]
    for (const entry of await entriesOf(store, url)) {
      const item = itemOf(entry)
      if (!item) continue
      const { id = '', pending = false } = item.batch ?? {}
      const counts = !pending || (await (batches.get(id) ?? batches.set(id, committed(id)).get(id)))
      if (counts) all.push(item)
      // Of a process that died, at last.
      else if (now() - entry.meta.createdAt > DAY) stale.push(item)
    }
    const found = live(inOrder(all))
    const kept = new Set(found)
    return { all: found, stale: [...stale, ...all.filter((item) => !kept.has(item))] }
  }

  async function entriesOf(store: Store, url: string | undefined): Promise<readonly Entry[]> {
    if (url !== undefined) return [...(await store.get(keyOf(namespace, url), !readOnly))].reverse()
    const found: Entry[] = []
    for await (const entry of store.list({ namespace })) if (entry.key.selector === '') found.push(entry)
    return found
  }

  async function write(exchange: Exchange, body: ReturnType<typeof bodyOf>): Promise<Entry> {
    const store = await context.store()
    const key = keyOf(namespace, withoutFragment(exchange.request.url))
    return store.put(key, metaOf(crypto.randomUUID(), now(), envelopeOf(exchange)), body)
  }

  /** What was replaced goes. That it can't is no failure of the put: it counts no more. */
  async function tidy(store: Store, urls: readonly string[]): Promise<void> {
    try {
      for (const url of new Set(urls.map(withoutFragment)))
        await store.delete((await read(store, url)).stale.map(targetOf))
    } catch (error) {
      report(error)
    }
  }

  return {
    async query(request, options) {
      const store = await context.store()
      const url = request && !options.ignoreSearch ? withoutFragment(request.url) : undefined
      const { all } = await lock.shared(() => read(store, url))
      return request ? all.filter((item) => matches(request, item, options)) : all
    },
    async put(request, response) {
      refuseReadOnly(context)
      await write(exchangeOf(request, response), bodyOf(response))
      const store = await context.store()
      await lock.exclusive(() => tidy(store, [request.url]))
    },
    async stage(request, response, id, index) {
      const exchange = { ...exchangeOf(request, response), batch: { id, index, pending: true } }
      return { ...exchange, entry: await write(exchange, bodyOf(response)) }
    },
    async commit(batch, items) {
      const store = await context.store()
      await lock.exclusive(async () => {
        const mark = await store.put(keyOf(namespace, batch, BATCH), metaOf('', now()), EMPTY)
        await settle(store, items, mark).catch(report)
        await tidy(
          store,
          items.map(({ request }) => request.url),
        )
      })
    },
    async abandon(items) {
      await (await context.store()).delete(items.map(targetOf)).catch(report)
    },
    async remove(request, options) {
      refuseReadOnly(context)
      const store = await context.store()
      const url = options.ignoreSearch ? undefined : withoutFragment(request.url)
      return lock.exclusive(async () => {
        const { all, stale } = await read(store, url)
        const found = all.filter((item) => matches(request, item, options))
        // What they had replaced goes first, so that it never comes back.
        if (found.length > 0) await store.delete([...stale, ...found].map(targetOf))
        return found.length > 0
      })
    },
  }
}

const targetOf = ({ entry: { key, meta, version } }: Item): Target => ({ ...key, variant: meta.variant, version })

/** Each entry stands for itself from now on, and the mark is needed no more. */
async function settle(store: Store, items: readonly Item[], mark: Entry): Promise<void> {
  for (const { batch, entry, request, response } of items) {
    const exchange = { request, response, ...(batch && { batch: { ...batch, pending: false } }) }
    const meta: Meta = { ...entry.meta, envelope: envelopeOf(exchange) }
    await store.update(entry, meta)
  }
  await store.delete([{ ...mark.key, variant: mark.meta.variant, version: mark.version }])
}

/** Those of one batch came as their bodies ended; they count in the order in which they were asked for. */
function inOrder(all: readonly Item[]): Item[] {
  const batches = new Map<string, number[]>()
  all.forEach(({ batch }, place) => {
    if (batch) batches.set(batch.id, [...(batches.get(batch.id) ?? []), place])
  })
  const ordered = [...all]
  for (const places of batches.values()) {
    const items = places.flatMap((place) => all[place] ?? [])
    items.sort((a, b) => (a.batch?.index ?? 0) - (b.batch?.index ?? 0))
    for (const [at, item] of items.entries()) ordered[places[at] ?? 0] = item
  }
  return ordered
}

/** A store whose records are sealed: what was changed by others is not found, and told of. */
import type { Entry, Key, Meta, Query, Store, Target } from '../../src/store.ts'
import type { Bytes } from '../bytes.ts'
import { longestOpened, sealBytes, sealStream } from './blocks.ts'
import { merged } from './merge.ts'
import { createPassing, passed } from './pass.ts'
import type { KeyedStore, Opened, Part, Scheme } from './scheme.ts'
import { guardedBy, handedOver, Outdated, tooLarge } from './streams.ts'
import { createUnsealing } from './unsealing.ts'

type Origin = NonNullable<ReturnType<ReturnType<typeof createUnsealing>['originOf']>>

export function createSealed(store: Store, scheme: Scheme): KeyedStore {
  const { ids, overhead } = scheme
  const passing = createPassing(store, (event) => scheme.translate(event))
  const maxEntryBytes = longestOpened(store.limits.maxEntryBytes, overhead)
  const { entryOf, found, know, listed: readable, originOf, sealOf } = createUnsealing(scheme, passing)

  async function placeOf(id: string, { namespace, url, selector }: Key): Promise<Key> {
    const [space, address, chosen] = await Promise.all([
      scheme.nameOf(id, 'namespace', namespace),
      scheme.nameOf(id, 'url', url, namespace),
      scheme.nameOf(id, 'selector', selector, namespace),
    ])
    return { namespace: space, url: address, selector: chosen }
  }

  /** What is made with each key, where that differs. */
  async function each<T>(make: (id: string) => Promise<T>): Promise<T[]> {
    const all = await Promise.all(ids.map(make))
    if (all.length < 2) return all
    return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
  }

  async function get(key: Key, touch = true): Promise<readonly Entry[]> {
    const places = await each((id) => placeOf(id, key))
    const inner = (await Promise.all(places.map(async (place) => store.get(place, touch)))).flat()
    const entries = await Promise.all(inner.map((one) => found(one, touch)))
    // One that was put anew with another key, and not removed yet under the former.
    const variants = new Set<string>()
    return entries.filter((entry) => {
      if (!entry || variants.has(entry.meta.variant)) return false
      variants.add(entry.meta.variant)
      return true
    }) as readonly Entry[] // without the undefined
  }

  async function put(key: Key, meta: Meta, body: Bytes | ReadableStream<Bytes>): Promise<Entry> {
    const [id = ''] = ids
    const opened: Opened = { id, key, meta, secret: crypto.getRandomValues(new Uint8Array(32)) }
    const at = await placeOf(id, key)
    const [sealed, seal] = await Promise.all([scheme.seal(opened, at), sealOf(opened)])
    const content = ArrayBuffer.isView(body) ? await sealBytes(body, seal) : sealStream(body, seal, maxEntryBytes)
    const inner = await handedOver(content, store.put(at, sealed, content))
    know(inner, opened)
    if (ids.length > 1) await removeFormer(key, meta.variant, at)
    // What was just sealed has a length that sealing gives.
    return entryOf(inner, opened, ArrayBuffer.isView(body) && inner.bytes ? body : undefined) as Entry
  }

  async function removeFormer(key: Key, variant: string, at: Key): Promise<void> {
    const former = await each((id) => targetOf(id, { ...key, variant }))
    await store.delete(former.filter(({ url }) => url !== at.url))
  }

  async function targetOf(id: string, target: Target): Promise<Target> {
    const { namespace, url, selector, variant, version } = target
    const name = (part: Part, text: string): string | Promise<string> => scheme.nameOf(id, part, text, namespace)
    return {
      namespace: await scheme.nameOf(id, 'namespace', namespace),
      ...(url !== undefined && { url: await name('url', url) }),
      ...(selector !== undefined && { selector: await name('selector', selector) }),
      ...(variant !== undefined && { variant: await name('variant', variant) }),
      ...(version !== undefined && { version }),
    }
  }

  /** Copies of an entry are found by their version. */
  async function within(entry: Entry): Promise<Origin | undefined> {
    const origin = originOf(entry)
    if (origin) return origin
    const same = (await get(entry.key, false)).find(({ version }) => version === entry.version)
    return same && originOf(same)
  }

  async function queryOf(id: string, query: Query): Promise<Query> {
    const { namespace, url, tag } = query
    return {
      ...query,
      namespace: await scheme.nameOf(id, 'namespace', namespace),
      ...(url !== undefined && { url: await scheme.nameOf(id, 'url', url, namespace) }),
      ...(tag !== undefined && { tag: await scheme.nameOf(id, 'tag', tag, namespace) }),
    }
  }

  /** @param id Only what was sealed with this key, where several queries may yield the same. */
  async function* listed(query: Query, id: string | undefined): AsyncGenerator<Entry, void> {
    for await (const inner of store.list(query)) {
      const entry = await readable(inner)
      if (entry && (id === undefined || originOf(entry)?.opened.id === id)) yield entry
    }
  }

  async function rewrite(id: string, namespace: string): Promise<number> {
    let count = 0
    for await (const old of listed(await queryOf(id, { namespace }), id)) {
      if (await renew(id, old)) count++
    }
    return count
  }

  /** As it is now: it may have been listed long ago. */
  async function current({ key, meta, version }: Entry): Promise<Entry | undefined> {
    const now = (await get(key, false)).find(({ meta: { variant } }) => variant === meta.variant)
    return now?.version === version ? now : undefined
  }

  /** False where it was removed, or replaced; then removing it is all that its writer may have left to do. */
  async function renew(id: string, old: Entry): Promise<boolean> {
    const { key, meta, version } = old
    for (let now = await current(old); now; now = await current(old)) {
      const { meta: said } = now
      const isSame = async (): Promise<boolean> => JSON.stringify((await current(old))?.meta) === JSON.stringify(said)
      try {
        await put(key, said, guardedBy(await now.open(), isSame))
        return true
      } catch (error) {
        if (!(error instanceof Outdated)) throw error
      }
    }
    await store.delete([{ ...(await targetOf(id, { ...key, variant: meta.variant })), version }])
    return false
  }

  return {
    ...passed(store, passing),
    limits: { maxEntryBytes, orders: store.limits.orders },
    get,
    put(key, meta, body) {
      const { namespace, url, selector } = key
      if (!ArrayBuffer.isView(body)) return put({ namespace, url, selector }, structuredClone(meta), body)
      if (body.length > maxEntryBytes) return Promise.reject(tooLarge(maxEntryBytes))
      return put({ namespace, url, selector }, structuredClone(meta), body.slice())
    },
    async update(entry, meta) {
      const copy = structuredClone(meta)
      const origin = await within(entry)
      if (!origin) return false
      const { inner, opened } = origin
      return store.update(inner, await scheme.seal({ ...opened, meta: copy }, inner.key))
    },
    async delete(targets) {
      const all = await Promise.all(targets.map((target) => each((id) => targetOf(id, target))))
      return store.delete(all.flat())
    },
    async *list(query) {
      const queries = await Promise.all(ids.map((id) => queryOf(id, query)))
      const [first = query] = queries
      const several = new Set(queries.map((one) => JSON.stringify(one))).size > 1
      // What former keys wrote came first.
      const lists = several ? queries.map((one, i) => listed(one, ids[i])).toReversed() : [listed(first, undefined)]
      yield* merged(lists, query)
    },
    async rotate(namespaces = ['http', 'secret']) {
      let count = 0
      for (const namespace of namespaces) for (const id of ids.slice(1)) count += await rewrite(id, namespace)
      return count
    },
    async usage(namespace) {
      const spaces = await each(async (id) => scheme.nameOf(id, 'namespace', namespace))
      const all = await Promise.all(spaces.map((space) => store.usage(space)))
      const sum = (of: 'entries' | 'bytes'): number => all.reduce((total, one) => total + one[of], 0)
      return { entries: sum('entries'), bytes: sum('bytes') }
    },
  }
}

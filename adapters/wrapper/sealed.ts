/** A store whose records are sealed: what was changed by others is not found, and told of. */
import { StowawayError } from '../../src/errors.ts'
import type { Entry, Key, Meta, Query, Store, StoreEvent, Target } from '../../src/store.ts'
import type { Bytes } from '../bytes.ts'
import {
  checkEnd,
  longestOpened,
  openBytes,
  openedSize,
  openStream,
  type Seal,
  sealBytes,
  sealStream,
  Tampered,
} from './blocks.ts'
import { merged } from './merge.ts'
import { createPassing, passed } from './pass.ts'
import { streamOfBytes, tooLarge } from './streams.ts'

/** What a record says once it is opened. */
export interface Opened {
  /** Of the key that it was sealed with. */
  readonly id: string
  readonly key: Key
  readonly meta: Meta
  /** 32 random bytes of this put, kept in the record, which tie the body to it. */
  readonly secret: Bytes
}

export type Part = 'namespace' | 'selector' | 'tag' | 'url' | 'variant'

/** How records are sealed, where they lie, and how they are opened. */
export interface Scheme {
  readonly ids: readonly string[]
  /** What each block of a body grows by. */
  readonly overhead: number
  /** What stands in the store for a part of a key. */
  nameOf(id: string, part: Part, text: string): string | Promise<string>
  /** The metadata for the store, to lie under the key `at`. */
  seal(opened: Opened, at: Key): Promise<Meta>
  /** Rejects for all that `seal` has not made for this key; undefined where the key for it is not given. */
  unseal(entry: Entry): Promise<Opened | undefined>
  blocks(opened: Opened): Promise<Seal>
  translate(event: StoreEvent): StoreEvent
}

/** `foreign`: sealed with a key that is not given here. */
type Unreadable = 'broken' | 'foreign'

interface Origin {
  readonly inner: Entry
  readonly opened: Opened
}

const MESSAGE = 'was changed by others or sealed with another key'

/** A store with several keys, of which only the first is written with. */
export interface KeyedStore extends Store {
  /**
   * Writes anew, with the first key, what was written with the others, which then can go. Entries that are put meanwhile are
   * not disturbed; what fails, or is interrupted, can be begun again.
   *
   * @param namespaces Where to look: names can't be listed. Default: the HTTP cache, `http`, and `secret`, the key of its digests.
   * @returns How many entries were written.
   */
  rotate(namespaces?: readonly string[]): Promise<number>
}

export function createSealed(store: Store, scheme: Scheme): KeyedStore {
  const { ids, overhead } = scheme
  const passing = createPassing(store, (event) => scheme.translate(event))
  const maxEntryBytes = longestOpened(store.limits.maxEntryBytes, overhead)
  const origins = new WeakMap<Entry, Origin>()
  // A store gives the same object for the same version, as far as it can.
  const known = new WeakMap<Meta, Opened>()
  const seals = new WeakMap<Opened, Promise<Seal>>()

  async function placeOf(id: string, { namespace, url, selector }: Key): Promise<Key> {
    const [space, address, chosen] = await Promise.all([
      scheme.nameOf(id, 'namespace', namespace),
      scheme.nameOf(id, 'url', url),
      scheme.nameOf(id, 'selector', selector),
    ])
    return { namespace: space, url: address, selector: chosen }
  }

  /** What is made with each key, where that differs. */
  async function each<T>(make: (id: string) => Promise<T>): Promise<T[]> {
    const all = await Promise.all(ids.map(make))
    if (all.length < 2) return all
    return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
  }

  function sealOf(opened: Opened): Promise<Seal> {
    let seal = seals.get(opened)
    if (!seal) seals.set(opened, (seal = scheme.blocks(opened)))
    return seal
  }

  async function unsealed(inner: Entry): Promise<Opened | Unreadable> {
    const before = known.get(inner.meta)
    if (before) return before
    const opened = await scheme.unseal(inner).then(
      (made) => made ?? 'foreign',
      () => 'broken' as const,
    )
    if (typeof opened === 'object') known.set(inner.meta, opened)
    return opened
  }

  function entryOf(inner: Entry, opened: Opened, bytes?: Bytes): Entry | undefined {
    const size = bytes?.length ?? openedSize(inner.size, overhead)
    if (size === undefined) return undefined
    const common = { key: opened.key, meta: opened.meta, version: inner.version, size }
    const used = inner.usedAt === undefined ? {} : { usedAt: inner.usedAt }
    const open: Entry['open'] = bytes
      ? async (start, end) => streamOfBytes(bytes, start, end)
      : (start, end) => openBody(inner, opened, size, start, end)
    const entry: Entry = { ...common, ...used, ...(bytes && { bytes }), open }
    origins.set(entry, { inner, opened })
    return entry
  }

  async function openBody(
    inner: Entry,
    opened: Opened,
    size: number,
    start = 0,
    end = size,
  ): ReturnType<Entry['open']> {
    const seal = await sealOf(opened)
    const lost = async (cause: unknown): Promise<never> => {
      if (!(cause instanceof Tampered)) throw cause
      await passing.discard(inner, `The body of ${opened.key.url} ${MESSAGE}`)
      throw new StowawayError('gone', 'The body is not what was stored', { cause })
    }
    try {
      if (end < size) await checkEnd(inner, seal, size)
      return guarded(await openStream(inner, seal, size, start, end), lost)
    } catch (error) {
      return lost(error)
    }
  }

  /** As a look-up finds it: a small body is checked at once. */
  async function found(inner: Entry, touch: boolean): Promise<Entry | undefined> {
    const opened = await unsealed(inner)
    const entry = typeof opened === 'object' ? await whole(inner, opened) : undefined
    if (entry) return entry
    // With a key that is not given here, others may still read it.
    if (touch && opened !== 'foreign') await passing.discard(inner, `An entry ${MESSAGE}`)
    else passing.report(inner, `An entry ${MESSAGE}`)
    return undefined
  }

  async function whole(inner: Entry, opened: Opened): Promise<Entry | undefined> {
    if (!inner.bytes) return entryOf(inner, opened)
    const bytes = await openBytes(inner.bytes, await sealOf(opened)).catch(() => undefined)
    return bytes && entryOf(inner, opened, bytes)
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
    const [at, seal] = await Promise.all([placeOf(id, key), sealOf(opened)])
    const sealed = await scheme.seal(opened, at)
    const content = ArrayBuffer.isView(body) ? await sealBytes(body, seal) : sealStream(body, seal, maxEntryBytes)
    const inner = await store.put(at, sealed, content)
    known.set(inner.meta, opened)
    if (ids.length > 1) await removeFormer(key, meta.variant, at)
    // What was just sealed has a length that sealing gives.
    return entryOf(inner, opened, ArrayBuffer.isView(body) && inner.bytes ? body : undefined) as Entry
  }

  async function removeFormer(key: Key, variant: string, at: Key): Promise<void> {
    const former = await each((id) => targetOf(id, { ...key, variant }))
    await store.delete(former.filter(({ url }) => url !== at.url))
  }

  async function targetOf(id: string, target: Target): Promise<Target> {
    const { url, selector, variant, version } = target
    const name = (part: Part, text: string): string | Promise<string> => scheme.nameOf(id, part, text)
    return {
      namespace: await name('namespace', target.namespace),
      ...(url !== undefined && { url: await name('url', url) }),
      ...(selector !== undefined && { selector: await name('selector', selector) }),
      ...(variant !== undefined && { variant: await name('variant', variant) }),
      ...(version !== undefined && { version }),
    }
  }

  async function originOf(entry: Entry): Promise<Origin | undefined> {
    const origin = origins.get(entry)
    if (origin) return origin
    const same = (await get(entry.key, false)).find(({ version }) => version === entry.version)
    return same && origins.get(same)
  }

  async function queryOf(id: string, query: Query): Promise<Query> {
    const { namespace, url, tag } = query
    return {
      ...query,
      namespace: await scheme.nameOf(id, 'namespace', namespace),
      ...(url !== undefined && { url: await scheme.nameOf(id, 'url', url) }),
      ...(tag !== undefined && { tag: await scheme.nameOf(id, 'tag', tag) }),
    }
  }

  /** @param id Only what was sealed with this key, where several queries may yield the same. */
  async function* listed(query: Query, id: string | undefined): AsyncGenerator<Entry, void> {
    for await (const inner of store.list(query)) {
      const opened = await unsealed(inner)
      const entry = typeof opened === 'object' ? entryOf(inner, opened) : undefined
      if (!entry) passing.report(inner, `An entry ${MESSAGE}`)
      else if (id === undefined || origins.get(entry)?.opened.id === id) yield entry
    }
  }

  async function rewrite(id: string, namespace: string): Promise<number> {
    let count = 0
    for await (const old of listed(await queryOf(id, { namespace }), id)) {
      const { key, meta, version } = old
      const now = (await get(key, false)).find(({ meta: { variant } }) => variant === meta.variant)
      // Where it was replaced by then, removing it is all that its writer had left to do.
      if (now?.version === version) await put(key, meta, await old.open())
      else await store.delete([{ ...(await targetOf(id, { ...key, variant: meta.variant })), version }])
      count++
    }
    return count
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
      const origin = await originOf(entry)
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

/** A stream whose failure is first told to `lost`, which throws what the reader gets. */
function guarded(stream: ReadableStream<Bytes>, lost: (error: unknown) => Promise<never>): ReadableStream<Bytes> {
  const reader = stream.getReader()
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const step = await reader.read().catch(lost)
        if (step.done) controller.close()
        else controller.enqueue(step.value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

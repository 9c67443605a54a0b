import { checkStore, refuse, refuseUnknown } from './budget.ts'
import { StowawayError } from '../src/errors.ts'
import type { Entry, Envelope, Key, Meta, Store } from '../src/store.ts'
import { checkedCoding, type Coding, codingOf, type CompressionName } from './wrapper/coding.ts'
import { packBytes, type Packed, packStream, sizeOf, unpackBytes, unpackStream } from './wrapper/packed.ts'
import { createPassing, passed } from './wrapper/pass.ts'
import { handedOver, streamOfBytes, tooLarge } from './wrapper/streams.ts'

export type { CompressionName }

export interface CompressionOptions {
  /** Default: `gzip`, which every runtime has. Node and Bun have all four. */
  readonly format?: CompressionName
  /** Shorter bodies stay as they are. In bytes; default: 1024. */
  readonly minBytes?: number
}

const NAME = 'stowaway/compression'
const VERSION = 1
/** Up to this length a body comes with the look-up. */
const INLINE = 1024 * 1024

type Found = Entry | undefined | Promise<Entry | undefined>

/**
 * Compresses bodies, as they come and as they are read, in bounded memory. What is short, and what of its first 64 KiB shows that
 * it would not get smaller, as images and archives, is kept as it is. So is what was stored without this wrapper, which can be
 * put around a store that is in use; each entry says how it is compressed, and entries of other formats are read as well.
 *
 * `size` and `limits.maxEntryBytes` are of the body as it is read; budgets count what is kept. A part of a
 * compressed body is read by way of all that comes before it. `list` has no order by size.
 *
 * @throws {StowawayError} `unknown-option`, `invalid-option` (also for a format that this runtime does not have)
 */
export function withCompression(store: Store, options: CompressionOptions = {}): Store {
  checkStore(store)
  refuseUnknown(options, ['format', 'minBytes'])
  const { format = 'gzip', minBytes = 1024 } = options
  if (!Number.isSafeInteger(minBytes) || minBytes < 0) refuse('minBytes', minBytes, 'a whole number from 0')
  const codings = new Map<unknown, Coding | undefined>([[format, checkedCoding(format)]])
  const passing = createPassing(store, (event) => event)
  const { maxEntryBytes } = store.limits
  const inners = new WeakMap<Entry, Entry>()
  const outers = new WeakMap<Entry, Entry>()
  // The same object for the same version.
  const metas = new WeakMap<Meta, Meta>()

  function codingFor(name: unknown): Coding | undefined {
    if (!codings.has(name)) codings.set(name, codingOf(name))
    return codings.get(name)
  }

  function metaOf(inner: Meta): Meta {
    let meta = metas.get(inner)
    // As was looked at.
    if (!meta) metas.set(inner, (meta = { ...inner, envelope: inner.envelope['envelope'] as Envelope }))
    return meta
  }

  function remember(outer: Entry, inner: Entry): Entry {
    inners.set(outer, inner)
    // A body that was made would lie in memory for as long as a store in memory keeps its compressed form.
    if (outer.bytes === inner.bytes || !outer.bytes) outers.set(inner, outer)
    return outer
  }

  /** Undefined for what can't be read back, which is told of. */
  function outerOf(inner: Entry, touch: boolean): Found {
    const known = outers.get(inner)
    if (known) return known
    const { [NAME]: version, format: name, size } = inner.meta.envelope
    if (version === undefined) return remember(inner, inner)
    if (version !== VERSION) return unreadable(inner, false)
    if (!isObject(inner.meta.envelope['envelope'])) return unreadable(inner, touch)
    if (name === undefined) return remember({ ...inner, meta: metaOf(inner.meta) }, inner)
    const coding = codingFor(name)
    if (!coding) return unreadable(inner, false)
    if (typeof size === 'number') return unpacked(inner, coding, size, touch)
    return sizeOf(inner).then(
      (told) => unpacked(inner, coding, told, touch),
      (error) => (error instanceof StowawayError ? undefined : unreadable(inner, touch)),
    )
  }

  function unpacked(inner: Entry, coding: Coding, size: number, touch: boolean): Found {
    if (!Number.isSafeInteger(size) || size < 0) return unreadable(inner, touch)
    const { bytes: packed, ...rest } = inner
    try {
      const bytes = packed && size <= INLINE ? unpackBytes(packed, coding, size) : undefined
      const broken = (): Promise<void> => passing.discard(inner, messageOf(inner))
      const open: Entry['open'] = bytes
        ? async (start, end) => streamOfBytes(bytes, start, end)
        : (start, end) => unpackStream(inner, coding, size, broken, start, end)
      return remember({ ...rest, meta: metaOf(inner.meta), size, ...(bytes && { bytes }), open }, inner)
    } catch {
      return unreadable(inner, touch)
    }
  }

  /** @param broken Whether it is of no use to anyone, and to be removed. */
  function unreadable(inner: Entry, broken: boolean): Found {
    if (broken) return passing.discard(inner, messageOf(inner)).then(() => undefined)
    passing.report(inner, messageOf(inner))
    return undefined
  }

  function readable(found: readonly Entry[], touch: boolean): ReturnType<Store['get']> {
    const entries = found.map((inner) => outerOf(inner, touch))
    const there = entries.filter((entry): entry is Entry | undefined => !(entry instanceof Promise))
    if (there.length === entries.length) return present(there)
    return Promise.all(entries.map(async (entry) => entry)).then(present)
  }

  async function put(key: Key, meta: Meta, { body, coded, size }: Packed): Promise<Entry> {
    const name = coded ? format : undefined
    const packed = packedMeta(meta, name, ArrayBuffer.isView(body) ? size() : undefined)
    const inner = await handedOver(body, store.put(key, packed, body))
    const coding = name && codingFor(name)
    const outer = await (coding ? unpacked(inner, coding, size(), true) : outerOf(inner, true))
    if (!outer) throw new StowawayError('gone', 'The entry was changed by others as soon as it was stored')
    // Until it is noted, each look-up has to ask the body for its size.
    if (coded && !ArrayBuffer.isView(body)) await store.update(inner, packedMeta(meta, name, size()))
    return outer
  }

  async function innerOf(entry: Entry): Promise<Entry | undefined> {
    const inner = inners.get(entry)
    if (inner) return inner
    const found = await readable(await store.get(entry.key, false), false)
    const same = found.find(({ version }) => version === entry.version)
    return same && inners.get(same)
  }

  return {
    ...passed(store, passing),
    limits: { maxEntryBytes, orders: store.limits.orders.filter((order) => order !== 'size') },
    get(key, touch = true) {
      const found = store.get(key, touch)
      return found instanceof Promise ? found.then((entries) => readable(entries, touch)) : readable(found, touch)
    },
    async put({ namespace, url, selector }, meta, body) {
      const key = { namespace, url, selector }
      const copy = structuredClone(meta)
      const coding = codingFor(format) ?? checkedCoding(format)
      if (!ArrayBuffer.isView(body)) {
        const { signal } = passing
        return put(key, copy, await packStream(body, coding, { minBytes, limit: maxEntryBytes, signal }))
      }
      if (body.length > maxEntryBytes) throw tooLarge(maxEntryBytes)
      return put(key, copy, await packBytes(body.slice(), coding, minBytes))
    },
    async update(entry, meta) {
      const copy = structuredClone(meta)
      const inner = await innerOf(entry)
      if (!inner) return false
      const { [NAME]: version, format: name } = inner.meta.envelope
      return store.update(
        inner,
        packedMeta(copy, version !== undefined && typeof name === 'string' ? name : undefined, entry.size),
      )
    },
    delete: (targets) => store.delete(targets),
    async *list(query) {
      for await (const inner of store.list(query)) {
        const entry = await outerOf(inner, false)
        if (entry) yield entry
      }
    },
    usage: (namespace) => store.usage(namespace),
  }
}

/** What is not compressed stays as it came, unless that looks like ours. */
function packedMeta(meta: Meta, format: string | undefined, size: number | undefined): Meta {
  if (format === undefined && !(NAME in meta.envelope)) return meta
  const how = format === undefined ? {} : { format, ...(size !== undefined && { size }) }
  return { ...meta, envelope: { [NAME]: VERSION, ...how, envelope: meta.envelope } }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

const present = (entries: readonly (Entry | undefined)[]): readonly Entry[] =>
  entries.filter((entry) => entry !== undefined)

const messageOf = ({ key }: Entry): string => `The body of ${key.url} can't be decompressed`

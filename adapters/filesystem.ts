import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { StowawayError } from '../src/errors.ts'
import type { Entry, Key, Query, Store, StoreOptions, Target, Usage } from '../src/store.ts'
import { budgetOf } from './budget.ts'
import { checkCodec, type Codec, type CodecName } from './codec.ts'
import { gone, streamOfBytes, streamOfFile } from './filesystem/body.ts'
import type { Found } from './filesystem/files.ts'
import { closed, errno, failure, guarded } from './filesystem/files.ts'
import { formatOf } from './filesystem/format.ts'
import type { Place } from './filesystem/layout.ts'
import { folderPath, namespaceFolder, placeOf, placeOfKey } from './filesystem/layout.ts'
import type { Folder, Slot } from './filesystem/ledger.ts'
import { createLedger } from './filesystem/ledger.ts'
import { pauses } from './filesystem/pace.ts'
import { pathsIn } from './filesystem/paths.ts'
import { createTree } from './filesystem/tree.ts'
import { createUpkeep } from './filesystem/upkeep.ts'
import { createWriter } from './filesystem/writer.ts'
import { locate, makeFolder, type PlaceOptions } from './places.ts'
import { comparison, isWanted, type Ranked } from './query.ts'
import { createWatchers } from './watchers.ts'

export type { Codec, CodecName } from './codec.ts'

export interface FilesystemStoreOptions extends StoreOptions, PlaceOptions {
  /**
   * The directory, as text or a `file:` URL; a `~` that begins it is the home directory. Created, for this user alone, when first
   * used. Relative to the working directory, or to that of `useCacheDir` or `useTemp`. Default: `http_cache`.
   */
  readonly path?: string | URL
  /**
   * Writes each record as one document of `msgpack`, `json`, `yaml` (needs the package of this name), `bson` (too), or of a codec
   * of one's own; small bodies in it are text where that is lossless, else base64. What was written with another codec is
   * not found, or with the same `extension` removed as corrupt. Default: a line of JSON and the body as it is.
   */
  readonly codec?: CodecName | Codec
  /** The ending of records' file names, `''` for none. Default: the codec's name, without a codec none. */
  readonly extension?: string
}

export interface FilesystemStore extends Store {
  /** The files in which responses are, as they are found: one for each, and one more for a body above 64 KiB. Opens the store. */
  paths(): AsyncIterable<string>
}

const GIB = 1024 ** 3
const PLACES = 2048
const ORDERS = ['createdAt', 'expiresAt', 'size', 'usedAt'] as const

/**
 * A store in a directory: a folder for each key, in it a file for each variant, which begins with a line of JSON that
 * says all about it. Small bodies follow that line; those above 64 KiB are in a file beside it. Entries can be looked at
 * and removed by hand, one by one, while the store is open.
 *
 * Several processes may use one directory. A record is renamed into place, and a lock file in the key's folder, held for
 * less than a millisecond, keeps writers of one key apart. Budgets are kept by each process over what it knows: what
 * others write is counted when the tree is next looked through (when opened, when listed, and every ten minutes).
 *
 * Small records are not forced to the disk: after a power failure those of the last seconds may be missing or torn,
 * which is noticed by length and checksum. Larger bodies are, before their record is written.
 *
 * Entries are listed by what is known of them in memory: in all orders but that by URL, and read one by one as they come.
 *
 * @throws {StowawayError} `unknown-option`, `invalid-option`
 */
export function createFilesystemStore(options: FilesystemStoreOptions = {}): FilesystemStore {
  const { maxBytes, maxEntries, maxEntryBytes, now } = budgetOf(
    options,
    ['path', 'useCacheDir', 'useTemp', 'codec', 'extension'],
    GIB,
  )
  const root = locate(options, 'http_cache')

  checkCodec(options.codec)
  const format = formatOf(options.codec, options.extension)

  const { emit, watch } = createWatchers()
  const pending = new Set<Promise<unknown>>()
  const places = new Map<string, { readonly key: Key; readonly place: Place }>()
  let opened = false
  let closing: Promise<void> | undefined

  const report = (error: Error): void => emit({ type: 'error', error })
  const background = (work: Promise<unknown>): void => {
    track(work).catch((error: unknown) => report(failure(error, root)))
  }

  const ledger = createLedger(now)
  const tree = createTree(root, ledger, { report, background, format })
  const upkeep = createUpkeep({ root, tree, ledger, budget: { maxBytes, maxEntries }, now, emit })
  const writer = createWriter({ root, tree, ledger, upkeep, maxEntryBytes, format })

  function ready(): void {
    if (closing) throw closed()
    if (opened) return
    try {
      makeFolder(root)
      accessSync(join(root, '.'), constants.R_OK | constants.X_OK)
    } catch (cause) {
      if (cause instanceof StowawayError) throw cause
      throw new StowawayError('unusable-path', `${root} can't be used as a directory: ${errno(cause)}`, { cause })
    }
    opened = true
    upkeep.start()
  }

  function track<T>(work: Promise<T>): Promise<T> {
    pending.add(work)
    const forget = (): boolean => pending.delete(work)
    work.then(forget, forget)
    return work
  }

  /** Runs what `close` waits for; fails with one of our codes, or a stream's own error. */
  async function whileOpen<T>(action: () => Promise<T>): Promise<T> {
    if (closing) throw closed()
    const preparing = format.prepare()
    if (preparing) await preparing
    ready()
    return track(action())
  }

  // Hashing a key costs a good part of a look-up.
  function placeFor(key: Key): Place {
    const known = places.get(key.url)
    if (known && known.key.namespace === key.namespace && known.key.selector === key.selector) return known.place
    const place = placeOfKey(key)
    if (places.size >= PLACES) places.clear()
    places.set(key.url, { key: { ...key }, place })
    return place
  }

  function lookUp(key: Key, touch: boolean): Entry[] {
    const folder = tree.look(placeFor(key))
    if (!folder) return []
    const found: { readonly order: number; readonly entry: Entry }[] = []
    for (const slot of folder.slots) {
      const record = tree.load(slot, true, touch)
      if (!record) continue
      if (touch) ledger.touch(slot)
      found.push({ order: slot.order, entry: touch ? entryOf(record) : { ...entryOf(record), usedAt: slot.usedAt } })
    }
    if (found.length > 1) found.sort((a, b) => b.order - a.order)
    return found.map(({ entry }) => entry)
  }

  function entryOf({ header, bytes }: Pick<Found, 'header' | 'bytes'>): Entry {
    const { key, meta, version, size } = header
    const open: Entry['open'] = (start, end) => openBody({ header, bytes }, start, end)
    return bytes ? { key, meta, version, size, bytes, open } : { key, meta, version, size, open }
  }

  async function openBody(
    { header, bytes }: Pick<Found, 'header' | 'bytes'>,
    start?: number,
    end?: number,
  ): ReturnType<Entry['open']> {
    ready()
    if (bytes) return streamOfBytes(bytes, start, end)
    const folder = folderPath(root, placeOfKey(header.key))
    if (header.body === null) {
      const found = format.readRecord(join(folder, format.fileOf(header.meta.variant)))
      if (typeof found !== 'object' || found.header.version !== header.version || !found.bytes) throw gone()
      return streamOfBytes(found.bytes, start, end)
    }
    try {
      return await streamOfFile(join(folder, header.body), header.size, start, end)
    } catch (error) {
      if (errno(error) === 'gone') background(dropBodiless(header))
      throw error
    }
  }

  /** A record whose body was removed or cut off by others is of no use; one that was merely replaced is another version. */
  async function dropBodiless({ key, version }: Found['header']): Promise<void> {
    const removed = await tree.remove(
      placeOfKey(key),
      (found) => found !== 'corrupt' && found.header.version === version,
    )
    if (removed.length > 0) report(new StowawayError('corrupt', `The body of ${key.url} is not whole`))
  }

  async function* placesOf({ namespace, url, selector }: Target): AsyncGenerator<Place> {
    if (url === undefined) yield* tree.walk(() => undefined, namespaceFolder(namespace))
    else if (selector === undefined) yield* await tree.foldersOf(placeOf(namespace, url, ''))
    else yield placeOf(namespace, url, selector)
  }

  async function removeAll(targets: readonly Target[]): Promise<number> {
    const pause = pauses(() => false)
    let count = 0
    for (const target of targets) {
      const wanted = (found: Found | 'corrupt'): boolean =>
        found === 'corrupt' ? target.variant === undefined && target.version === undefined : matches(found, target)
      for await (const place of placesOf(target)) {
        await pause()
        count += (await tree.remove(place, wanted)).length
      }
      if (target.url === undefined) await tree.prune(namespaceFolder(target.namespace))
    }
    return count
  }

  /** As far as they were there when this was asked, and as what is known of them says; tags are in the files alone. */
  async function listed(query: Query): Promise<Slot[]> {
    const { namespace, url, order, descending } = query
    const found: Slot[] = []
    for (const folder of url === undefined ? await foldersIn(namespace) : await foldersOf(namespace, url)) {
      for (const slot of folder.slots) if (isWanted(query, slot)) found.push(slot)
    }
    // URLs are not kept in memory.
    const rank = (slot: Slot): Ranked => [order && order !== 'url' ? slot[order] : 0, slot.order]
    return found.sort(comparison(rank, descending))
  }

  async function usageOf(namespace: string): Promise<Usage> {
    await upkeep.refresh(namespace)
    return ledger.usage(namespaceFolder(namespace))
  }

  function find(key: Key, touch: boolean): ReturnType<Store['get']> {
    try {
      ready()
      return lookUp(key, touch)
    } catch (error) {
      return Promise.reject(failure(error, root))
    }
  }

  async function foldersIn(namespace: string): Promise<Iterable<Folder>> {
    await upkeep.refresh(namespace)
    return ledger.folders(namespaceFolder(namespace))
  }

  async function foldersOf(namespace: string, url: string): Promise<Folder[]> {
    const places = await tree.foldersOf(placeOf(namespace, url, ''))
    return places.flatMap((place) => tree.inspect(place) ?? [])
  }

  return {
    limits: { maxEntryBytes, orders: ORDERS },
    open: () => whileOpen(async () => {}),
    get(key, touch = true) {
      const preparing = closing ? undefined : format.prepare()
      return preparing ? preparing.then(() => find(key, touch)) : find(key, touch)
    },
    put(key, meta, body) {
      const preparing = format.prepare()
      // Until then, the caller may write to what it gave.
      if (preparing)
        [key, meta, body] = [{ ...key }, structuredClone(meta), ArrayBuffer.isView(body) ? body.slice() : body]
      return whileOpen(async () => entryOf(await writer.put(key, meta, body)))
    },
    update: (entry, meta) => whileOpen(() => writer.update(entry, meta)),
    delete: (targets) => whileOpen(() => guarded(root, () => removeAll(targets))),
    async *list(query) {
      await whileOpen(async () => {})
      const pause = pauses(() => closing !== undefined)
      for (const slot of await guarded(root, () => listed(query))) {
        await pause()
        if (closing) throw closed()
        const record = slot.live ? tree.load(slot, false) : undefined
        if (record && isWanted(query, record.header.meta)) yield { ...entryOf(record), usedAt: slot.usedAt }
      }
    },
    usage: (namespace) => whileOpen(() => guarded(root, () => usageOf(namespace))),
    vacuum: () => whileOpen(() => guarded(root, upkeep.vacuum)),
    async *paths() {
      await whileOpen(async () => {})
      yield* pathsIn(
        root,
        tree,
        pauses(() => closing !== undefined),
      )
    },
    watch,
    close() {
      closing ??= end()
      return closing
    },
  }

  async function end(): Promise<void> {
    upkeep.stop()
    writer.abort(closed())
    await Promise.allSettled(pending)
    await upkeep.flush()
    places.clear()
  }
}

const matches = ({ header: { key, meta, version } }: Found, target: Target): boolean =>
  key.namespace === target.namespace &&
  (target.url ?? key.url) === key.url &&
  (target.selector ?? key.selector) === key.selector &&
  (target.variant ?? meta.variant) === meta.variant &&
  (target.version ?? version) === version

/**
 * The one interface that a backend implements. A store keeps bytes and gives back the same bytes; it never decides an
 * HTTP question. Everything here is types.
 */

/** The namespace of the HTTP cache, the only one that is subject to eviction. */
export type HttpNamespace = 'http'

/** Where entries live; compared in full, opaque to stores, any characters, any length. */
export interface Key {
  /** `http` is the HTTP cache, every other one is kept verbatim and never evicted. */
  readonly namespace: string
  readonly url: string
  /** Empty for GET and HEAD, else the method and a digest of the body. */
  readonly selector: string
}

/** What is kept beside a body. Plain data: survives `structuredClone`, JSON and msgpack unchanged. */
export interface Meta {
  /** Names the variant within its key: a put of the same key and variant replaces. */
  readonly variant: string
  /** When the entry was first stored, in ms since the epoch. */
  readonly createdAt: number
  /** From when on the store may drop the entry, in ms since the epoch; `null`: never. It says nothing about freshness. */
  readonly reclaimAt: number | null
  /** When it stops being fresh, as worked out when it was written, in ms since the epoch; `null`: never. For queries only. */
  readonly expiresAt: number | null
  /** Names the settings that `expiresAt` was worked out with. For queries only. */
  readonly basis: string
  /** Each once. */
  readonly tags: readonly string[]
  /** The versioned record of the response, encoded by the core; stores must not look inside. */
  readonly envelope: Envelope
}

/** JSON's values, and nothing that JSON would change. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain }
export type Envelope = { readonly [name: string]: Plain }

/** One stored response, as found by a look-up. */
export interface Entry {
  readonly key: Key
  /** The same object for the same version as far as the store can, so that what the core derives from it can be kept. */
  readonly meta: Meta
  /** Different for each put (and only for each put). */
  readonly version: string
  /** Length of the body in bytes. */
  readonly size: number
  /** When it was last looked up, as far as the store keeps count, in ms since the epoch; a put counts as a use. */
  readonly usedAt?: number
  /** The whole body where it is small and came with the look-up. Not to be written to. */
  readonly bytes?: Uint8Array<ArrayBuffer>
  /**
   * Opens the body of this very version from byte `start` up to, not including, `end`, as a stream that reads on demand.
   * Rejects, or errors in mid-stream, with code `gone` when that version can no longer be read to its end. Never mixes two versions.
   */
  open(start?: number, end?: number): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>
}

/** What to delete: each further member narrows. With `version`, only that very version is removed. */
export interface Target {
  readonly namespace: string
  readonly url?: string
  readonly selector?: string
  readonly variant?: string
  readonly version?: string
}

/** What to list. A store may yield more than asked, never less: the core filters. */
export interface Query {
  readonly namespace: string
  readonly url?: string
  /** Only entries that may be reclaimed at this time (ms since the epoch). */
  readonly reclaimableAt?: number
  /** Only entries whose `expiresAt` has come by `at`, and all of another basis: of these it can't be told. */
  readonly expired?: { readonly at: number; readonly basis: string }
  /** Only entries with `createdAt` before this time. */
  readonly createdBefore?: number
  /** Only entries with this tag. */
  readonly tag?: string
  /** In place of the order of insertion; only one of `limits.orders`. `null` comes after all numbers. */
  readonly order?: Order
  /** The other way round, in any order. Default: false. */
  readonly descending?: boolean
}

/** By what entries can be ordered; `url` by code units, the others by number. */
export type Order = 'createdAt' | 'expiresAt' | 'size' | 'url' | 'usedAt'

/** What a namespace takes. */
export interface Usage {
  readonly entries: number
  /** Bodies and metadata, as the budgets count them. */
  readonly bytes: number
}

/** What a store tells those who watch it. */
export type StoreEvent =
  | { readonly type: 'evicted'; readonly key: Key; readonly variant: string; readonly reason: 'size' | 'expired' }
  | { readonly type: 'error'; readonly error: Error }

/** What a backend can't do is said here. */
export interface StoreLimits {
  /** A longer body is refused with code `too-large`. */
  readonly maxEntryBytes: number
  /** The orders that `list` can give without holding all entries in memory, or holds in memory anyway. */
  readonly orders: readonly Order[]
}

export interface Store {
  readonly limits: StoreLimits
  /** Opens the backend and reports at once what is wrong with it (`unusable-path`, `missing-package`, …). Other members open it when first used. */
  open(): Promise<void>
  /**
   * All variants under a key, newest put first, small bodies inline: one round trip. Counts as a use of the entries.
   * What can't be decoded is left out, removed and reported as `corrupt`. Reclaimable entries may still be found.
   * With `touch` false nothing is written: no use is counted, and what is corrupt stays. Default: true.
   */
  get(key: Key, touch?: boolean): readonly Entry[] | Promise<readonly Entry[]>
  /**
   * Stores an entry in place of the one with the same key and variant. A stream is read at the store's own pace, and the
   * entry becomes visible only when it has ended and all is written; if it errors (the promise rejects with that error),
   * or the process dies, what was there before stays. Rejects with `too-large` without reading further once the limit is passed.
   * Entries of the namespace `http` may be evicted to make room, those of others never. Of one key in `http` at most 64
   * variants are kept: more say that the key is wrong, so that the one put first goes.
   */
  put(key: Key, meta: Meta, body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Entry>
  /** Replaces the metadata of that very version, whose body is not rewritten. False, and nothing is stored, when it is gone. */
  update(entry: Entry, meta: Meta): Promise<boolean>
  /** Removes what any of the targets names, in batches; resolves with how many entries went. Unknown targets are no error. */
  delete(targets: readonly Target[]): Promise<number>
  /**
   * Lists entries page by page, by default in insertion order, in bounded memory; concurrent puts and deletes do not disturb
   * it: what is there throughout is listed once. Bodies do not come with it. Counts as no use.
   */
  list(query: Query): AsyncIterable<Entry>
  /** What a namespace takes, without listing it where the backend can tell. */
  usage(namespace: string): Promise<Usage>
  /** Gives back to the system what is no longer used; absent where that happens by itself. */
  vacuum?(): Promise<void>
  /** Calls back at evictions and background errors until the returned function is called. */
  watch(listener: (event: StoreEvent) => void): () => void
  /** Finishes what was committed and frees everything; later calls reject with `closed`. Closing twice is no error. */
  close(): Promise<void>
}

/** What every backend accepts. */
export interface StoreOptions {
  /** Budget for all bodies and metadata together, in bytes. Default: 64 MiB in memory, 1 GiB where it persists. */
  readonly maxBytes?: number
  /** Budget in entries. Default: unlimited. */
  readonly maxEntries?: number
  /** Largest body accepted, in bytes. Default: half of `maxBytes`. */
  readonly maxEntryBytes?: number
  /** The clock, in ms since the epoch. Default: `Date.now`. */
  readonly now?: () => number
}

/** Looking into a cache and putting it in order: what users see of it. Everything here is types. */
import type { CachedRequestInit, FetchInput } from '../cache.ts'
import type { Duration, Lifetime } from '../options/duration.ts'
import type { Match } from '../options/types.ts'
import type { CachedResponse } from '../response.ts'
import type { Store } from '../store.ts'

/** A stored response, without its body. Redacted: no field holds a credential. */
export interface CachedEntry {
  /** Printable and without secrets; variants of one request share it. */
  readonly cacheKey: string
  /** Of the request. */
  readonly method: string
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly headers: Headers
  /** When it was first stored. */
  readonly createdAt: Date
  /** When it, or the 304 that last confirmed it, was received. */
  readonly validatedAt: Date
  /** When it stops being fresh under the cache's present settings; `null`: never. */
  readonly expires: Date | null
  readonly isExpired: boolean
  /** When it was last looked up, as far as the store keeps count. */
  readonly lastUsed: Date | null
  /** Of its body, in bytes. */
  readonly size: number
  readonly tags: readonly string[]
  /** `valid`: fresh; `invalid`: it can't be read by this release, and all but `cacheKey`, `createdAt`, `lastUsed` and `size` are empty. */
  readonly state: 'valid' | 'expired' | 'invalid'
  /** The response itself. Rejects with `gone` when it was removed meanwhile. */
  response(): Promise<CachedResponse>
}

/**
 * Which stored responses; what is not named does not narrow. All members must hold, but that `valid`, `expired` and `invalid`
 * name the states that are wanted: with none of them true, valid and expired ones that are not set to false.
 */
export interface Filter {
  readonly valid?: boolean
  readonly expired?: boolean
  readonly invalid?: boolean
  /** First stored longer ago than that, or before that date. */
  readonly olderThan?: Duration | Date
  /** Last used longer ago than that, or before that date; what was never used counts from when it was stored. */
  readonly unusedFor?: Duration | Date
  /** Body larger than so many bytes. */
  readonly largerThan?: number
  /** As in `rules`, held against the URL of the request. */
  readonly url?: Match
  /** Any of them. */
  readonly tag?: string | readonly string[]
  readonly method?: string
  readonly status?: number | readonly number[]
}

/** By what entries are sorted: `lastUsed` as far as the store keeps count, `url` by what they are stored under. */
export type SortKey = 'createdAt' | 'expires' | 'lastUsed' | 'size' | 'url'

export interface SortOptions extends Filter {
  /** Default: `'expires'`. */
  readonly key?: SortKey
  /** Largest or latest first. Default: false. */
  readonly reversed?: boolean
  /** At most so many. Default: all. */
  readonly limit?: number
}

/**
 * One or several of: a URL (all methods and variants), a `cacheKey` (all variants), a `Request` (all variants of that request).
 * Or a filter.
 */
export type Selection = Selected | readonly Selected[] | Filter
export type Selected = string | URL | Request

/** Called now and then during long work. */
export interface Progress {
  /** Entries looked at so far. */
  readonly done: number
  /** Of how many, where that is known. */
  readonly total?: number
  /** Bytes of bodies so far. */
  readonly bytes: number
}

export interface WorkOptions {
  readonly onProgress?: (progress: Progress) => void
  /** Ends the work; what is done stays done. */
  readonly signal?: AbortSignal
}

export interface CacheStats {
  readonly entries: number
  /** Bodies and metadata. */
  readonly bytes: number
  /** Since the cache was made: answered from what is stored, of these past freshness, and asked of the origin. */
  readonly hits: number
  readonly stale: number
  readonly misses: number
  readonly revalidated: number
  readonly stored: number
  readonly evicted: number
  readonly errors: number
}

export interface Verification {
  readonly checked: number
  /** Entries that can't be read, or whose body is not as long as announced. Removed with `repair`. */
  readonly damaged: readonly { readonly cacheKey: string; readonly why: string }[]
}

/** What became of entries that were to be copied. */
export interface Transfer {
  readonly copied: number
  /** Stored there already, and as new or newer. */
  readonly present: number
  /** Not to be read, or matched by credentials whose digests mean nothing in the other store. */
  readonly skipped: number
}

/** What `export` writes. */
export interface ExportOptions extends WorkOptions {
  /** Only these. Default: all that are valid or expired. */
  readonly filter?: Filter
  /**
   * Only what follows the entry with this `cursor`, to go on with an export that was interrupted: `Imported` has it, and so
   * has each entry's line. Where that entry has gone meanwhile, all again: `import` skips what is present.
   */
  readonly after?: string
  /**
   * With the key of the digests that stand for credentials, and so with the responses that are matched by these. Who has the
   * file can then try out whether a credential is one of those that were used, and read what was answered to them. Default: false.
   */
  readonly secret?: boolean
}

export interface HarOptions extends WorkOptions {
  /** Only these. Default: all that are valid or expired. */
  readonly filter?: Filter
}

/** Where bytes to import come from: a response's or a file's stream, a `Blob`, or a Node stream. */
export type ImportSource = ReadableStream<Uint8Array> | Blob | AsyncIterable<Uint8Array>

export interface ImportOptions extends WorkOptions {
  /**
   * Takes the key of the digests over from the file where the store has none yet, and with it the responses that are matched by
   * credentials. Only for a file that nobody else had a hand in: who knows the key recognises what is stored. Default: false.
   */
  readonly secret?: boolean
}

export interface Imported extends Transfer {
  /** Whether the file was whole; of one that was interrupted, all entries that were whole are stored. */
  readonly complete: boolean
  /** Of the last whole entry, for `export({ after })`; `null` without one. */
  readonly cursor: string | null
}

/** The stored responses as a collection; by `cacheKey`, of several variants the newest. */
export interface Responses extends AsyncIterable<CachedEntry> {
  /** How many there are, variants counted each. */
  size(): Promise<number>
  keys(): AsyncIterable<string>
  /** Without those that go meanwhile. A body that is not read should be cancelled. */
  values(): AsyncIterable<CachedResponse>
  entries(): AsyncIterable<readonly [cacheKey: string, response: CachedResponse]>
  get(cacheKey: string): Promise<CachedResponse | undefined>
  has(cacheKey: string): Promise<boolean>
  /** Whether there was one. */
  delete(cacheKey: string): Promise<boolean>
}

/**
 * Part of each cache, also of one that is `disabled`. All of it asks no origin, works page by page on every backend, and looking
 * counts as no use of an entry. Rejects as `open()` does where the store can't be opened, with `closed` after `close()`, and
 * with `read-only` where it would write through a cache that is. Iterables begin anew each time; what is wrong with their
 * arguments shows when they are first read.
 */
export interface Management {
  readonly responses: Responses
  /** Whether a response is stored that matches this request (§4), fresh or not. */
  has(input: FetchInput, init?: CachedRequestInit): Promise<boolean>
  /** Whether anything is stored for a URL, for whatever method and variant. */
  hasUrl(url: string | URL): Promise<boolean>
  /** Whether anything is stored under a `cacheKey`. */
  contains(cacheKey: string): Promise<boolean>
  /** The stored response that matches this request (§4), fresh or not; follows no redirect, and asks no `filterFn`. */
  match(input: FetchInput, init?: CachedRequestInit): Promise<CachedResponse | undefined>
  /** Each `cacheKey` once for each of its variants. */
  keys(filter?: Filter): AsyncIterable<string>
  /** Each URL once, sorted by code units. */
  urls(filter?: Filter): AsyncIterable<string>
  /** In the order in which they were stored. */
  filter(filter?: Filter): AsyncIterable<CachedEntry>
  /**
   * Where the store has that order (`Store.limits`), no entries are held. Else all are looked at before the first comes, and what is
   * held of each is its key and what it is sorted by, with a `limit` of at most twice as many and a thousand. By `expires` so too
   * where some were stored under other settings: when those expire has to be worked out anew.
   */
  sorted(options?: SortOptions): AsyncIterable<CachedEntry>
  /**
   * As many as `filter` gives. Where it names states only, `valid` among them or none, the store's own count is asked, and looked at
   * is what has expired, if that matters, and what was stored under other settings. The store may count what it can't decode.
   */
  count(filter?: Filter): Promise<number>
  /** What the stored responses take, bodies and all that is kept with them, in bytes. */
  size(): Promise<number>
  stats(): Promise<CacheStats>
  /**
   * Resolves with how many went. What is under way for the URLs, tags or methods that are named is not stored. Nothing selected is
   * an error: all are `clear()`.
   */
  delete(which: Selection, options?: WorkOptions): Promise<number>
  /**
   * Has the next use of them validate with the origin, and leaves them in place. What is under way for the URLs, tags or methods that
   * are named is not stored. Resolves with how many they were.
   */
  invalidate(which: Selection, options?: WorkOptions): Promise<number>
  /** Removes all responses; what is under way is not stored. */
  clear(): Promise<void>
  /**
   * Gives stored responses, by default all, a lifetime from now on, as `expireAfter` of a request does; also those that
   * were invalidated. Resolves with how many they were.
   */
  resetExpiration(expireAfter: Lifetime, which?: Selection, options?: WorkOptions): Promise<number>
  /**
   * Moves what was stored for GET and HEAD to the keys that it has under the present settings; of several that become one
   * the newest stays. What a rule or `keyFn` tells apart by header fields stays where it is, since these are not kept. Resolves
   * with how many moved.
   */
  recreateKeys(options?: WorkOptions): Promise<number>
  /**
   * Stores a response for a request as if it had just been fetched, or received at that time, and resolves when that is done.
   * Uses up its body; with a time, the body is held in memory. False where the settings or HTTP forbid it, or where as new a one is stored.
   */
  save(input: FetchInput, response: Response, init?: CachedRequestInit, received?: Date): Promise<boolean>
  /** Copies all responses that another cache or store has, under the same keys, with dates, tags and lifetimes. */
  update(source: { store(): Promise<Store> } | Store, options?: WorkOptions): Promise<Transfer>
  /**
   * All responses as one portable file: lines of JSON, see docs/portable-format.md. Written as it is read, in bounded memory.
   * Responses that are matched by credentials are left out, but with `secret`. Errors of the options, too, come when it is read.
   */
  export(options?: ExportOptions): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * Stores what a portable file holds, under the keys and with the times that it had. What is stored already, as new or newer,
   * stays. Reads at the store's pace, in bounded memory; an entry is stored when its checksum was right. Who writes the file decides
   * what URLs answer. Rejects with `corrupt`, naming the line; what came before it is stored, of that entry nothing.
   */
  import(source: ImportSource, options?: ImportOptions): Promise<Imported>
  /**
   * Responses as one HAR 1.2 document, for tools that read it; `import` of a portable file moves a cache better, since HAR knows no
   * lifetimes and tags. Written as it is read. Responses that are matched by credentials are left out, and request bodies are not known.
   */
  exportHar(options?: HarOptions): ReadableStream<Uint8Array<ArrayBuffer>>
  /**
   * Stores what browsers' developer tools save: each response that is whole, as if received at its `startedDateTime`, as far as the
   * settings and HTTP allow. The headers that a browser adds by itself are left out of matching; `Cookie` and `Authorization`, where the
   * file has them, are not. Holds the whole document in memory. Rejects with `corrupt` for what is no HAR.
   */
  importHar(source: ImportSource, options?: WorkOptions): Promise<Transfer>
  /** Gives space that is no longer used back to the system, where the backend does not do so by itself. */
  vacuum(): Promise<void>
  /** Reads everything. With `repair`, what is damaged is removed. */
  verify(options?: WorkOptions & { readonly repair?: boolean }): Promise<Verification>
  /** The open store, for wrappers and tools. */
  store(): Promise<Store>
}

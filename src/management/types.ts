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
  /** `valid`: fresh; `invalid`: it can't be read by this release, and all but `cacheKey`, `createdAt` and `size` are empty. */
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

/** By what entries are sorted: `lastUsed` as far as the store keeps count. */
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

/** The stored responses as a collection; by `cacheKey`, of several variants the newest. */
export interface Responses extends AsyncIterable<CachedEntry> {
  /** How many there are, variants counted each. */
  size(): Promise<number>
  keys(): AsyncIterable<string>
  values(): AsyncIterable<CachedResponse>
  entries(): AsyncIterable<readonly [cacheKey: string, response: CachedResponse]>
  get(cacheKey: string): Promise<CachedResponse | undefined>
  has(cacheKey: string): Promise<boolean>
  /** Whether there was one. */
  delete(cacheKey: string): Promise<boolean>
}

/** Part of each cache. All of it asks no origin, works page by page on every backend, and counts as no use of an entry. */
export interface Management {
  readonly responses: Responses
  /** Whether a response is stored that matches this request (§4), fresh or not. */
  has(input: FetchInput, init?: CachedRequestInit): Promise<boolean>
  /** Whether anything is stored for a URL, for whatever method and variant. */
  hasUrl(url: string | URL): Promise<boolean>
  /** Whether anything is stored under a `cacheKey`. */
  contains(cacheKey: string): Promise<boolean>
  /** The stored response that matches this request (§4), fresh or not; asks no origin. */
  match(input: FetchInput, init?: CachedRequestInit): Promise<CachedResponse | undefined>
  /** Each `cacheKey` once for each of its variants. */
  keys(filter?: Filter): AsyncIterable<string>
  /** Each URL once, sorted by code units. */
  urls(filter?: Filter): AsyncIterable<string>
  /** In the order in which they were stored. */
  filter(filter?: Filter): AsyncIterable<CachedEntry>
  sorted(options?: SortOptions): AsyncIterable<CachedEntry>
  count(filter?: Filter): Promise<number>
  /** What the stored responses take, bodies and metadata, in bytes. */
  size(): Promise<number>
  stats(): Promise<CacheStats>
  /** Resolves with how many went. */
  delete(which: Selection, options?: WorkOptions): Promise<number>
  /** Has the next use of them validate with the origin, and leaves them in place. Resolves with how many they were. */
  invalidate(which: Selection, options?: WorkOptions): Promise<number>
  /** Removes all responses. */
  clear(): Promise<void>
  /** Gives stored responses a lifetime from now on, as `expireAfter` of a request does. Resolves with how many they were. */
  resetExpiration(expireAfter: Lifetime, which?: Selection, options?: WorkOptions): Promise<number>
  /** Moves what is stored to the keys that it has under the present settings. Resolves with how many moved. */
  recreateKeys(options?: WorkOptions): Promise<number>
  /** Stores a response for a request as if it had just been fetched. False where the settings or HTTP forbid it. */
  save(input: FetchInput, response: Response, init?: CachedRequestInit): Promise<boolean>
  /** Copies all that another cache or store has, under the same keys. */
  update(source: { store(): Promise<Store> } | Store, options?: WorkOptions): Promise<Transfer>
  /** Gives space that is no longer used back to the system, where the backend does not do so by itself. */
  vacuum(): Promise<void>
  /** Reads everything. With `repair`, what is damaged is removed. */
  verify(options?: WorkOptions & { readonly repair?: boolean }): Promise<Verification>
  /** The open store, for wrappers and tools. */
  store(): Promise<Store>
}

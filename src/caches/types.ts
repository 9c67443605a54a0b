/** The Service Worker standard's interfaces, §5.4 and §5.5, for where the platform's own types are not there. */
import type { FetchInput } from '../cache.ts'

/** As the standard has it. */
export interface CacheQueryOptions {
  /** What follows the `?` makes no difference. Default: false. */
  readonly ignoreSearch?: boolean
  /** A request with any method finds what was stored, which is always for GET. Default: false. */
  readonly ignoreMethod?: boolean
  /** The response's Vary makes no difference. Default: false. */
  readonly ignoreVary?: boolean
}

/** As the standard has it. */
export interface MultiCacheQueryOptions extends CacheQueryOptions {
  /** Looks only into this cache. Default: all of them, in the order of their creation. */
  readonly cacheName?: string
}

/**
 * One named cache, as the standard's `Cache`: a list of requests with their responses, in the order of insertion, where nothing
 * expires and nothing is evicted. All is stored exactly as given, credentials included: what is put here is put on purpose.
 *
 * Methods reject with what the standard has: TypeError for what is not accepted, `InvalidStateError` for duplicates in `addAll`,
 * `AbortError`. Where the store refuses a body as too large, or is full, it is a DOMException `QuotaExceededError`; any other
 * failure of it is a TypeError. The `cause` of both is the StowawayError.
 *
 * Two responses can't be stored: opaque ones, which nobody can read, and those whose status is not 200 to 599.
 */
export interface CacheLike {
  /** The first response that matches; a new object each time, with `url`, `redirected` and `type` as they were. */
  match(request: FetchInput, options?: CacheQueryOptions): Promise<Response | undefined>
  /** All responses that match, or all that there are, in the order of insertion; the array is frozen. */
  matchAll(request?: FetchInput, options?: CacheQueryOptions): Promise<readonly Response[]>
  /** `addAll` with one request. */
  add(request: FetchInput): Promise<undefined>
  /**
   * Fetches all, with the fetch underneath and so past the HTTP cache, and stores all of them or none, also when the process
   * dies meanwhile. One response that is not ok, is a 206 or varies by `*` ends it with TypeError and aborts the others.
   */
  addAll(requests: Iterable<FetchInput>): Promise<undefined>
  /**
   * Reads the response's body to its end, in bounded memory, and stores it in place of those that match the request. Refuses
   * with TypeError: other methods than GET and other schemes than http(s), a 206, `Vary: *`, a body that is used or locked.
   */
  put(request: FetchInput, response: Response): Promise<undefined>
  /** Whether anything matched, and went. */
  delete(request: FetchInput, options?: CacheQueryOptions): Promise<boolean>
  /** The requests, as they were given, of those that match, or of all; the array is frozen. */
  keys(request?: FetchInput, options?: CacheQueryOptions): Promise<readonly Request[]>
}

/** As the standard's `CacheStorage`, over a store. */
export interface CacheStorageLike {
  /** The first response that matches in any of the caches, in the order of their creation. */
  match(request: FetchInput, options?: MultiCacheQueryOptions): Promise<Response | undefined>
  has(cacheName: string): Promise<boolean>
  /** The cache of that name, which may be any text; it is made where there is none. */
  open(cacheName: string): Promise<CacheLike>
  /**
   * Whether there was one. An object that `open` gave before goes on with what it has, as the standard wants it, until it is
   * collected or the cache is closed, when its data go too; objects in other processes find it empty at once.
   */
  delete(cacheName: string): Promise<boolean>
  /** The names, in the order of creation. */
  keys(): Promise<string[]>
}

/** What users write. Everything here is types, and none needs more than what lib.dom, Node's and Workers' types all have. */
import type { Store } from '../store.ts'
import type { Duration, Lifetime } from './duration.ts'

/** What may be said for the whole cache, for a rule and for one request; per member the narrower wins. */
export interface Settings {
  /**
   * How long a response counts as fresh. From a request or a rule it replaces what the response says (RFC 9111 §4.2.1);
   * from the cache it holds where the response says nothing, in place of the heuristic (§4.2.2). Never overrides `no-store`
   * unless `cacheControl` is false. Default: the heuristic, or `NEVER_EXPIRE` with `cacheControl: false`.
   */
  readonly expireAfter?: Lifetime
  /** False: `expireAfter` decides whether and how long, not the response's headers ("force caching"). Default: true. */
  readonly cacheControl?: boolean
  /**
   * Serve stale, for so long past freshness, when the origin fails (RFC 5861 §4). True: without limit; false: never.
   * Default: as the response says.
   */
  readonly staleIfError?: boolean | Duration
  /**
   * Serve stale, for so long past freshness, and refresh in the background (RFC 5861 §3). True: without limit; false: never.
   * Default: as the response says.
   */
  readonly staleWhileRevalidate?: boolean | Duration
  /** Never ask the origin: a miss is a 504 (RFC 9111 §5.2.1.7). Default: false. */
  readonly onlyIfCached?: boolean
  /** Validate with the origin before each use, however fresh. Default: false. */
  readonly alwaysRevalidate?: boolean
  /** Request headers that take part in matching, as if the response's `Vary` named them; true: all. Default: none. */
  readonly matchHeaders?: readonly string[] | true
  /**
   * Names whose value does not take part in matching (the name does) and is redacted in what is stored: query parameters,
   * headers, members of JSON and form bodies. Case-insensitive. Adds to the default list, whose values are redacted but matched.
   */
  readonly ignoredParameters?: readonly string[]
  /** Statuses that are stored with `cacheControl: false`. Default: 200. */
  readonly allowableCodes?: readonly number[]
  /** Methods that use the cache. Case-insensitive. Default: GET and HEAD. */
  readonly allowableMethods?: readonly string[]
  /** Which differences between two queries do not count, whatever the response's No-Vary-Search says. Default: all count. */
  readonly noVarySearch?: NoVarySearchOption
}

/** The members of No-Vary-Search (draft-ietf-httpbis-no-vary-search). */
export interface NoVarySearchOption {
  /** The order of the parameters does not count, but that of repeated ones. Default: false. */
  readonly keyOrder?: boolean
  /** True: no parameter counts but those in `except`; a list: these do not. Default: all count. */
  readonly params?: boolean | readonly string[]
  /** Only with `params: true`. Default: none. */
  readonly except?: readonly string[]
}

/** `init.httpCache`: for one request. */
export interface RequestOptions extends Settings {
  /** Validate with the origin before use, as `cache: 'no-cache'` does. Default: false. */
  readonly refresh?: boolean
  /** Ignore what is stored and replace it, as `cache: 'reload'` does. Default: false. */
  readonly forceRefresh?: boolean
  /** Keeps the process alive for work that outlasts the response; takes the place of the cache's. */
  readonly waitUntil?: WaitUntil
}

export type WaitUntil = (work: Promise<unknown>) => void

/** What a rule's function, and `keyFn`, are told of a request. */
export interface RequestLike {
  readonly url: string
  readonly method: string
  readonly headers: { get(name: string): string | null }
}

/** A `URLPattern`, native or not. */
export interface URLPatternLike {
  readonly hostname: string
  readonly pathname: string
  test(url: string): boolean
}

/**
 * Which requests a rule is for; the fragment never counts.
 * - `'/image/*'`: a pathname on any origin; `'*'`: everything.
 * - `'site.com'`: that host at its default port with any path, by http and https; `'site.com/a/*'`, `'site.com:8080'`,
 *   `'site.com:*'` (any port), `'[::1]:3000/*'`, `'https://site.com/*'`, `'*.site.com'` (subdomains, not `site.com` itself).
 *   The rest of the syntax is URLPattern's.
 * - The query is free unless named: `'/search?q=*'`.
 * - A RegExp is searched for in the whole URL; its flags `g` and `y` do not count.
 * - A function is asked each time; only `true` is a match.
 */
export type Match = string | RegExp | URLPatternLike | ((request: RequestLike) => boolean)

export interface Rule extends Settings {
  readonly match: Match
}

/**
 * The first rule that matches holds. As a record, from pattern to lifetime or settings, in the order in which JavaScript keeps
 * an object's names: as written, but names that are whole numbers come first. An array keeps any order.
 */
export type Rules =
  // Without the second, a rule's function would be taken for `String.prototype.match` in what an editor infers.
  { readonly [pattern: string]: Lifetime | Settings; readonly [index: number]: never } | readonly Rule[]

export interface CacheOptions extends Settings {
  /** Where responses are kept: a backend's name in any case, or a store. Default: what the runtime persists to. */
  readonly backend?: string | Store
  /** Names the store within the backend. Not with a store object. Default: `'http_cache'`. */
  readonly name?: string
  /**
   * The file or directory, as text or a `file:` URL, where the backend has one. Not with a store object, nor with memory.
   * Default: from `name`, in the working directory.
   */
  readonly path?: string | URL
  /** Settings for some requests; the first that matches holds. Default: none. */
  readonly rules?: Rules
  /** One cache for several users, which keeps nothing `private` (RFC 9111 §3, §3.5). Default: false. */
  readonly shared?: boolean
  /** Targeted fields, such as `'CDN-Cache-Control'`, most important first (RFC 9213). Only with `shared: true`. Default: none. */
  readonly targets?: readonly string[]
  /** Separates users whose credentials the cache can't see: only entries of the same partition answer. Default: none. */
  readonly partition?: string
  /** Budget in bytes. Not with a store object, which has its own. Default: 64 MiB in memory, 1 GiB where it persists. */
  readonly maxBytes?: number
  /** Budget in entries. Not with a store object. Default: unlimited. */
  readonly maxEntries?: number
  /** Largest body that is stored, in bytes. Not with a store object. Default: half of `maxBytes`. */
  readonly maxEntryBytes?: number
  /** What a request is matched by, in place of its URL. */
  readonly keyFn?: (request: RequestLike) => string
  /** The fetch underneath. Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: typeof globalThis.fetch
  /** The clock, in ms since the epoch. Default: `Date.now`. */
  readonly now?: () => number
  /** Hears of each failure that a fetch survived. Default: nothing. */
  readonly onError?: (error: Error) => void
  /** Keeps the process alive for work that outlasts a response, such as `ctx.waitUntil` in a Worker. Default: nothing. */
  readonly waitUntil?: WaitUntil
}

/** What users write. Everything here is types, and none needs more than what lib.dom, Node's and Workers' types all have. */
import type { Plain, Store } from '../store.ts'
import type { CachedResponse } from '../response.ts'
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
   * headers, members of JSON bodies at any depth, and of forms. `*` stands for any characters: `'utm_*'`. A path leads from the
   * root of a JSON body: `'user.token'`, `'items[*].id'`, `'$.token'`. Case-insensitive. Those of cache, rule and request add
   * up with the default list, whose values are redacted but matched. With JSON-RPC, do not ignore `id`: the stored response
   * carries that of the request that fetched it.
   */
  readonly ignoredParameters?: readonly string[]
  /** Statuses that are stored with `cacheControl: false`. Default: 200. */
  readonly allowableCodes?: readonly number[]
  /**
   * Methods that use the cache. Case-insensitive. A request with `X-HTTP-Method-Override`, `X-HTTP-Method` or
   * `X-Method-Override` uses it only if that method is among them too. Default: GET, HEAD and QUERY (RFC 10008).
   */
  readonly allowableMethods?: readonly string[]
  /**
   * Which operations of GraphQL (`'query:name'`, `mutation`, `subscription`) and JSON-RPC 2.0 (`'call:method'`) use the cache,
   * where their method does; `*` stands for any characters. All others pass by, and invalidate nothing that is stored of the
   * same method. What can't be told counts as a mutation; a persisted query without its text has to be named without `*`; a
   * notification always passes by. Default: `['query:*']`.
   */
  readonly operations?: readonly string[]
  /**
   * Labels of what is stored, to find and to delete it by: at most 1024 characters each, without control characters. Those of
   * cache, rule and request add up with those of the response's Cache-Tag and Surrogate-Key, at most 128 in all. Default: none.
   */
  readonly tags?: readonly string[]
  /** The cache has no part in it, as with `DO_NOT_CACHE`: nothing is read, written or deleted. Default: false. */
  readonly disabled?: boolean
  /**
   * Serve what is stored and change nothing: no response is stored, updated by a 304 or invalidated, no use is counted, and
   * nothing stale is refreshed behind the answer. Default: false.
   */
  readonly readOnly?: boolean
  /** Which responses are stored and served, beside what HTTP and the other settings allow. Default: all. */
  readonly filterFn?: FilterFn
  /** What a request is matched by, in place of its URL and body; not in place of its method and credentials. Default: those. */
  readonly keyFn?: (request: RequestLike) => string
  /** Which differences between two queries do not count, whatever the response's No-Vary-Search says. Default: all count. */
  readonly noVarySearch?: NoVarySearchOption
}

/**
 * Asked once for each response of the origin that would be stored (false: the caller gets it, and it is not stored), and once
 * for each stored one before it is served or validated (false: it is deleted, unless `readOnly`, and the origin is asked).
 * A 304 is not asked about, nor a 504 made here. It may read the body, which is its own until it has answered; nobody's answer
 * waits for it on a miss, so that a body over 1 MiB has to be read from the beginning on and without a pause of a second, or
 * is gone. What it throws counts as false, and `onError` hears of it.
 */
export type FilterFn = (response: CachedResponse) => boolean | Promise<boolean>

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

/**
 * - `'online'`: what is not answered from the store is asked of the origin.
 * - `'offline'`: the origin is never asked, by whatever method: what is stored is served however stale, and what is not
 *   stored is a 504 that says so.
 * - `'record'`: each request goes to the origin, and its response is stored for ever, whatever its headers and settings say:
 *   all methods, matched by body too, and all statuses but 304. What can't be recorded (an event stream, a body that was
 *   sent as a stream, an answer that leads on by a secret) reaches the caller, and `onError` hears `not-recorded`.
 * - `'replay'`: what was recorded is served, nothing is written, and the origin is never asked: a request that was not recorded
 *   rejects with `not-recorded`, which names it and those recorded that are most like it.
 *
 * In the last two, credentials do not tell requests apart, so that a recording serves those who have others; `matchHeaders` can
 * name the ones that do. Their default backend is `filesystem` where the runtime has it. Rules and requests can't change the mode; what
 * they disable is not recorded.
 */
export type WorkMode = 'online' | 'offline' | 'record' | 'replay'

/** What turns a stored response's metadata into bytes and back. */
export interface CodecLike {
  /** Stored beside the data: what another codec wrote can't be read. */
  readonly name: string
  encode(value: Plain): Uint8Array
  decode(bytes: Uint8Array): unknown
}

/** What only some backends have. Refused where the chosen one has not, and with a store object, which is made with its own. */
export interface BackendSettings {
  /**
   * sqlite, filesystem: in the folder `stowaway` of the user's cache directory (`$XDG_CACHE_HOME` or `~/.cache`, on macOS
   * `~/Library/Caches`, on Windows `%LOCALAPPDATA%`). Not with an absolute `path`. Default: false.
   */
  readonly useCacheDir?: boolean
  /** sqlite, filesystem: in a folder for temporary files, which the system may empty. Not with an absolute `path`. Default: false. */
  readonly useTemp?: boolean
  /** sqlite: a database in memory, which goes with the cache. Not with `path`. Default: false. */
  readonly useMemory?: boolean
  /** sqlite: false for a rollback journal, where a write keeps readers waiting; for file systems on which WAL can't work. Default: true. */
  readonly wal?: boolean
  /** sqlite: waits for no disk, so that the system's crash, but not the program's, may damage the file, which is then begun anew. Default: false. */
  readonly fastSave?: boolean
  /** sqlite: how long a write tries again while another process holds the lock; a minute at most. A number is seconds. Default: 5 s. */
  readonly busyTimeout?: Duration
  /**
   * sqlite, filesystem: what metadata is written with: `msgpack`, `json`, `yaml` and `bson` (which need the packages of these
   * names), or one of your own. Default: `msgpack`, or for filesystem a line of JSON.
   */
  readonly codec?: string | CodecLike
  /** filesystem: what the names of entries' files end with; `''` for nothing. Default: the codec's name, if one is given. */
  readonly extension?: string
}

export interface CacheOptions extends Settings, BackendSettings {
  /**
   * Where responses are kept: a backend's name in any case, or a store. Default: what the runtime persists to. While it can't be
   * opened requests go to the origin, and the first that comes 10 s after a failure tries again.
   */
  readonly backend?: string | Store
  /** Names the store within the backend: its file, to which `.sqlite` is added, or folder. Not with a store object. Default: `'http_cache'`. */
  readonly name?: string
  /**
   * The file or directory, as written, as text or a `file:` URL, where the backend has one; a `~` that begins it is the home
   * directory. Not with a store object, nor with memory. Default: from `name`, in the working directory.
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
  /** How the origin takes part. Default: `'online'`. */
  readonly mode?: WorkMode
  /** The fetch underneath. Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: typeof globalThis.fetch
  /** The clock, in ms since the epoch. Default: `Date.now`. */
  readonly now?: () => number
  /** Hears of each failure that a fetch survived. Default: nothing. */
  readonly onError?: (error: Error) => void
  /** Keeps the process alive for work that outlasts a response, such as `ctx.waitUntil` in a Worker. Default: nothing. */
  readonly waitUntil?: WaitUntil
}

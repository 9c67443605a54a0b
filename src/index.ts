export { cachedFetch, createCache } from './cache.ts'
export type { Cache, CachedRequestInit } from './cache.ts'
export type { CacheLike, CacheQueryOptions, CacheStorageLike, MultiCacheQueryOptions } from './caches/types.ts'
export { StowawayError } from './errors.ts'
export type { ErrorCode } from './errors.ts'
export type { CacheEvents, EventName, Listener } from './events.ts'
export type { Explanation, StoredExplanation } from './explain.ts'
export { disabled, enabled, getCache, installCache, isInstalled, uninstallCache } from './install.ts'
export type { InstallOptions, Installed } from './install.ts'
export type {
  CachedEntry,
  CacheStats,
  ExportOptions,
  Filter,
  HarOptions,
  ImportOptions,
  ImportSource,
  Imported,
  Management,
  Progress,
  Responses,
  Selected,
  Selection,
  SortKey,
  SortOptions,
  Transfer,
  Verification,
  WorkOptions,
} from './management/types.ts'
export { DO_NOT_CACHE, EXPIRE_IMMEDIATELY, NEVER_EXPIRE } from './options/duration.ts'
export type { Duration, DurationParts, Lifetime, TemporalDurationLike } from './options/duration.ts'
export type {
  CacheOptions,
  FilterFn,
  Match,
  NoVarySearchOption,
  RequestLike,
  RequestOptions,
  Rule,
  Rules,
  Settings,
  URLPatternLike,
  WaitUntil,
  WorkMode,
} from './options/types.ts'
export type { CachedProperties, CachedResponse } from './response.ts'

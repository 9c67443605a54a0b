/** What the named caches work with. */
import { StowawayError } from '../errors.ts'
import type { Fetch } from '../exchange/upstream.ts'
import type { Key, Meta, Store } from '../store.ts'

export interface Context {
  /** The open store. Rejects with what is wrong with it, or `closed`. */
  readonly store: () => Promise<Store>
  /** The fetch underneath. */
  readonly fetch: () => Fetch
  readonly now: () => number
  readonly readOnly: boolean
  readonly report: (error: unknown) => void
}

export const DAY = 86_400_000
export const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array()

/** Throws `read-only`. */
export function refuseReadOnly({ readOnly }: Context): void {
  if (readOnly) throw new StowawayError('read-only', 'caches: the cache is readOnly')
}

/** Of what is never reclaimed nor fresh. */
export const metaOf = (variant: string, createdAt: number, envelope: Meta['envelope'] = {}): Meta => ({
  variant,
  createdAt,
  reclaimAt: null,
  expiresAt: null,
  basis: '',
  tags: [],
  envelope,
})

export const keyOf = (namespace: string, url: string, selector = ''): Key => ({ namespace, url, selector })

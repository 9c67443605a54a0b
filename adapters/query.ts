/** What a query asks for, where a backend has to look at each entry itself. */
import type { Entry, Meta, Order, Query } from '../src/store.ts'

/** What is looked at of metadata; tags may be left for later. */
export type Facts = Pick<Meta, 'reclaimAt' | 'expiresAt' | 'basis' | 'createdAt'> & Partial<Pick<Meta, 'tags'>>

/** Whether an entry with these facts is asked for. Namespace and URL are for the caller to look at. */
export function isWanted(
  { reclaimableAt = Infinity, expired, createdBefore = Infinity, tag }: Query,
  { reclaimAt, expiresAt, basis, createdAt, tags }: Facts,
): boolean {
  if ((reclaimAt ?? Infinity) > reclaimableAt || createdAt >= createdBefore) return false
  if (expired && basis === expired.basis && (expiresAt ?? Infinity) > expired.at) return false
  return tag === undefined || !tags || tags.includes(tag)
}

/** By what an entry is ordered; `null` comes last. */
export function valueOf(order: Order, { key, meta, size }: Entry, usedAt: number): number | string {
  switch (order) {
    case 'createdAt':
      return meta.createdAt
    case 'expiresAt':
      return meta.expiresAt ?? Infinity
    case 'size':
      return size
    case 'url':
      return key.url
    case 'usedAt':
      return usedAt
  }
}

/** What is sorted: one value, and where that is the same the order of insertion. */
export type Ranked = readonly [value: number | string, insertion: number]

/** For `sort`; strings by code units. */
export function comparison<T>(rank: (item: T) => Ranked, descending = false): (a: T, b: T) => number {
  const sign = descending ? -1 : 1
  return (a, b) => {
    const [[one, first], [other, second]] = [rank(a), rank(b)]
    if (one === other) return sign * (first - second)
    return one < other ? -sign : sign
  }
}

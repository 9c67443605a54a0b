import { expect, test } from 'vitest'
import { formatCacheStatus } from '../../../src/standards/cache-status.ts'
import type { CacheStatus } from '../../../src/standards/cache-status.ts'

test.each<[string, CacheStatus]>([
  ['stowaway', {}],
  ['stowaway;hit;ttl=376', { hit: true, ttl: 376.9 }],
  ['stowaway;hit;ttl=-412', { hit: true, ttl: -412 }],
  ['stowaway;hit', { hit: true, ttl: Infinity }],
  ['stowaway;fwd=stale;fwd-status=304', { fwd: 'stale', fwdStatus: 304 }],
  ['stowaway;fwd=uri-miss;stored;collapsed=?0', { fwd: 'uri-miss', stored: true, collapsed: false }],
  ['stowaway;fwd=bypass;detail=no-store', { fwd: 'bypass', detail: 'no-store' }],
  ['stowaway;fwd=request;detail="RFC 9111 section 4 \\"x\\", y"', { fwd: 'request', detail: 'RFC 9111 §4 "x", y' }],
])('RFC 9211: %s', (expected, status) => expect(formatCacheStatus(status)).toBe(expected))

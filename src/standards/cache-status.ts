/** RFC 9211 */
import { serializeParameter } from './structured-values.ts'

/** How one request was handled. `hit` and `fwd` exclude each other. */
export interface CacheStatus {
  readonly hit?: true
  readonly fwd?: 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial'
  readonly fwdStatus?: number
  /** Remaining freshness in seconds, negative when stale; left out where it is not finite. */
  readonly ttl?: number
  readonly stored?: boolean
  readonly collapsed?: boolean
  readonly detail?: string
}

/** The member of this cache, to be appended to the Cache-Status of those before it. */
export function formatCacheStatus({ hit, fwd, fwdStatus, ttl, stored, collapsed, detail }: CacheStatus): string {
  let text = 'stowaway'
  const add = (key: string, value: string | number | boolean | undefined): void => {
    if (value !== undefined) text += serializeParameter(key, value)
  }
  add('hit', hit)
  add('fwd', fwd)
  add('fwd-status', fwdStatus)
  add('ttl', Number.isFinite(ttl) ? ttl : undefined)
  add('stored', stored)
  add('collapsed', collapsed)
  // A string is ASCII.
  add('detail', detail?.replaceAll('§', 'section '))
  return text
}

/** §3.2, for 304 and HEAD alike. */
import type { Field } from './3-storing.ts'

/**
 * Not updated: Content-Length (§3.2), the validator that the update was chosen by, and what describes the stored bytes,
 * which were decoded as they arrived.
 */
const KEPT = new Set([
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'repr-digest',
  'content-digest',
])

/** The stored fields with those of the newer response in place of their namesakes; `update` holds storable fields only. */
export function updateFields(stored: readonly Field[], update: readonly Field[]): Field[] {
  const replaced = new Set(update.map(([name]) => name).filter((name) => !KEPT.has(name)))
  const known = new Set(stored.map(([name]) => name))
  return [
    ...stored.filter(([name]) => !replaced.has(name)),
    ...update.filter(([name]) => replaced.has(name) || (!known.has(name) && name === 'etag')),
  ]
}

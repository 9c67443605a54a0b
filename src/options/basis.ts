import type { ParsedCacheOptions } from './settings.ts'

/**
 * Names all settings of a cache that a lifetime can come from, so that what was worked out under others, or written in
 * another layout, can be told. A rule's function may change its mind, and is another in each process.
 */
export function basisOf({ rules, settings, shared, targets }: ParsedCacheOptions, version: number): string {
  const { cacheControl, expireAfter } = settings
  const text = JSON.stringify(
    { rules, cacheControl, expireAfter, shared: shared || undefined, targets },
    (name, value) => (name === 'keyFn' || name === 'filterFn' ? undefined : told(value)),
  )
  return text === '{"targets":[]}' ? `${version}` : `${version}.${hash(text)}`
}

function told(value: unknown): unknown {
  if (typeof value === 'function') return crypto.randomUUID()
  if (value === Infinity) return 'never'
  if (value instanceof RegExp) return String(value)
  // A URLPattern keeps what it is made of on its prototype.
  if (typeof value !== 'object' || value === null || !('pathname' in value) || Object.hasOwn(value, 'pathname'))
    return value
  const parts: Record<string, unknown> = {}
  // Each of them is a getter.
  for (const name of PARTS) parts[name] = Reflect.get(value, name)
  return parts
}

const PARTS = ['protocol', 'username', 'password', 'hostname', 'port', 'pathname', 'search', 'hash'] as const

/** FNV-1a: it need only differ, and is stored with each entry. */
function hash(text: string): string {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return (sum >>> 0).toString(36)
}

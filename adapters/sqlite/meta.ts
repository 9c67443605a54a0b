import type { Envelope, Meta } from '../../src/store.ts'
import type { Codec } from '../codec.ts'

/** Metadata as one record. A list, not an object: the names would take more room than some values. */
export function encodeMeta(codec: Codec, meta: Meta): Uint8Array {
  const { variant, createdAt, reclaimAt, expiresAt, basis, tags, envelope } = meta
  return codec.encode([variant, createdAt, reclaimAt, expiresAt, basis, tags, envelope])
}

/** Throws on what `encodeMeta` never gives. */
export function decodeMeta(codec: Codec, bytes: Uint8Array): Meta {
  const record: unknown = codec.decode(bytes)
  if (!Array.isArray(record) || record.length !== 7) throw new TypeError('No record of metadata')
  const fields: readonly unknown[] = record
  const [variant, createdAt, reclaimAt, expiresAt, basis, tags, envelope] = fields
  if (typeof variant !== 'string' || typeof createdAt !== 'number') throw new TypeError('No variant or time')
  if (typeof reclaimAt !== 'number' && reclaimAt !== null) throw new TypeError('No time to reclaim at')
  if (typeof expiresAt !== 'number' && expiresAt !== null) throw new TypeError('No time to expire at')
  if (typeof basis !== 'string' || !Array.isArray(tags) || !isEnvelope(envelope))
    throw new TypeError('No basis, tags or envelope')
  return { variant, createdAt, reclaimAt, expiresAt, basis, tags: tags.map(String), envelope }
}

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

import type { Envelope, Meta } from '../../src/store.ts'
import type { Codec } from '../codec.ts'

/** Metadata as one record. A list, not an object: the names would take more room than some values. */
export function encodeMeta(codec: Codec, { variant, createdAt, reclaimAt, tags, envelope }: Meta): Uint8Array {
  return codec.encode([variant, createdAt, reclaimAt, tags, envelope])
}

/** Throws on what `encodeMeta` never gives. */
export function decodeMeta(codec: Codec, bytes: Uint8Array): Meta {
  const record: unknown = codec.decode(bytes)
  if (!Array.isArray(record) || record.length !== 5) throw new TypeError('No record of metadata')
  const fields: readonly unknown[] = record
  const [variant, createdAt, reclaimAt, tags, envelope] = fields
  if (typeof variant !== 'string' || typeof createdAt !== 'number') throw new TypeError('No variant or time')
  if (typeof reclaimAt !== 'number' && reclaimAt !== null) throw new TypeError('No time to reclaim at')
  if (!Array.isArray(tags) || !isEnvelope(envelope)) throw new TypeError('No tags or envelope')
  return { variant, createdAt, reclaimAt, tags: tags.map(String), envelope }
}

const isEnvelope = (value: unknown): value is Envelope =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

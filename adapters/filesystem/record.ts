import { crc32 } from 'node:zlib'
import type { Key, Meta, Plain } from '../../src/store.ts'
import { bodyName, isVersion } from './layout.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** The first line of a record's file. */
export interface Header {
  readonly key: Key
  readonly meta: Meta
  readonly version: string
  readonly size: number
  /** The file beside the record that holds the body; null: it follows the line. */
  readonly body: string | null
  /** CRC-32 of a body that follows the line. */
  readonly sum: number
}

/** The content of a record's file: a line that says all, then the body where it is small. */
export function encode(header: Header, bytes: Uint8Array): Buffer<ArrayBuffer> {
  const line = Buffer.from(`${JSON.stringify(fieldsOf(header))}\n`)
  // Memory of its own, since readers get a view of it.
  const content = Buffer.allocUnsafeSlow(line.length + bytes.length)
  content.set(line)
  content.set(bytes, line.length)
  return content
}

/** A header as it is written. */
export function fieldsOf(header: Header): { readonly [name: string]: Plain } {
  const { key, meta, version, size, body, sum } = header
  const { variant, createdAt, reclaimAt, expiresAt, basis, tags, envelope } = meta
  const { namespace, url, selector } = key
  return {
    stowaway: 1,
    namespace,
    url,
    selector,
    variant,
    version,
    createdAt,
    reclaimAt,
    expiresAt,
    basis,
    tags,
    size,
    body,
    sum,
    envelope,
  }
}

export const checksum = (bytes: Uint8Array): number => crc32(bytes)

/** Undefined for all that `encode` has not made. */
export function decode(line: string): Header | undefined {
  try {
    // JSON.parse gives JSON's values.
    return headerOf(JSON.parse(line) as Plain)
  } catch {
    return undefined
  }
}

const isTags = (value: Plain | undefined): boolean =>
  Array.isArray(value) && value.every((tag) => typeof tag === 'string')

/** Undefined for all that `fieldsOf` does not give. */
export function headerOf(value: Plain): Header | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  // What is neither an array nor null is an object of plain values.
  const fields = value as { readonly [name: string]: Plain }
  const { stowaway, namespace, url, selector, variant, version, createdAt, reclaimAt, size, body, sum } = fields
  const { expiresAt, basis, tags, envelope } = fields
  if (stowaway !== 1 || !isVersion(version) || (body !== null && body !== bodyName(version))) return undefined
  if (![namespace, url, selector, variant, basis].every((part) => typeof part === 'string')) return undefined
  // Text may say more than a number holds.
  if (![createdAt, sum, reclaimAt ?? 0, expiresAt ?? 0].every(Number.isFinite)) return undefined
  if (!Number.isSafeInteger(size) || Number(size) < 0) return undefined
  if (!isTags(tags) || typeof envelope !== 'object' || envelope === null) return undefined
  const key = { namespace, url, selector }
  const meta = { variant, createdAt, reclaimAt, expiresAt, basis, tags, envelope }
  // Each member's type was looked at above, which the compiler can't follow through `every`.
  return { key, meta, version, size, body, sum } as unknown as Header
}

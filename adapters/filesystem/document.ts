/** Records as documents that people read: one file says all, the body as text where that is lossless. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Plain } from '../../src/store.ts'
import type { Codec } from '../codec.ts'
import { type Found, ifThere, LONGEST_RECORD } from './files.ts'
import { type Bytes, checksum, fieldsOf, type Header, headerOf } from './record.ts'

interface Whole {
  readonly header: Header
  readonly bytes: Bytes | undefined
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function encodeDocument(codec: Codec, header: Header, bytes: Uint8Array): Buffer<ArrayBuffer> {
  const body = header.body === null ? bodyFields(bytes) : {}
  return Buffer.from(codec.encode({ ...fieldsOf(header), ...body }))
}

/** UTF-8 that is valid comes back from text as it was, byte for byte. */
function bodyFields(bytes: Uint8Array): { readonly [name: string]: Plain } {
  try {
    return { text: utf8.decode(bytes) }
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

/** Undefined for all that `encodeDocument` has not made, but for changes by hand that leave it whole. */
export function decodeDocument(codec: Codec, content: Uint8Array): Whole | undefined {
  try {
    // A codec gives back plain values.
    const value = codec.decode(content) as Plain
    const header = headerOf(value)
    if (!header) return undefined
    return { header, bytes: header.body === null ? bodyOf(value) : undefined }
  } catch {
    return undefined
  }
}

function bodyOf(value: Plain): Bytes | undefined {
  // What has a header is an object.
  const { text, base64 } = value as { readonly [name: string]: Plain }
  if (typeof text === 'string') return new Uint8Array(Buffer.from(text))
  return typeof base64 === 'string' ? new Uint8Array(Buffer.from(base64, 'base64')) : undefined
}

export function readDocument(
  path: string,
  decode: (content: Uint8Array) => Whole | undefined,
): Found | 'corrupt' | undefined {
  const fd = ifThere(() => openSync(path, 'r'))
  if (fd === undefined) return undefined
  try {
    const { size, mtimeMs } = fstatSync(fd)
    const content = Buffer.allocUnsafeSlow(Math.min(size, LONGEST_RECORD))
    const length = readSync(fd, content, 0, content.length, 0)
    const whole = length === size ? decode(content) : undefined
    if (!whole || !isWhole(whole)) return 'corrupt'
    // Stands for the content, which may be large, where versions are compared.
    const line = Buffer.from(createHash('sha256').update(content).digest())
    return { ...whole, length, usedAt: mtimeMs, line }
  } finally {
    closeSync(fd)
  }
}

function isWhole({ header: { body, size, sum }, bytes }: Whole): boolean {
  return body === null ? bytes?.length === size && checksum(bytes) === sum : true
}

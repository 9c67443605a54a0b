/** The part of a record that is sealed, as text. */
import type { Envelope, Key, Meta } from '../../src/store.ts'
import type { Bytes } from '../bytes.ts'
import { fromBase64, toBase64 } from './base64.ts'
import type { Opened } from './scheme.ts'

/** JSON escapes what UTF-8 would lose. */
export function encodeOpened({ key: { namespace, url, selector }, meta, secret }: Opened): string {
  return JSON.stringify([namespace, url, selector, meta.variant, meta.tags, meta.envelope, toBase64(secret)])
}

interface Decoded {
  readonly id: string
  readonly key: Key
  readonly meta: Pick<Meta, 'variant' | 'tags' | 'envelope'>
  readonly secret: Bytes
}

/** Of what was found to be authentic, and so as `encodeOpened` made it. */
export function decodeOpened(id: string, text: string): Decoded {
  // See above.
  const [namespace, url, selector, variant, tags, envelope, secret] = JSON.parse(text) as [
    ...[namespace: string, url: string, selector: string, variant: string],
    ...[tags: string[], envelope: Envelope, secret: string],
  ]
  return { id, key: { namespace, url, selector }, meta: { variant, tags, envelope }, secret: fromBase64(secret) }
}

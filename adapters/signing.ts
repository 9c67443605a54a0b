import { checkStore, refuseUnknown } from './budget.ts'
import type { Entry, Key, Meta, Plain, Store } from '../src/store.ts'
import { joined } from './bytes.ts'
import type { Seal } from './wrapper/blocks.ts'
import { fromBase64, toBase64 } from './wrapper/base64.ts'
import { keyringOf, type Keyring, type NamedKey } from './wrapper/keyring.ts'
import type { KeyedStore, Opened } from './wrapper/scheme.ts'
import { createSealed } from './wrapper/sealed.ts'

export type { KeyedStore, NamedKey }

export interface SigningOptions {
  /** At least one. The first one signs, all of them verify. */
  readonly keys: readonly NamedKey[]
}

const NAME = 'stowaway/signing'
const VERSION = 1
const MAC_BYTES = 32

const encoder = new TextEncoder()

/**
 * Signs all that a store keeps with HMAC-SHA-256, and hides nothing. The signature covers key, metadata and body; a body is
 * signed in blocks of 64 KiB, each with its place, and checked as it is read. What was changed, cut or moved to another key by
 * others, or signed with no key that is given, is a miss and is told of as an `error` event with code `corrupt`; what was changed
 * is removed as well. In the middle of a large body it ends the stream with `gone`.
 * Putting back an older copy of a whole record is not noticed.
 *
 * To change keys, put the new one first, everywhere; call `rotate`, or wait until the old entries have expired; then drop
 * the old key.
 *
 * @throws {StowawayError} `unknown-option`, `invalid-option`
 */
export function withSigning(store: Store, options: SigningOptions): KeyedStore {
  checkStore(store)
  refuseUnknown(options, ['keys'])
  const keyring = keyringOf(options.keys)
  return createSealed(store, {
    ids: keyring.ids,
    overhead: MAC_BYTES,
    nameOf: (_id, _part, text) => text,
    translate: (event) => event,
    async seal({ id, meta, secret }, at) {
      // Text, since a store may keep an object's members in another order.
      const signed = { key: id, secret: toBase64(secret), text: JSON.stringify(meta.envelope) }
      const key = await keyring.key(id, 'records', 'HMAC')
      const mac = await crypto.subtle.sign('HMAC', key, contextOf(at, meta, signed))
      return { ...meta, envelope: { [NAME]: VERSION, ...signed, mac: toBase64(new Uint8Array(mac)) } }
    },
    async unseal({ key: at, meta }: Entry) {
      const { [NAME]: version, key: id, secret, text, mac } = meta.envelope
      if (version !== VERSION || typeof id !== 'string' || !keyring.ids.includes(id)) return undefined
      if (typeof text !== 'string') throw new TypeError('Not signed')
      const key = await keyring.key(id, 'records', 'HMAC')
      const context = contextOf(at, meta, { key: id, secret, text })
      if (!(await crypto.subtle.verify('HMAC', key, fromBase64(mac), context))) throw new TypeError('Not signed')
      // As it was when it was signed: an envelope.
      const envelope = JSON.parse(text) as Meta['envelope']
      return { id, key: at, meta: { ...meta, envelope }, secret: fromBase64(secret) }
    },
    blocks: (opened) => blocksOf(keyring, opened),
  })
}

type Signed = { readonly [Name in 'key' | 'secret' | 'text']: Plain | undefined }

function contextOf({ namespace, url, selector }: Key, meta: Meta, signed: Signed): Uint8Array<ArrayBuffer> {
  const { variant, createdAt, reclaimAt, expiresAt, basis, tags } = meta
  const parts = [NAME, VERSION, namespace, url, selector, variant, createdAt, reclaimAt, expiresAt, basis, tags]
  return encoder.encode(JSON.stringify([...parts, signed.key, signed.secret, signed.text]))
}

async function blocksOf(keyring: Keyring, { id, secret }: Opened): Promise<Seal> {
  const key = await keyring.key(id, 'bodies', 'HMAC')
  const length = secret.length + 12
  return {
    overhead: MAC_BYTES,
    async seal(block, place) {
      const mac = await crypto.subtle.sign('HMAC', key, joined([secret, place, block], length + block.length))
      return joined([block, new Uint8Array(mac)], block.length + MAC_BYTES)
    },
    async open(sealed, place) {
      const block = sealed.slice(0, Math.max(0, sealed.length - MAC_BYTES))
      const context = joined([secret, place, block], length + block.length)
      if (await crypto.subtle.verify('HMAC', key, sealed.subarray(block.length), context)) return block
      throw new TypeError('Not signed')
    },
  }
}

import { checkStore, refuseUnknown } from './budget.ts'
import type { Entry, Key, Meta, Store, StoreEvent } from '../src/store.ts'
import type { Seal } from './wrapper/blocks.ts'
import { fromBase64, toBase64, toBase64Url } from './wrapper/base64.ts'
import { keyringOf, type Keyring, type NamedKey } from './wrapper/keyring.ts'
import { createRecent } from './wrapper/recent.ts'
import { decodeOpened, encodeOpened } from './wrapper/opened.ts'
import type { KeyedStore, Opened, Part, Scheme } from './wrapper/scheme.ts'
import { createSealed } from './wrapper/sealed.ts'

export type { KeyedStore, NamedKey }

export interface EncryptionOptions {
  /** At least one. The first one is written with, the others are read with. */
  readonly keys: readonly NamedKey[]
}

const NAME = 'stowaway/encryption'
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Digests that are kept: as many entries as an eviction can be told of by their URLs. */
const NAMES = 8192

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Encrypts all that a store keeps: AES-256-GCM, each record and each body with nonces and a key of its own. URLs,
 * selectors, variants, tags and namespaces are kept as keyed digests (HMAC-SHA-256), by which look-ups and deletions find
 * them. What was changed, cut, or moved to another place by others is a miss, removed, and told of as an `error` event with
 * code `corrupt`; in the middle of a large body it ends the stream with `gone`.
 *
 * What who reads the bytes can still see: how many entries there are, how long they are (16 bytes more for each 64 KiB), when
 * they were stored and used, when they expire or may be reclaimed, which of one namespace have the same URL, tag or
 * variant, that they belong to the HTTP cache, the ids of keys. Putting back an older copy of a whole record is not noticed.
 *
 * To change keys, put the new one first, everywhere; call `rotate`, or wait until the old entries have expired; then drop the
 * old key. To compress as well, compress first: `withCompression(withEncryption(store, …), …)`.
 * `list` orders by all that the store orders by, but `url`. Evictions of what this process has not used lately are told of
 * with digests in place of the key.
 *
 * @throws {StowawayError} `unknown-option`, `invalid-option`
 */
export function withEncryption(store: Store, options: EncryptionOptions): KeyedStore {
  checkStore(store)
  refuseUnknown(options, ['keys'])
  const keyring = keyringOf(options.keys)
  const { nameOf, translate } = createNames(keyring)
  const orders = store.limits.orders.filter((order) => order !== 'url')
  const sealed = createSealed(store, {
    ids: keyring.ids,
    overhead: TAG_BYTES,
    nameOf,
    translate,
    async seal(opened, at) {
      const { createdAt, reclaimAt, expiresAt, basis, variant, tags } = opened.meta
      const { namespace } = opened.key
      const names = tags.map(async (tag) => nameOf(opened.id, 'tag', tag, namespace))
      const open = { createdAt, reclaimAt, expiresAt, basis, tags: await Promise.all(names) }
      const meta = { ...open, variant: await nameOf(opened.id, 'variant', variant, namespace), envelope: {} }
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const key = await keyring.key(opened.id, 'records', 'AES-GCM')
      const using = { name: 'AES-GCM', iv, additionalData: contextOf(opened.id, at, meta) }
      const text = await crypto.subtle.encrypt(using, key, encoder.encode(encodeOpened(opened)))
      const envelope = { [NAME]: VERSION, key: opened.id, nonce: toBase64(iv), text: toBase64(new Uint8Array(text)) }
      return { ...meta, envelope }
    },
    async unseal({ key: at, meta }: Entry) {
      const { [NAME]: version, key: id, nonce, text } = meta.envelope
      if (version !== VERSION || typeof id !== 'string' || !keyring.ids.includes(id)) return undefined
      const using = { name: 'AES-GCM', iv: fromBase64(nonce), additionalData: contextOf(id, at, meta) }
      const key = await keyring.key(id, 'records', 'AES-GCM')
      const opened = decodeOpened(id, decoder.decode(await crypto.subtle.decrypt(using, key, fromBase64(text))))
      return { ...opened, meta: { ...meta, ...opened.meta } }
    },
    blocks: blocksOf,
  })
  return { ...sealed, limits: { ...sealed.limits, orders } }
}

/** What stands beside the encrypted part is bound to it, so that none of it can be changed or put elsewhere. */
function contextOf(
  id: string,
  { namespace, url, selector }: Key,
  meta: Omit<Meta, 'envelope'>,
): Uint8Array<ArrayBuffer> {
  const { variant, createdAt, reclaimAt, expiresAt, basis, tags } = meta
  const parts = [NAME, VERSION, id, namespace, url, selector, variant, createdAt, reclaimAt, expiresAt, basis, tags]
  return encoder.encode(JSON.stringify(parts))
}

/** The body's key is its record's secret and used for nothing else, so that places are nonces that never come again. */
async function blocksOf({ secret }: Opened): Promise<Seal> {
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return {
    overhead: TAG_BYTES,
    seal: async (block, iv) => new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, block)),
    open: async (block, iv) => new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, block)),
  }
}

/** The one namespace with budgets; and what most entries have, whose digest would tell as much. */
const isPlain = (part: Part, text: string): boolean =>
  part === 'namespace' ? text === 'http' : text === '' && (part === 'selector' || part === 'variant')

interface Names {
  nameOf: Scheme['nameOf']
  translate(event: StoreEvent): StoreEvent
}

/** Digests of texts, and the way back for those that were used lately. */
function createNames(keyring: Keyring): Names {
  const digests = createRecent<string>(NAMES)
  const texts = createRecent<string>(NAMES)

  function nameOf(id: string, part: Part, text: string, space = ''): string | Promise<string> {
    if (isPlain(part, text)) return text
    const name = JSON.stringify([id, part, text, space])
    return digests.get(name) ?? digest(id, name, text)
  }

  async function digest(id: string, name: string, text: string): Promise<string> {
    const key = await keyring.key(id, 'names', 'HMAC')
    const made = toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(name))))
    digests.set(name, made)
    texts.set(made, text)
    return made
  }

  const back = (digested: string): string => texts.get(digested) ?? digested

  return {
    nameOf,
    translate(event) {
      if (event.type !== 'evicted') return event
      const { namespace, url, selector } = event.key
      const key = { namespace: back(namespace), url: back(url), selector: back(selector) }
      return { ...event, key, variant: back(event.variant) }
    },
  }
}

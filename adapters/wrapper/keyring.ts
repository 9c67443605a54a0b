/** The keys that a wrapper is given, and the keys made of them for each of its purposes. */
import { StowawayError } from '../../src/errors.ts'
import { refuse } from '../budget.ts'
import type { Bytes } from '../bytes.ts'
import { fromBase64 } from './base64.ts'

const { subtle } = crypto

/** Where types come from Node alone, `CryptoKey` names a value only. */
type Secret = (typeof CryptoKey)['prototype']

/** A secret, and the name that records give it. */
export interface NamedKey {
  /** Stands beside each record in plain text, and must stay the same for the same key. */
  readonly id: string
  /** 32 random bytes, the same in base64, or a CryptoKey for HKDF (`deriveBits`), HMAC (`sign`) or AES-GCM (`encrypt`). */
  readonly key: Secret | Uint8Array | string
}

export interface Keyring {
  /** The first one is written with. */
  readonly ids: readonly string[]
  /** A key for one purpose, made once. Rejects with `store-failure` for an id that is not known. */
  key(id: string, purpose: string, algorithm: 'AES-GCM' | 'HMAC'): Promise<Secret>
}

const ACCEPTED = '[{ id, key }, …] with each id once'
const KEYS = '32 bytes, these in base64, or a CryptoKey for HKDF (deriveBits), HMAC (sign) or AES-GCM (encrypt)'
const USAGES: Readonly<Record<string, KeyUsage>> = { HKDF: 'deriveBits', HMAC: 'sign', 'AES-GCM': 'encrypt' }

/** Throws `invalid-option`. */
export function keyringOf(keys: readonly NamedKey[]): Keyring {
  if (!Array.isArray(keys) || keys.length === 0) refuse('keys', keys, ACCEPTED)
  const secrets = new Map<string, Secret | Bytes>()
  // What a caller without types gives may be anything.
  for (const given of keys as readonly unknown[]) {
    const id: unknown = typeof given === 'object' && given !== null && Reflect.get(given, 'id')
    if (typeof id !== 'string' || id === '' || secrets.has(id)) refuse('keys', id, ACCEPTED)
    // An object, or there were no id.
    secrets.set(id, secretOf(Reflect.get(given as object, 'key')))
  }
  const made = new Map<string, Promise<Secret>>()
  return {
    ids: [...secrets.keys()],
    key(id, purpose, algorithm) {
      const name = `${purpose} ${id}`
      let key = made.get(name)
      if (!key) made.set(name, (key = derive(secrets.get(id), purpose, algorithm)))
      return key
    },
  }
}

function secretOf(key: unknown): Secret | Bytes {
  if (key instanceof CryptoKey) {
    const usage = USAGES[key.algorithm.name]
    if (usage && key.usages.includes(usage)) return key
    // Never the value, which may be a secret.
    return refuse('keys', `a CryptoKey for ${key.algorithm.name}`, KEYS)
  }
  const bytes = typeof key === 'string' ? decoded(key) : key
  if (bytes instanceof Uint8Array && bytes.length === 32) return new Uint8Array(bytes)
  return refuse('keys', typeof key === 'string' ? 'a text' : key, KEYS)
}

function decoded(text: string): Bytes | undefined {
  try {
    return fromBase64(text)
  } catch {
    return undefined
  }
}

const encoder = new TextEncoder()
const LABEL = encoder.encode('stowaway key 1')

async function derive(secret: Secret | Bytes | undefined, purpose: string, name: 'AES-GCM' | 'HMAC'): Promise<Secret> {
  if (!secret) throw new StowawayError('store-failure', 'No key of this name was given')
  const root = await rootOf(secret)
  const using = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(`stowaway ${purpose} 1`) }
  const bits = await subtle.deriveBits(using, root, 256)
  if (name === 'AES-GCM') return subtle.importKey('raw', bits, name, false, ['encrypt', 'decrypt'])
  return subtle.importKey('raw', bits, { name, hash: 'SHA-256' }, false, ['sign', 'verify'])
}

/** A key for HKDF. Of one that can't derive, what it makes of a fixed text is a secret as good. */
async function rootOf(secret: Secret | Bytes): Promise<Secret> {
  if (secret instanceof CryptoKey && secret.algorithm.name === 'HKDF') return secret
  const bytes = secret instanceof CryptoKey ? await expanded(secret) : secret
  return subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits'])
}

const expanded = (key: Secret): Promise<ArrayBuffer> =>
  key.algorithm.name === 'HMAC'
    ? subtle.sign('HMAC', key, LABEL)
    : subtle.encrypt({ name: 'AES-GCM', iv: LABEL.slice(0, 12) }, key, new Uint8Array(32))

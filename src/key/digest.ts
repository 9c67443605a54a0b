/** 43 characters of base64url. Each part is fed with its length, so `a`, `b` differs from `ab`; bytes alone are one part. */
export type Digest = (parts: readonly (string | Uint8Array)[] | Uint8Array) => string

const encoder = new TextEncoder()

/**
 * HMAC-SHA-256 under `secret`, or plain SHA-256 without one (the same in every store). Synchronous once loaded: a digest
 * by `crypto.subtle` costs more than the whole rest of a hit.
 */
export async function loadDigest(secret?: Uint8Array): Promise<Digest> {
  const [{ hmac }, { sha256 }] = await Promise.all([import('@noble/hashes/hmac.js'), import('@noble/hashes/sha2.js')])
  const start = secret ? hmac.create(sha256, secret) : sha256.create()
  return (parts) => {
    const hash = start.clone()
    for (const part of parts instanceof Uint8Array ? [parts] : parts) {
      const bytes = typeof part === 'string' ? encoder.encode(part) : part
      hash.update(encoder.encode(`${bytes.length}:`)).update(bytes)
    }
    return base64url(hash.digest())
  }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

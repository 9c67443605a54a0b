import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadDigest } from '../../../src/key/digest.ts'

const secret = new Uint8Array(32).map((_, index) => index)
const keyed = await loadDigest(secret)
const plain = await loadDigest()

const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

describe('loadDigest', () => {
  test('is (HMAC-)SHA-256 of parts that have their lengths in front, in base64url', async () => {
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.uint8Array())), async (parts) => {
        const bytes = parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part))
        const fed = await new Blob(bytes.flatMap((part) => [`${part.length}:`, new Uint8Array(part)])).arrayBuffer()
        expect(keyed(parts)).toBe(base64url(await crypto.subtle.sign('HMAC', key, fed)))
        expect(plain(parts)).toBe(base64url(await crypto.subtle.digest('SHA-256', fed)))
      }),
    )
  })

  test('the boundaries of parts count', () => {
    expect(keyed(['a', 'b'])).not.toBe(keyed(['ab']))
    expect(keyed(['a', ''])).not.toBe(keyed(['a']))
    expect(keyed(['1:', 'a'])).not.toBe(keyed(['1', ':a']))
  })

  test('bytes alone are one part', () => {
    expect(keyed(new TextEncoder().encode('abc'))).toBe(keyed(['abc']))
  })

  test('the secret counts, and is copied', async () => {
    const own = new Uint8Array([1, 2, 3])
    const digest = await loadDigest(own)
    const before = digest(['a'])
    own.fill(0)
    expect(digest(['a'])).toBe(before)
    expect(before).not.toBe(keyed(['a']))
  })

  test('gives the vectors that stores on disk depend on', () => {
    expect(keyed(['golden'])).toBe('CKzChGfmy4picJjPekmxO0OQVX88Ol0wY3dg1frvtJU')
    expect(plain(['golden'])).toBe('8NQkXwVVPstITJzCRQlerJlbV5xPftK9wYrgoGG3FcE')
  })
})

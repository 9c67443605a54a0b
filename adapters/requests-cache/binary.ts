/** Bytes as requests-cache writes them into JSON: base85 as Python's `b85encode` until 1.2, base64 from 1.3 on. */
import type { Bytes } from '../bytes.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'
const DIGITS = new Map(Array.from(ALPHABET, (char, digit) => [char, digit]))

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

/** Undefined for what is neither. */
function base64(text: string): Bytes | undefined {
  return isBase64(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined
}

function base85(text: string): Bytes | undefined {
  const padding = (5 - (text.length % 5)) % 5
  const bytes = new Uint8Array(((text.length + padding) / 5) * 4)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < text.length; at += 5) {
    let group = 0
    for (let place = 0; place < 5; place++) {
      const digit = at + place < text.length ? DIGITS.get(text[at + place] ?? '') : 84
      if (digit === undefined) return undefined
      group = group * 85 + digit
    }
    if (group > 0xffffffff) return undefined
    view.setUint32((at / 5) * 4, group)
  }
  return bytes.subarray(0, bytes.length - padding)
}

/**
 * `others`: texts of the same record, for all are encoded alike, and a short one can be both. `length`: what is expected, where
 * that is known. Undefined for what is neither encoding.
 */
export function bytesOf(text: string, others: readonly string[], length: number | undefined): Bytes | undefined {
  if (!others.every(isBase64)) return base85(text)
  const [newer, older] = [base64(text), base85(text)]
  return length !== undefined && newer?.length !== length && older?.length === length ? older : (newer ?? older)
}

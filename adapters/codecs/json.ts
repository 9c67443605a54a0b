import type { Codec } from '../codec.ts'

/** JSON with an indent, to be read by people. */
export function createCodec(): Codec {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return {
    name: 'json',
    encode: (value) => encoder.encode(`${JSON.stringify(value, null, 2)}\n`),
    decode: (bytes): unknown => JSON.parse(decoder.decode(bytes)),
  }
}

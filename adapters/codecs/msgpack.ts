import { Packr } from 'msgpackr'
import type { Codec } from '../codec.ts'
import { asJson, fromJson, isTame } from './tame.ts'

/**
 * MessagePack without msgpackr's record extension: any MessagePack library reads it, no structures have to be kept
 * beside the data, and nothing is generated at run time, so it works where `eval` is forbidden.
 */
export function createCodec(): Codec {
  const packr = new Packr({ useRecords: false, variableMapSize: true })
  return {
    name: 'msgpack',
    encode: (value) => packr.pack(isTame(value) ? value : asJson(value)),
    decode(bytes): unknown {
      const value: unknown = packr.unpack(bytes)
      return value instanceof Uint8Array ? fromJson(value) : value
    },
  }
}

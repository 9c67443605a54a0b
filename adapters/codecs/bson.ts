import type { Codec } from '../codec.ts'
import { asJson, fromJson, isTame } from './tame.ts'

/** BSON, whose whole must be a document: the value is its member `value`, or `json` where BSON would change it. */
export async function createCodec(): Promise<Codec> {
  const { deserialize, serialize } = await import('bson')
  return {
    name: 'bson',
    encode: (value) => serialize(isTame(value) ? { value } : { json: asJson(value) }),
    decode(bytes): unknown {
      const { value, json }: { value?: unknown; json?: unknown } = deserialize(bytes, { promoteBuffers: true })
      return json instanceof Uint8Array ? fromJson(json) : value
    },
  }
}

import type { Plain } from '../src/store.ts'

/** Turns records into bytes and back, for backends that keep bytes. */
export interface Codec {
  /** Stored beside the data: what another codec wrote can't be read. */
  readonly name: string
  encode(value: Plain): Uint8Array
  /** Throws on bytes that are not a whole record; what it gives back is not checked further. */
  decode(bytes: Uint8Array): unknown
}

let loaded: Promise<Codec> | undefined

/**
 * MessagePack without msgpackr's record extension: any MessagePack library reads it, no structures have to be kept
 * beside the data, and nothing is generated at run time, so it works where `eval` is forbidden.
 */
export function loadCodec(): Promise<Codec> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Codec> {
  const { Packr } = await import('msgpackr')
  const packr = new Packr({ useRecords: false, variableMapSize: true })
  return {
    name: 'msgpack',
    encode: (value) => packr.pack(value),
    decode(bytes): unknown {
      return packr.unpack(bytes)
    },
  }
}

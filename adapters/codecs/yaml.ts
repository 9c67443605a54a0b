import type { Codec } from '../codec.ts'

/**
 * Warnings would go to the process, and no file of ours has an alias: those of others could grow without limit. Whatever
 * version or tags a file names, it has no dates, sets or bytes.
 */
const JSON_ALONE = {
  logLevel: 'error',
  maxAliasCount: 0,
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
} as const

/** YAML 1.2: texts of several lines stand as they are, unfolded. */
export async function createCodec(): Promise<Codec> {
  const { parse, stringify } = await import('yaml')
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return {
    name: 'yaml',
    // An alias for what occurs twice would be short and hard to read.
    encode: (value) => encoder.encode(stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })),
    decode: (bytes): unknown => parse(decoder.decode(bytes), JSON_ALONE),
  }
}

import { StowawayError } from '../src/errors.ts'
import type { Plain } from '../src/store.ts'
import { refuse } from './budget.ts'

/** Turns records into bytes and back, for backends that keep bytes. */
export interface Codec {
  /** Stored beside the data: what another codec wrote can't be read. */
  readonly name: string
  encode(value: Plain): Uint8Array
  /** Throws on bytes that are not a whole record; what it gives back is not checked further. */
  decode(bytes: Uint8Array): unknown
}

/** `yaml` and `bson` need the packages of these names. */
export type CodecName = 'bson' | 'json' | 'msgpack' | 'yaml'

const LOADERS: Readonly<Record<CodecName, () => Promise<{ createCodec(): Codec | Promise<Codec> }>>> = {
  bson: () => import('./codecs/bson.ts'),
  json: () => import('./codecs/json.ts'),
  msgpack: () => import('./codecs/msgpack.ts'),
  yaml: () => import('./codecs/yaml.ts'),
}

const loaded = new Map<CodecName, Promise<Codec>>()

/** One codec for all stores that name it. Rejects with `missing-package` where it can't be loaded. */
export function loadCodec(choice: CodecName | Codec = 'msgpack'): Promise<Codec> {
  if (typeof choice === 'object') return Promise.resolve(choice)
  let codec = loaded.get(choice)
  if (!codec) loaded.set(choice, (codec = load(choice)))
  return codec
}

async function load(name: CodecName): Promise<Codec> {
  try {
    const { createCodec } = await LOADERS[name]()
    return await createCodec()
  } catch (cause) {
    loaded.delete(name)
    const needed = name === 'msgpack' ? 'msgpackr' : name
    const message = `The codec ${name} needs the package ${needed}: npm install ${needed}`
    throw new StowawayError('missing-package', message, { cause })
  }
}

/** The option `codec` of a store. Throws `invalid-option`. */
export function checkCodec(choice: unknown): void {
  if (choice === undefined || (typeof choice === 'string' && Object.hasOwn(LOADERS, choice)) || isCodec(choice)) return
  refuse('codec', choice, `${Object.keys(LOADERS).join(', ')}, or { name, encode, decode }`)
}

const isCodec = (value: unknown): value is Codec =>
  typeof value === 'object' &&
  value !== null &&
  ['encode', 'decode'].every((name) => typeof Reflect.get(value, name) === 'function') &&
  typeof Reflect.get(value, 'name') === 'string'

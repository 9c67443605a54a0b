/** Compression formats: the web's streams, and where the runtime has it Node's zlib, which is quicker for what is small. */
import type * as zlib from 'node:zlib'
import type * as nodeStream from 'node:stream'
import { refuse } from '../budget.ts'
import type { Bytes } from '../bytes.ts'

export type CompressionName = 'brotli' | 'deflate' | 'gzip' | 'zstd'

interface Pair {
  readonly readable: ReadableStream<Bytes>
  readonly writable: WritableStream<Bytes>
}

export interface Coding {
  compressor(): Pair
  decompressor(): Pair
  /** For small bodies; undefined where only streams are there. */
  readonly compress: ((bytes: Bytes) => Bytes) | undefined
  /** Throws as soon as there are more than `limit` bytes: a few may stand for any number. */
  readonly decompress: ((bytes: Bytes, limit: number) => Bytes) | undefined
}

const FORMATS: readonly CompressionName[] = ['gzip', 'deflate', 'brotli', 'zstd']

/** Undefined for what this runtime does not have. */
export function codingOf(format: unknown): Coding | undefined {
  const known = FORMATS.find((name) => name === format)
  return known && (nodeCoding(known) ?? webCoding(known))
}

/** Throws `invalid-option`. */
export function checkedCoding(format: unknown): Coding {
  return (
    codingOf(format) ?? refuse('format', format, `one that this runtime has: ${FORMATS.filter(codingOf).join(', ')}`)
  )
}

function webCoding(format: CompressionName): Coding | undefined {
  // The types know fewer formats than the runtimes, which throw for those that they do not have.
  const name = format as CompressionFormat
  try {
    new DecompressionStream(name)
  } catch {
    return undefined
  }
  return {
    compressor: () => new CompressionStream(name),
    decompressor: () => new DecompressionStream(name),
    compress: undefined,
    decompress: undefined,
  }
}

/** Without an import, so that a bundle for pages holds none. */
function nodeCoding(format: CompressionName): Coding | undefined {
  const load = typeof process === 'undefined' ? undefined : process.getBuiltinModule
  const node: typeof zlib | undefined = load?.('node:zlib')
  const duplex: typeof nodeStream.Duplex | undefined = load?.('node:stream').Duplex
  if (!node || !duplex) return undefined
  // Quality 11, the default, takes as long as a download.
  const brotli = { params: { [node.constants.BROTLI_PARAM_QUALITY]: 5 } }
  const functions = {
    gzip: [node.gzipSync, node.gunzipSync, node.createGzip, node.createGunzip],
    deflate: [node.deflateSync, node.inflateSync, node.createDeflate, node.createInflate],
    brotli: [
      (bytes: Bytes) => node.brotliCompressSync(bytes, brotli),
      node.brotliDecompressSync,
      () => node.createBrotliCompress(brotli),
      node.createBrotliDecompress,
    ],
    zstd: [node.zstdCompressSync, node.zstdDecompressSync, node.createZstdCompress, node.createZstdDecompress],
  } as const
  const [compress, decompress, compressor, decompressor] = functions[format]
  // Node 22.13 has no zstd, whatever the types say.
  if (typeof compress !== 'function') return undefined
  // Node's own types for web streams, which are the same objects.
  const pair = (stream: nodeStream.Duplex): Pair => duplex.toWeb(stream) as unknown as Pair
  return {
    compressor: () => pair(compressor()),
    decompressor: () => pair(decompressor()),
    compress: (bytes) => own(compress(bytes)),
    // It takes no 0.
    decompress: (bytes, limit) => own(decompress(bytes, { maxOutputLength: Math.max(1, limit) })),
  }
}

/** Small results share memory with others in Node. */
const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes)

/** What a coding makes of chunks; fails with the chunks' own error. */
export async function* coded(
  { readable, writable }: Pair,
  chunks: AsyncIterable<Bytes> | Iterable<Bytes>,
): AsyncGenerator<Bytes, void> {
  const writer = writable.getWriter()
  const reader = readable.getReader()
  let failure: { readonly error: unknown } | undefined
  async function feed(): Promise<void> {
    try {
      for await (const chunk of chunks) {
        await writer.ready
        await writer.write(chunk)
      }
      await writer.close()
    } catch (error) {
      failure ??= { error }
      await writer.abort(error).catch(() => {})
    }
  }
  const feeding = feed()
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value
  } catch (error) {
    // Of the chunks, if they failed: the pair may have made another of it.
    await feeding
    throw failure ? failure.error : error
  } finally {
    reader.cancel().catch(() => {})
  }
  await feeding
  if (failure) throw failure.error
}

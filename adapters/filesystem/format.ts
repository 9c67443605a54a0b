/** How a record stands in its file. */
import { refuse } from '../budget.ts'
import { type Codec, type CodecName, loadCodec } from '../codec.ts'
import { decodeDocument, encodeDocument, readDocument } from './document.ts'
import { type Found, readHeader, readRecord } from './files.ts'
import { digestOf } from './layout.ts'
import type { Memo } from './ledger.ts'
import { type Bytes, encode, type Header } from './record.ts'

type Read = Found | 'corrupt' | undefined

export interface Format {
  /** To be awaited before the rest is used; undefined once it was. Rejects with `missing-package`. */
  prepare(): Promise<void> | undefined
  /** The name of a variant's file. */
  fileOf(variant: string): string
  isRecord(file: string): boolean
  /** The content of a file, and its body in memory of its own. */
  encode(header: Header, bytes: Bytes): { readonly content: Buffer<ArrayBuffer>; readonly body: Bytes }
  readRecord(path: string, memo?: Memo): Read
  /** Not to be asked for the body, which it may not have read. */
  readHeader(path: string): Read
}

const RECORD = /^[0-9a-f]{40}$/
const EXTENSION = /^(?:\.?[\w-]+(?:\.[\w-]+)*)?$/
/** File systems have names of 255 bytes at most. */
const LONGEST = 100

const isExtension = (text: string): boolean => text.length <= LONGEST && EXTENSION.test(text)

/** Throws `invalid-option`. */
export function formatOf(choice: CodecName | Codec | undefined, extension: unknown = extensionOf(choice)): Format {
  if (typeof extension !== 'string' || !isExtension(extension))
    refuse(
      'extension',
      extension,
      `letters, digits, '-', '_' and dots between them, ${LONGEST} at most, or '' for none`,
    )
  const ending = extension === '' || extension.startsWith('.') ? extension : `.${extension}`
  const names = {
    fileOf: (variant: string) => digestOf(variant) + ending,
    isRecord: (file: string) => file.endsWith(ending) && RECORD.test(file.slice(0, file.length - ending.length)),
  }
  return { ...names, ...(choice === undefined ? LINES : documents(choice)) }
}

function extensionOf(choice: CodecName | Codec | undefined): string {
  const name = typeof choice === 'object' ? choice.name : (choice ?? '')
  return isExtension(name) ? name : ''
}

type Content = Omit<Format, 'fileOf' | 'isRecord'>

/** A line of JSON, then the body as it is. */
const LINES: Content = {
  prepare: () => undefined,
  encode(header, bytes) {
    const content = encode(header, bytes)
    return { content, body: new Uint8Array(content.buffer, content.length - bytes.length) }
  },
  readRecord,
  readHeader,
}

/** One document of the codec's, the body in it as text or base64. */
function documents(choice: CodecName | Codec): Content {
  let codec: Codec | undefined
  const loaded = (): Codec => {
    if (codec) return codec
    throw new TypeError('The format was not prepared')
  }
  const read = (path: string): Read => readDocument(path, (content) => decodeDocument(loaded(), content))
  return {
    prepare() {
      if (codec) return undefined
      return loadCodec(choice).then((found) => {
        codec = found
      })
    },
    encode: (header, bytes) => ({ content: encodeDocument(loaded(), header, bytes), body: bytes.slice() }),
    readRecord: read,
    readHeader(path) {
      const found = read(path)
      return typeof found === 'object' ? { ...found, bytes: undefined } : found
    },
  }
}

import { REDACTED } from '../loaded.ts'
import { canonicalJson } from './json.ts'
export { loadDigest } from './digest.ts'
import { redactPairs } from './redact.ts'
import type { Ignored } from './redact.ts'
import { normalizeEscapes } from './url.ts'

/** A longer body is not hashed, and its request bypasses the cache. */
export const MAX_KEY_BODY_BYTES: number = 10 * 1024 * 1024

/** What of a body takes part in the key. */
export interface CanonicalBody {
  /** For an unkeyed digest: free of secrets. */
  readonly parts: readonly (string | Uint8Array)[]
  /** For the keyed digest. */
  readonly secrets: readonly string[]
}

type Replayable = string | URLSearchParams | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob | FormData

/**
 * The canonical form of a request body, or undefined for one that can't be read without being used up (a stream), or is
 * longer than `MAX_KEY_BODY_BYTES`. A copy is taken before the first await; neither `body` nor its owner is touched.
 */
export async function canonicalBody(
  body: unknown,
  headers: { get(name: string): string | null },
  ignored: Ignored,
): Promise<CanonicalBody | undefined> {
  const copy = await readBody(body)
  if (!copy) return undefined
  const { bytes, generated } = copy
  const type = mediaType(headers.get('content-type') ?? generated)
  const coding = (headers.get('content-encoding') ?? '').trim().toLowerCase()
  // The boundary that FormData got here is not the one in the header.
  const { boundary } = body instanceof FormData ? mediaType(generated) : type
  const content = coding === '' ? structured(bytes, type.essence, boundary, ignored) : undefined
  if (!content) return { parts: [type.text, coding, 'bytes', bytes], secrets: [] }
  return { parts: [type.withoutBoundary, coding, ...content.parts], secrets: content.secrets }
}

/**
 * Undefined for what has no key, and for what can't be read (a file that has gone, a detached buffer): the fetch itself is
 * the one to report it. `generated` is the type that Fetch gives it.
 */
export async function readBody(
  body: unknown,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; generated: string } | undefined> {
  if (!isReplayable(body) || sizeOf(body) > MAX_KEY_BODY_BYTES) return undefined
  try {
    const copy = new Response(body)
    const bytes = new Uint8Array(await copy.arrayBuffer())
    return bytes.length > MAX_KEY_BODY_BYTES ? undefined : { bytes, generated: copy.headers.get('content-type') ?? '' }
  } catch {
    return undefined
  }
}

function isReplayable(body: unknown): body is Replayable {
  return (
    typeof body === 'string' ||
    ArrayBuffer.isView(body) ||
    [ArrayBuffer, Blob, FormData, URLSearchParams].some((type) => body instanceof type)
  )
}

/** At most the length in bytes, so that what is clearly too long is not read at all. */
function sizeOf(body: Replayable): number {
  if (typeof body === 'string') return body.length
  if (body instanceof FormData) return [...body.values()].reduce((sum, value) => sum + sizeOf(value), 0)
  if (body instanceof URLSearchParams) return 0
  return body instanceof Blob ? body.size : body.byteLength
}

interface MediaType {
  /** The essence in lower case, the parameters as they came. */
  readonly text: string
  readonly essence: string
  readonly withoutBoundary: string
  readonly boundary: string
}

const BOUNDARY = /;\s*boundary=(?:"([^"]*)"|([^;\s"]*))/i

function mediaType(value: string): MediaType {
  const end = value.indexOf(';')
  const essence = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
  const text = end < 0 ? essence : essence + value.slice(end).trim()
  const [, quoted, token] = BOUNDARY.exec(text) ?? []
  return { text, essence, withoutBoundary: text.replace(BOUNDARY, ''), boundary: quoted ?? token ?? '' }
}

/** Undefined where the bytes are not what the type says: they then count as they are. */
function structured(bytes: Uint8Array, essence: string, boundary: string, ignored: Ignored): CanonicalBody | undefined {
  try {
    // As code points, latin1 keeps every byte apart.
    if (boundary !== '' && essence.startsWith('multipart/'))
      return multipart(new TextDecoder('latin1').decode(bytes), boundary, ignored)
    const form = essence === 'application/x-www-form-urlencoded'
    if (!form && !/^application\/json$|\+json$/.test(essence)) return undefined
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return form ? formBody(text, ignored) : jsonBody(text, ignored)
  } catch {
    return undefined
  }
}

function formBody(list: string, ignored: Ignored): CanonicalBody {
  const { text, secrets } = redactPairs(normalizeEscapes(list), ignored)
  return { parts: ['form', text], secrets }
}

/** The secrets of a JSON body are the whole canonical text, so that it counts where each of them stands. */
function jsonBody(text: string, ignored: Ignored): CanonicalBody {
  let secret = false
  const isIgnored = (name: string): boolean => {
    secret ||= ignored.isSecret(name)
    return ignored.isIgnored(name)
  }
  const redacted = canonicalJson(text, isIgnored, ignored.paths)
  const onlyIgnored = (name: string): boolean => ignored.isIgnored(name) && !ignored.isSecret(name)
  const secrets = secret ? [canonicalJson(text, onlyIgnored, ignored.paths)] : []
  return { parts: ['json', redacted], secrets }
}

const DISPOSITION_NAME = /^content-disposition:.*?;[ \t]*name=(?:"([^"\r\n]*)"|([^;\s"]*))/im

/** RFC 2046 §5.1.1: the texts between the delimiters, without the boundary. */
function multipart(text: string, boundary: string, ignored: Ignored): CanonicalBody | undefined {
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`)
  const last = pieces.at(-1) ?? ''
  const parts = pieces.slice(1, -1)
  if (pieces.length < 2 || !last.startsWith('--') || !parts.every((part) => part.startsWith('\r\n'))) return undefined
  const secrets: string[] = []
  const texts = parts.map((part) => {
    const content = part.indexOf('\r\n\r\n')
    const [, quoted, token] = DISPOSITION_NAME.exec(part.slice(0, Math.max(content, 0))) ?? []
    const name = quoted ?? token ?? ''
    if (!ignored.isIgnored(name)) return part
    if (ignored.isSecret(name)) secrets.push(name, part.slice(content))
    return `${part.slice(0, content)}\r\n\r\n${REDACTED}`
  })
  return { parts: ['multipart', pieces[0] ?? '', ...texts, last], secrets }
}

/** The body of a Request, which stays unread; the rest of one that is too long to be keyed is not waited for. */
export async function readCopy(request: Request): Promise<Uint8Array<ArrayBuffer> | ReadableStream | undefined> {
  const { body } = request.clone()
  if (!body) return undefined
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const reader = body.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength
    if (size > MAX_KEY_BODY_BYTES) {
      reader.cancel().catch(() => {})
      return body
    }
    pieces.push(next.value)
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer())
}

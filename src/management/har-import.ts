/** What browsers and proxies save as HAR, into the cache. */
import type { CachedRequestInit } from '../cache.ts'
import { StowawayError } from '../errors.ts'
import type { Bytes } from '../exchange/spool.ts'
import { checkWritable } from './context.ts'
import type { Context } from './context.ts'
import { parseWork } from './filter.ts'
import { keepPast } from './past.ts'
import { httpUrl } from './places.ts'
import { createProgress, fromBase64 } from './portable.ts'
import { isObject } from './portable-entry.ts'
import type { Members } from './portable-entry.ts'
import { checkSource, chunksOf } from './portable-lines.ts'
import type { ImportSource, Transfer } from './types.ts'

export async function importedHar(context: Context, given: unknown, options: unknown): Promise<Transfer> {
  const work = parseWork(options)
  const source = checkSource(given)
  checkWritable(context, 'importHar')
  const { creator, entries } = await read(source, work.signal)
  const count = { copied: 0, present: 0, skipped: 0 }
  const progress = createProgress(work, entries.length)
  for (const entry of entries) {
    work.signal?.throwIfAborted()
    const exchange = exchangeOf(entry, creator === 'stowaway')
    const { at, init, response, url } = exchange ?? {}
    const times = { requestTime: at ?? 0, responseTime: at ?? 0 }
    count[url && response ? await keepPast(context, url, init ?? {}, response, times) : 'skipped']++
    progress.step(exchange?.size ?? 0)
  }
  progress.end()
  return count
}

/** The whole of it: that is how JSON is parsed. */
async function read(
  source: ImportSource,
  signal: AbortSignal | undefined,
): Promise<{ creator: unknown; entries: unknown[] }> {
  const chunks: Bytes[] = []
  for await (const chunk of chunksOf(source, signal)) chunks.push(chunk.slice())
  try {
    const har: unknown = JSON.parse(await new Blob(chunks).text())
    const log = isObject(har) ? har['log'] : undefined
    const entries: unknown = isObject(log) ? log['entries'] : undefined
    if (isObject(log) && Array.isArray(entries)) {
      const { creator } = log
      return { creator: isObject(creator) ? creator['name'] : undefined, entries }
    }
  } catch (cause) {
    throw new StowawayError('corrupt', 'it is no JSON, so no HAR', { cause })
  }
  throw new StowawayError('corrupt', 'it has no log.entries, so it is no HAR')
}

interface Exchange {
  readonly url: string
  readonly init: CachedRequestInit
  readonly response: Response
  readonly at: number
  readonly size: number
}

/** Undefined for what is not whole, or nothing that fetch could have got. */
function exchangeOf(entry: unknown, ours: boolean): Exchange | undefined {
  if (!isObject(entry) || entry['_followedTo'] !== undefined) return undefined
  const { request, response, startedDateTime } = entry
  if (!isObject(request) || !isObject(response) || typeof request['url'] !== 'string') return undefined
  const at = Date.parse(String(startedDateTime))
  const url = httpUrl(request['url'])
  try {
    const init = url && !Number.isNaN(at) ? initOf(request, ours) : undefined
    const made = init && responseOf(response, init.method === 'HEAD')
    return url && init && made ? { url, init, at, ...made } : undefined
  } catch (error) {
    // A field, a status or base64 that the platform does not take.
    if (error instanceof StowawayError) throw error
    return undefined
  }
}

/** What a browser adds by itself, and a page's fetch does not say. Our own export holds only what selected the response. */
const OF_THE_BROWSER =
  /^(?::.*|accept-(?:charset|encoding|language)|cache-control|connection|content-length|dnt|host|if-.*|keep-alive|origin|pragma|priority|range|referer|sec-.*|te|upgrade-insecure-requests|user-agent)$/i
const ACCEPT_OF_THE_BROWSER = /^(?:\*\/\*|text\/html,.*|text\/css,.*|image\/avif,.*|image\/webp,.*)$/i

function initOf(request: Members, ours: boolean): (CachedRequestInit & { method: string }) | undefined {
  const { bodySize, method, postData } = request
  if (typeof method !== 'string') return undefined
  const headers = headersOf(request['headers'])
  for (const [name, value] of Array.from(headers)) {
    const automatic = OF_THE_BROWSER.test(name) || (name === 'accept' && ACCEPT_OF_THE_BROWSER.test(value))
    if (automatic && !ours) headers.delete(name)
  }
  if (method === 'GET' || method === 'HEAD') return { method, headers }
  const body = isObject(postData) && typeof postData['text'] === 'string' ? postData['text'] : undefined
  // Of which body it was is not known.
  if (body === undefined && bodySize !== 0) return undefined
  return { method, headers, ...(body && { body }) }
}

function headersOf(list: unknown): Headers {
  const headers = new Headers()
  for (const field of Array.isArray(list) ? list.filter(isObject) : []) {
    const { name, value } = field
    if (typeof name !== 'string' || typeof value !== 'string' || name.startsWith(':')) continue
    // Several cookies in one.
    for (const one of value.split('\n')) headers.append(name, one)
  }
  return headers
}

const CHARSET = /(;\s*charset=)"?([^";\s]+)"?/i

function responseOf(response: Members, head: boolean): { response: Response; size: number } | undefined {
  const { content, status, statusText } = response
  if (typeof status !== 'number') return undefined
  const headers = headersOf(response['headers'])
  const without = head || status === 204 || status === 205 || status === 304
  const bytes = without ? new Uint8Array() : bytesOf(isObject(content) ? content : {}, headers)
  const reason = typeof statusText === 'string' ? statusText : ''
  return (
    bytes && {
      response: new Response(without ? null : bytes, { status, statusText: reason, headers }),
      size: bytes.length,
    }
  )
}

/** Undefined where not all of it is there. */
function bytesOf({ encoding, size, text }: Members, headers: Headers): Bytes | undefined {
  if (typeof text !== 'string') return size === 0 ? new Uint8Array() : undefined
  if (encoding === 'base64') {
    const bytes = fromBase64(text)
    return typeof size === 'number' && size > bytes.length ? undefined : bytes
  }
  const bytes = new TextEncoder().encode(text)
  const type = headers.get('content-type') ?? ''
  const charset = CHARSET.exec(type)?.[2] ?? 'utf-8'
  const plain = /^utf-?8$/i.test(charset)
  // A byte order mark may have been left out.
  if (plain && typeof size === 'number' && size > bytes.length + 3) return undefined
  if (!plain) headers.set('content-type', type.replace(CHARSET, '$1utf-8'))
  if (headers.has('content-length') && !headers.has('content-encoding'))
    headers.set('content-length', String(bytes.length))
  return bytes
}

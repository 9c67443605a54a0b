/** The cache as HAR 1.2, for tools that read it. */
import type { Bytes } from '../exchange/spool.ts'
import { parseMembers } from '../options/members.ts'
import type { ResponseRecord } from '../record.ts'
import type { Entry } from '../store.ts'
import type { WorkOptions } from './types.ts'
import { opened } from './context.ts'
import type { Context } from './context.ts'
import { needsSecret } from './copying.ts'
import { WORK, filterTable, criteriaOf } from './filter.ts'
import type { Criteria } from './filter.ts'
import { batched, joined, streamFrom, textOf, toBase64, unlessGone } from './portable.ts'
import { scan } from './listing.ts'

/** A longer body is not looked at as a whole, so that it is base64 whatever it holds. */
const WHOLE = 1024 * 1024

const encoder = new TextEncoder()

export function exportedHar(context: Context, given: unknown): ReadableStream<Bytes> {
  return streamFrom(batched(encoded(text(context, given))))
}

async function* encoded(parts: AsyncIterable<string>): AsyncGenerator<Bytes> {
  for await (const part of parts) yield encoder.encode(part)
}

interface Parsed extends WorkOptions {
  readonly filter?: Criteria
}

async function* text(context: Context, given: unknown): AsyncGenerator<string> {
  const filter = (value: unknown, where: string): Criteria =>
    criteriaOf(parseMembers(filterTable(context), value, where), context)
  const { filter: criteria = filter({}, 'filter'), ...work } = parseMembers<Parsed>(
    { ...WORK, filter },
    given,
    'options',
  )
  const storage = await opened(context)
  yield '{"log":{"version":"1.2","creator":{"name":"stowaway","version":"1"},"entries":['
  let separator = '\n'
  for await (const { entry, readable } of scan(context, storage, criteria, work)) {
    const record = readable?.stored.record
    // Without its credentials it would look as if it were for all.
    if (!record || needsSecret(record)) continue
    const content = await unlessGone(contentOf(entry, record))
    if (!content) continue
    yield separator
    yield* ofEntry(record, content)
    separator = ',\n'
  }
  yield '\n]}}\n'
}

async function* ofEntry(record: ResponseRecord, content: AsyncIterable<string> | string[]): AsyncGenerator<string> {
  const time = Math.max(0, record.responseTime - record.requestTime)
  const members = {
    startedDateTime: new Date(record.requestTime).toISOString(),
    time,
    request: requestOf(record),
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
    ...(record.followedTo !== undefined && { _followedTo: record.followedTo }),
  }
  // What comes piece by piece comes last.
  yield `${open(members)},"response":${open(responseOf(record))},"content":`
  yield* content
  yield '}}'
}

/** JSON of an object, to which members are added. */
const open = (members: object): string => JSON.stringify(members).slice(0, -1)

function requestOf({ method, selecting, url }: ResponseRecord): object {
  const headers = Object.entries(selecting).flatMap(([name, value]) =>
    value === null || name === '*' ? [] : { name, value },
  )
  const queryString = [...new URL(url).searchParams].map(([name, value]) => ({ name, value }))
  const bodySize = method === 'GET' || method === 'HEAD' ? 0 : -1
  return { method, url, httpVersion: 'HTTP/1.1', cookies: [], headers, queryString, headersSize: -1, bodySize }
}

const valueOf = ({ fields }: ResponseRecord, wanted: string): string | undefined =>
  fields.find(([name]) => name === wanted)?.[1]

function responseOf(record: ResponseRecord): object {
  const { fields, status, statusText } = record
  const headers = fields.map(([name, value]) => ({ name, value }))
  const redirectURL = valueOf(record, 'location') ?? ''
  return {
    status,
    statusText,
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers,
    redirectURL,
    headersSize: -1,
    bodySize: -1,
  }
}

/** Rejects with `gone`; where that happens in the middle of a long one, half a document is all there is. */
async function contentOf(entry: Entry, record: ResponseRecord): Promise<AsyncIterable<string> | string[]> {
  const mimeType = valueOf(record, 'content-type') ?? 'application/octet-stream'
  const about = { size: entry.size, mimeType }
  const body = await entry.open()
  if (entry.size > WHOLE) return base64(body, open(about))
  const bytes = new Uint8Array(await new Response(body).arrayBuffer())
  // As text where that is what it will be read as.
  const plain = /charset=(?!"?utf-?8\b)/i.test(mimeType) ? undefined : textOf(bytes)
  const content = plain === undefined ? { encoding: 'base64', text: toBase64(bytes) } : { text: plain }
  return [JSON.stringify({ ...about, ...content })]
}

async function* base64(body: ReadableStream<Bytes>, about: string): AsyncGenerator<string> {
  yield `${about},"encoding":"base64","text":"`
  let rest: Bytes = new Uint8Array()
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const bytes = joined([rest, next.value])
      // Threes need no padding.
      const end = bytes.length - (bytes.length % 3)
      yield toBase64(bytes.subarray(0, end))
      rest = bytes.slice(end)
    }
  } finally {
    reader.cancel().catch(() => {})
  }
  yield `${toBase64(rest)}"}`
}

/** A record of requests-cache, as its JSON serializer writes it, as the requests and responses that it tells of. */
import { StowawayError } from '../../src/errors.ts'
import type { Bytes } from '../bytes.ts'
import { bytesOf } from './binary.ts'
import { contentOf, type Content } from './content.ts'

export interface Exchange {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Bytes | undefined
  readonly status: number
  readonly statusText: string
  readonly responseHeaders: Headers
  readonly content: Bytes
  /** ms since the epoch */
  readonly createdAt: number
  readonly expires: number | null
  /** A redirect led to it, so that it has a record of its own, too. */
  readonly target: boolean
}

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const no = (why: string): never => {
  throw new StowawayError('corrupt', why)
}

const objectOf = (value: unknown, what: string): Members => (isObject(value) ? value : no(`it has no ${what}`))
const textOf = (value: unknown, what: string): string => (typeof value === 'string' ? value : no(`it has no ${what}`))

/** Hop by hop, the redirects first: each is found under its own URL. Throws `corrupt` for what is no such record. */
export function exchangesOf(text: string): readonly Exchange[] {
  const record = objectOf(parse(text), 'members')
  const history = Array.isArray(record['history'])
    ? record['history'].map((hop: unknown) => objectOf(hop, 'history'))
    : []
  const texts = [record, ...history].flatMap((it) => [
    it['_content'],
    isObject(it['request']) ? it['request']['body'] : null,
  ])
  const encoded = texts.filter((it) => typeof it === 'string')
  const expires =
    record['expires'] === undefined || record['expires'] === null ? null : timeOf(record['expires'], 'expires')
  const whole = exchangeOf(record, encoded, contentOf(text, record), expires, history.length > 0)
  return [...history.map((hop) => exchangeOf(hop, encoded, {}, expires, false)), whole]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StowawayError('corrupt', 'it is no JSON', { cause })
  }
}

function exchangeOf(
  record: Members,
  encoded: readonly string[],
  { bytes, relabel }: Content,
  expires: number | null,
  target: boolean,
): Exchange {
  const request = objectOf(record['request'], 'request')
  const responseHeaders = headersOf(objectOf(record['headers'] ?? {}, 'headers'))
  const method = textOf(request['method'] ?? 'GET', 'method').toUpperCase()
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(method)) no('its method is none')
  const announced = responseHeaders.has('content-encoding') ? undefined : lengthOf(responseHeaders)
  const content = bytes ?? binary(record['_content'], encoded, announced)
  if (bytes && announced !== undefined) responseHeaders.set('content-length', String(bytes.length))
  else if (announced !== undefined && announced !== content.length && method !== 'HEAD')
    no(`its body has ${content.length} of ${announced} bytes`)
  if (relabel) responseHeaders.set('content-type', relabel)
  return {
    method,
    url: urlOf(request['url'] ?? record['url']),
    headers: sentHeaders(objectOf(request['headers'] ?? {}, 'request headers')),
    body: method === 'GET' || method === 'HEAD' ? undefined : requestBody(request['body'], encoded),
    status: statusOf(record['status_code']),
    statusText: typeof record['reason'] === 'string' ? record['reason'] : '',
    responseHeaders,
    content,
    createdAt: timeOf(record['created_at'], 'created_at'),
    expires,
    target,
  }
}

/** What fetch would not take is told of here, with the record that it is in. */
function urlOf(value: unknown): string {
  const text = textOf(value, 'url')
  return URL.canParse(text) ? text : no('its url is none')
}

/** What a Response can have. */
function statusOf(value: unknown): number {
  const status = Number.isInteger(value) ? Number(value) : 0
  return status >= 200 && status <= 599 ? status : no('its status_code is none')
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get('content-length') ?? ''
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined
}

function binary(value: unknown, encoded: readonly string[], length: number | undefined): Bytes {
  if (value === undefined || value === null || value === '') return new Uint8Array()
  return bytesOf(textOf(value, '_content'), encoded, length) ?? no('its body is neither base64 nor base85')
}

/** Releases before 1.0 write what Python calls a body that is not there. */
function requestBody(value: unknown, encoded: readonly string[]): Bytes | undefined {
  const bytes = binary(value, encoded, undefined)
  return bytes.length === 0 || (bytes.length === 4 && String.fromCharCode(...bytes) === 'None') ? undefined : bytes
}

/** Without an offset it is UTC. */
function timeOf(value: unknown, what: string): number {
  const text = typeof value === 'string' ? value : ''
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(time) ? no(`its ${what} is no time`) : time
}

/** Several cookies came as one field; no comma in a date stands before a name and `=`. */
const COOKIES = /,\s*(?=[^\s;,=]+=)/

function headersOf(fields: Members): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue
    const values = name.toLowerCase() === 'set-cookie' ? value.split(COOKIES) : [value]
    for (const one of values) headers.append(name, one)
  }
  return headers
}

/** What Python's library adds to each request, as fetch adds its own unseen, would match no request of fetch. */
const OF_THE_LIBRARY: Readonly<Record<string, RegExp>> = {
  accept: /^\*\/\*$/,
  'accept-encoding': /^(?:gzip|deflate|br|zstd|, )+$/,
  connection: /./,
  'content-length': /./,
  host: /./,
  // By which requests-cache tells itself what was asked of it.
  'cache-control': /./,
  'x-actual-no-cache': /./,
  'user-agent': /^python-requests\//,
}

function sentHeaders(fields: Members): Headers {
  return new Headers(Array.from(headersOf(fields)).filter(([name, value]) => !OF_THE_LIBRARY[name]?.test(value)))
}

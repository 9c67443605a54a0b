/** A request and its response as they are stored, and made anew. */
import { decorate } from '../loaded.ts'
import type { Entry, Envelope, Plain } from '../store.ts'
import type { Bytes } from '../exchange/spool.ts'

export type Field = readonly [name: string, value: string]

/** The parts of an entry; only GET is stored. */
export interface Exchange {
  readonly request: {
    readonly url: string
    readonly headers: readonly Field[]
    /** What differs from a request that has nothing but a URL. */
    readonly init: Readonly<Record<string, string>>
  }
  readonly response: {
    readonly url: string
    readonly status: number
    readonly statusText: string
    readonly headers: readonly Field[]
    readonly type: string
    readonly redirected: boolean
    readonly bodyless: boolean
  }
  /** Given to those that came together by `addAll`: which of them it is, and whether it is to be ignored until all are there. */
  readonly batch?: { readonly id: string; readonly index: number; readonly pending: boolean }
}

/** As it was found in the store. */
export interface Item extends Exchange {
  readonly entry: Entry
}

const VERSION = 1
const MEMBERS = ['mode', 'credentials', 'cache', 'redirect', 'referrer', 'referrerPolicy', 'integrity']

export function exchangeOf(request: Request, response: Response): Exchange {
  const { redirected, status, statusText, type, url } = response
  return {
    request: { url: request.url, headers: [...request.headers], init: initOf(request) },
    response: {
      url,
      status,
      statusText,
      headers: [...response.headers],
      type,
      redirected,
      bodyless: response.body === null,
    },
  }
}

function initOf(request: Request): Record<string, string> {
  const plain = new Request(request.url)
  const init: Record<string, string> = {}
  for (const name of MEMBERS) {
    // Not every runtime has all of them.
    const value: unknown = Reflect.get(request, name)
    if (typeof value === 'string' && value !== Reflect.get(plain, name)) init[name] = value
  }
  return init
}

export function envelopeOf({ batch, request, response }: Exchange): Envelope {
  // Records of strings, numbers and booleans all of them.
  return { version: VERSION, request, response, ...(batch && { batch }) } as unknown as { [name: string]: Plain }
}

/** Undefined for what another release wrote. */
export function itemOf(entry: Entry): Item | undefined {
  const { envelope } = entry.meta
  if (envelope['version'] !== VERSION) return undefined
  // As `envelopeOf` wrote it, whose version it names.
  return { ...(envelope as unknown as Exchange), entry }
}

/** A new one each time. */
export function requestFrom({ request: { headers, init, url } }: Exchange): Request {
  const pairs = headers.map(([name, value]): [string, string] => [name, value])
  try {
    // The names are those of `RequestInit`.
    return new Request(url, { ...(init as RequestInit), headers: pairs })
  } catch {
    // Of a navigation, which no page can ask for.
    return new Request(url, { headers: pairs })
  }
}

/** A new one each time. The body is read as it is stored. */
export function responseFrom(
  { entry, response }: Item,
  body: Bytes | ReadableStream<Bytes>,
  now: () => number,
): Response {
  const { bodyless, headers, redirected, status, statusText, type, url } = response
  if (type === 'error') return Response.error()
  const pairs = headers.map(([name, value]): [string, string] => [name, value])
  return decorate(new Response(bodyless ? null : body, { status, statusText, headers: pairs }), {
    fromCache: true,
    createdAt: entry.meta.createdAt,
    expires: null,
    revalidated: false,
    cacheKey: null,
    now,
    born: null,
    elapsed: null,
    size: entry.size,
    why: 'from a named cache',
    url,
    redirected,
    // What a response said of itself.
    type: type as Response['type'],
  })
}

/** Questions that many of these tests ask of a cache in the memory store. */
import type { CacheOptions } from '../../../src/index.ts'
import { URL_A, numbered, text, world } from '../api/given.ts'
import type { Answer } from '../api/given.ts'

export const ORIGIN = 'https://example.org'

export type Ask = readonly [input: string | Request, init?: RequestInit]

/** A request with one header. */
export const as = (name: string, value: string): RequestInit => ({ headers: { [name]: value } })

export const post = (body: RequestInit['body'], type?: string): RequestInit => ({
  method: 'POST',
  body: body ?? null,
  ...(type && { headers: { 'content-type': type } }),
})

/** Whether the second of two requests is answered by what the first one stored. */
export async function same(first: Ask, second: Ask, options: CacheOptions = {}): Promise<boolean> {
  await using at = world(numbered(), { allowableMethods: ['GET', 'HEAD', 'POST'], ...options })
  await text(at.fetch(...first))
  await text(at.fetch(...second))
  return at.sent.length === 1
}

/** Whether what the origin says so is used without asking again after so many seconds. */
export async function fresh(headers: HeadersInit, seconds: number, options: CacheOptions = {}): Promise<boolean> {
  await using at = world(numbered(headers), options)
  await text(at.fetch(URL_A))
  at.pass(seconds)
  await text(at.fetch(URL_A))
  return at.sent.length === 1
}

export const isConditional = (headers: Headers): boolean =>
  headers.has('if-none-match') || headers.has('if-modified-since')

/** An origin that answers with these fields, and any condition with a 304 and those. */
export const confirming =
  (first: Record<string, string>, then: Record<string, string> = {}): Answer =>
  ({ headers }, count) =>
    isConditional(headers)
      ? new Response(null, { status: 304, headers: then })
      : new Response(`${count}`, { headers: first })

/** An origin that answers once, and fails from then on: with a status, or where there is none not at all. */
export const failing =
  (first: HeadersInit, status?: number): Answer =>
  (_, count) => {
    if (count === 0) return new Response('0', { headers: first })
    if (status === undefined) throw new TypeError('down')
    return new Response(`${count}`, { status })
  }

/** What becomes of a call: the body, or the message of the error. */
export const outcome = (response: Promise<Response>): Promise<string> =>
  text(response).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))

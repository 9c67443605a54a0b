/** Requests and responses as the functions of this folder read them. */
import type { RequestFacts, ResponseFacts } from '../../../src/rfc9111/messages.ts'
import { requestFacts, responseFacts } from '../../../src/rfc9111/messages.ts'

export const NOW = Date.UTC(2026, 0, 1)

/** An HTTP date so many seconds from now. */
export const dated = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString()

export function request(headers: HeadersInit = {}, method = 'GET'): RequestFacts {
  return requestFacts(method, 'https://example.org/a', new Headers(headers))
}

/** Received now, asked for `delay` seconds before. */
export function response(headers: HeadersInit = {}, status = 200, delay = 0): ResponseFacts {
  return responseFacts(status, new Headers(headers), { requestTime: NOW - delay * 1000, responseTime: NOW })
}

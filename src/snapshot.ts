/** What `fetch` takes, as it is at the call: a caller may change their objects before the request is sent. */
import type { CachedRequestInit, FetchInput } from './cache.ts'

/** Fetch reads its arguments before it returns. Who reuses one Headers or URL for many calls counts on that. */
export function snapshot(
  input: FetchInput,
  init: CachedRequestInit | null | undefined,
): [FetchInput, CachedRequestInit | undefined] {
  const headers = init?.headers ?? (input instanceof Request ? input.headers : undefined)
  const body = init?.body
  return [
    input instanceof URL ? input.href : input,
    init || headers
      ? { ...init, ...(headers && { headers: new Headers(headers) }), ...(body && { body: copyOf(body) }) }
      : undefined,
  ]
}

function copyOf(body: NonNullable<RequestInit['body']>): NonNullable<RequestInit['body']> {
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (body instanceof ArrayBuffer) return body.slice(0)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  if (!(body instanceof FormData)) return body
  const copy = new FormData()
  for (const [name, value] of body) copy.append(name, value)
  return copy
}

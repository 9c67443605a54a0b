/** The way to the fetch underneath. */
import type { Field } from '../rfc9111/3-storing.ts'
import type { Fetch, Outgoing } from './upstream.ts'

export interface Sending {
  readonly signal?: AbortSignal | undefined
  readonly redirect?: NonNullable<RequestInit['redirect']>
  /** Fields that make the request conditional (§4.3.1). */
  readonly conditions?: readonly Field[]
  /** The cache mode that the runtime's fetch wants beside such fields, if any. */
  readonly conditionalMode?: NonNullable<RequestInit['cache']> | undefined
}

/** Everything of `init` that is not ours to change reaches the fetch underneath. */
export function send(
  fetch: Fetch,
  out: Outgoing,
  { conditions = [], conditionalMode, redirect, signal }: Sending,
): Promise<Response> {
  const init: RequestInit = { ...out.init }
  if (signal) init.signal = signal
  if (redirect) init.redirect = redirect
  // Modes that speak of the cache that we are.
  if (out.mode === 'force-cache' || out.mode === 'only-if-cached') {
    delete init.cache
    if (out.input instanceof Request) init.cache = 'default'
  }
  if (conditions.length > 0) {
    const headers = new Headers(out.headers)
    for (const [name, value] of conditions) headers.set(name, value)
    init.headers = headers
    if (conditionalMode) init.cache = conditionalMode
  }
  return fetch(out.input, init)
}

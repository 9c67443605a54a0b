/** Fetch, "HTTP-redirect fetch", hop by hop, so that each hop is looked up and stored on its own. */
import { ofRedirects } from '../loaded.ts'
import type { CachedResponse } from '../response.ts'
import type { Outgoing } from './upstream.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST = 20
/** bytes */
const SMALL = 262_144
/** Fetch, "request-body-header name". */
const OF_THE_BODY = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']
/** What is for one origin is not for the next. */
const OF_THE_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'host']

/** From a first response on. `fetch` answers one request without following. Rejects as Fetch does where following is refused. */
export async function following(
  first: Outgoing,
  response: CachedResponse,
  fetch: (out: Outgoing) => Promise<CachedResponse>,
): Promise<CachedResponse> {
  let out = first
  const history: CachedResponse[] = []
  for (;;) {
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
    // A runtime or a mock that followed by itself has nothing left to follow.
    if (location === null || response.type === 'opaqueredirect')
      return history.length > 0 ? ofRedirects(response, out.url, history) : response
    discard(response).catch(() => {})
    if (out.redirect === 'error') throw failure('the response is a redirect, and redirect is "error"')
    if (history.length === MOST) throw failure(`more than ${MOST} redirects`)
    history.push(response)
    out = next(out, response.status, location)
    response = await fetch(out)
  }
}

/** A small body is read to its end, without which its hop would not be stored. */
async function discard({ body }: Response): Promise<void> {
  const reader = body?.getReader()
  let rest = SMALL
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    rest -= next.value.byteLength
    if (rest < 0) return reader?.cancel()
  }
}

function next(out: Outgoing, status: number, location: string): Outgoing {
  if (!URL.canParse(location, out.url)) throw failure('Location is not a URL')
  const target = new URL(location, out.url)
  const from = new URL(out.url)
  if (target.protocol !== 'http:' && target.protocol !== 'https:') throw failure('Location is not an HTTP URL')
  if (target.hash === '') target.hash = from.hash
  const headers = new Headers(out.headers)
  const toGet =
    (status === 303 && out.method !== 'GET' && out.method !== 'HEAD') ||
    ((status === 301 || status === 302) && out.method === 'POST')
  if (!toGet && out.hasBody && (out.input instanceof Request || out.init.body instanceof ReadableStream)) {
    throw failure("a body that was a stream can't be sent again")
  }
  if (toGet) for (const name of OF_THE_BODY) headers.delete(name)
  if (target.origin !== from.origin) for (const name of OF_THE_ORIGIN) headers.delete(name)
  const { body, ...init } = initOf(out)
  const method = toGet ? 'GET' : out.method
  return {
    ...out,
    input: target.href,
    init: { ...init, method, headers, ...(!toGet && body !== undefined && { body }) },
    url: target.href,
    method,
    headers,
    hasBody: !toGet && out.hasBody,
  }
}

/** What a Request says, as far as a request to another URL repeats it. */
function initOf({ input, init }: Outgoing): RequestInit {
  if (!(input instanceof Request)) return init
  const { credentials, keepalive, mode, referrer, referrerPolicy, signal } = input
  return { credentials, keepalive, referrer, referrerPolicy, signal, ...(mode !== 'navigate' && { mode }), ...init }
}

/** As `fetch` words it. */
function failure(why: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(why) })
}

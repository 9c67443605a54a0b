/** What a cache says that works without the origin, or records it. */
import type { FetchInput } from '../cache.ts'
import { StowawayError } from '../errors.ts'
import { redactUrl } from '../key/redact.ts'
import type { Ignored } from '../key/redact.ts'
import { withoutFragment } from '../key/url.ts'
import { ignoredNames } from '../loaded.ts'
import type { CachedResponse } from '../response.ts'
import type { Refusal } from './exchange.ts'
import { gatewayTimeout } from './respond.ts'
import type { Context } from './respond.ts'
import type { Storage } from './storage.ts'
import type { Outgoing } from './upstream.ts'

type Asked = Pick<Outgoing, 'method' | 'url'>

const MOST = 5

/** Without secrets. */
const named = ({ method, url }: Asked, ignored: Ignored): string =>
  `${method} ${redactUrl(withoutFragment(url), ignored).url}`

/** Told where a response should have been recorded. */
export function unrecorded(asked: Asked, ignored: Ignored, why: string): StowawayError {
  return new StowawayError('not-recorded', `${named(asked, ignored)} can't be recorded: ${why}`)
}

/** A request that only the origin could answer, where it is never asked. Rejects in place of a 504 where it replays. */
export async function refuse(
  out: Outgoing,
  { cacheKey, ignored, mode, why }: Refusal,
  work: 'offline' | 'replay',
  context: Context,
): Promise<CachedResponse> {
  const name = named(out, ignored)
  if (work === 'replay') throw await notRecorded(name, await context.storage())
  if (mode === 'only-if-cached') throw new TypeError(`fetch failed: ${why}`)
  const body = `${name} is not stored, and mode is "offline"\n`
  const response = new Response(body, { status: 504, statusText: 'Not stored (offline)' })
  return gatewayTimeout(out, cacheKey, `offline: ${why}`, context, response)
}

/** Names it, and those that are most like it. */
async function notRecorded(name: string, storage: Storage | undefined): Promise<StowawayError> {
  const near = storage ? await nearest(name, storage) : []
  const instead = near.map((text) => (text === name ? `${text} (with another body, header field or credential)` : text))
  const recorded = near.length > 0 ? `recorded are ${instead.join(', ')}` : 'nothing is recorded'
  return new StowawayError('not-recorded', `${name} is not recorded; ${recorded}`)
}

async function nearest(name: string, { read, report, store }: Storage): Promise<readonly string[]> {
  let best: { readonly text: string; readonly likeness: number }[] = []
  try {
    for await (const entry of store.list({ namespace: 'http' })) {
      const record = read([entry])[0]?.record
      const text = `${record?.method} ${record?.url}`
      if (!record || best.some((other) => other.text === text)) continue
      best = [...best, { text, likeness: likeness(name, text) }].sort((a, b) => b.likeness - a.likeness).slice(0, MOST)
    }
  } catch (error) {
    report(error)
  }
  return best.map(({ text }) => text)
}

/** How many characters are the same at the beginning and at the end; the method counts little. */
function likeness(one: string, other: string): number {
  const [a, b] = [one.replace(/^\S+ /, ''), other.replace(/^\S+ /, '')]
  const least = Math.min(a.length, b.length)
  let [head, tail] = [0, 0]
  while (head < least && a[head] === b[head]) head++
  while (tail < least - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  return head + tail - Math.max(a.length, b.length) + (one.length - a.length === other.length - b.length ? 0.5 : 0)
}

/** What no cache has a part in, as far as it needs no network. Throws for all else. */
export function checkLocal(input: FetchInput, mode: string): void {
  const url = input instanceof Request ? input.url : String(input)
  if (/^(?:data|blob|about|file):/i.test(url)) return
  const why = `a request with integrity or user information in its URL is not served with mode: "${mode}"`
  throw new StowawayError('not-recorded', `${redactUrl(url, ignoredNames()).url}: ${why}`)
}

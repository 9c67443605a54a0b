import { StowawayError, hasCode } from '../src/errors.ts'
import type { Management, Transfer, WorkOptions } from '../src/management/types.ts'
import { refuse, refuseUnknown } from './budget.ts'
import { pathOf } from './path.ts'
import { type Exchange, exchangesOf } from './requests-cache/exchanges.ts'
import { recordsAt } from './requests-cache/records.ts'

export interface RequestsCacheOptions extends WorkOptions {
  /**
   * False leaves out the `Cookie` of the requests, which a Python session sends by itself: else what was asked for with cookies
   * answers only who sends the same. Then it answers all, also what a login led to. Default: true.
   */
  readonly cookies?: boolean
}

export interface RequestsCacheTransfer extends Transfer {
  /** Of the records that were skipped, the first thousand: their key, or file's name, and why. */
  readonly problems: readonly { readonly key: string; readonly why: string }[]
}

const MOST = 1000
const STEP = 100

const NOT_JSON =
  `it is not JSON. Only what the JSON serializer of requests-cache wrote can be read: in Python, copy the cache with
new = CachedSession('new', backend='sqlite', serializer='json'); new.cache.update(old.cache), and import that`.replace(
    '\n',
    ' ',
  )

/**
 * Takes over what Python's requests-cache stored, 0.9 or later, with its JSON serializer: a SQLite file, or a folder of its filesystem
 * backend, as it stands. Each response is stored under the key that `cache` has for its request, received when theirs was,
 * fresh until theirs expires; redirects hop by hop. What the cache's settings or HTTP forbid is left out: a cache with
 * `cacheControl: false` is as theirs is by default. What they redacted stays `REDACTED`, and matches only that.
 *
 * A record that can't be read is skipped and told of. What is stored already, as new or newer, stays.
 *
 * @param path The file or folder; for a name without extension also the file with `.sqlite`.
 * @throws {StowawayError} `unusable-path`, `read-only`, `invalid-option`, `unknown-option`, or `corrupt` where the file is none of
 * requests-cache, or its first record was written by another serializer, as pickle
 */
export async function importRequestsCache(
  cache: Pick<Management, 'match' | 'save'>,
  path: string | URL,
  options: RequestsCacheOptions = {},
): Promise<RequestsCacheTransfer> {
  const { cookies = true, onProgress, signal } = checked(options)
  const records = await recordsAt(pathOf(path))
  const count = { copied: 0, present: 0, skipped: 0 }
  const problems: { readonly key: string; readonly why: string }[] = []
  let [done, bytes] = [0, 0]
  const tell = (): void => onProgress?.({ done, bytes, total: Math.max(done, records.total) })
  for await (const { key, text } of records.all()) {
    signal?.throwIfAborted()
    if (text === undefined && done === 0) throw new StowawayError('corrupt', `${key}: ${NOT_JSON}`)
    let why = text === undefined ? NOT_JSON : undefined
    try {
      const exchanges = text === undefined ? [] : exchangesOf(text)
      const outcome = await bring(cache, exchanges, cookies)
      count[outcome]++
      bytes += exchanges.reduce((sum, { content }) => sum + content.length, 0)
      if (outcome === 'skipped') why ??= "the cache's settings or HTTP forbid to store it"
    } catch (error) {
      // A field or URL that fetch does not take, or what is no record.
      if (!(error instanceof TypeError || error instanceof RangeError || hasCode(error, 'corrupt'))) throw error
      count.skipped++
      why = messageOf(error)
    }
    if (why !== undefined && problems.length < MOST) problems.push({ key, why })
    if (++done % STEP === 0) tell()
  }
  if (done % STEP !== 0 || done === 0) tell()
  return { ...count, problems }
}

function checked(options: RequestsCacheOptions): RequestsCacheOptions {
  refuseUnknown(options, ['cookies', 'onProgress', 'signal'])
  const { cookies = true, onProgress, signal } = options
  if (typeof cookies !== 'boolean') refuse('cookies', cookies, 'true or false')
  if (onProgress !== undefined && typeof onProgress !== 'function') refuse('onProgress', onProgress, 'a function')
  if (signal !== undefined && !(signal instanceof AbortSignal)) refuse('signal', signal, 'an AbortSignal')
  return options
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A record counts once, however many hops it tells of. */
async function bring(
  cache: Pick<Management, 'match' | 'save'>,
  exchanges: readonly Exchange[],
  cookies: boolean,
): Promise<keyof Transfer> {
  const outcomes = new Set<keyof Transfer>()
  for (const exchange of exchanges) outcomes.add(await store(cache, exchange, cookies))
  return outcomes.has('copied') ? 'copied' : outcomes.has('present') ? 'present' : 'skipped'
}

/** Statuses whose responses have no body at all. */
const BODYLESS = new Set([204, 205, 304])

async function store(
  cache: Pick<Management, 'match' | 'save'>,
  exchange: Exchange,
  cookies: boolean,
): Promise<keyof Transfer> {
  const { body, content, createdAt, expires, headers, method, responseHeaders, status, statusText, target, url } =
    exchange
  if (!cookies) headers.delete('cookie')
  const expireAfter = expires === null ? Infinity : new Date(expires)
  // They stored it, so that status and method were allowed.
  const httpCache = { expireAfter, allowableCodes: [status], allowableMethods: [method] }
  const init = { method, headers, ...(body && { body }), httpCache }
  // To HEAD what is stored for GET is an answer, too.
  const there = method === 'HEAD' ? undefined : await cache.match(url, init)
  await there?.body?.cancel()
  if (there?.createdAt && (target || there.createdAt.getTime() >= createdAt)) return 'present'
  const none = method === 'HEAD' || BODYLESS.has(status)
  const response = new Response(none ? null : content, { status, statusText, headers: responseHeaders })
  return (await cache.save(url, response, init, new Date(createdAt))) ? 'copied' : 'skipped'
}

/** A response that came some time ago, stored as if the cache had been there. */
import type { CachedRequestInit, FetchInput } from '../cache.ts'
import { after } from '../decide/after.ts'
import { hasCode } from '../errors.ts'
import { prepare } from '../exchange/call.ts'
import type { Call } from '../exchange/call.ts'
import { labelOf } from '../exchange/network.ts'
import { recordOf, tagsOf, unstorable } from '../exchange/recording.ts'
import { put } from '../exchange/writing.ts'
import { fromNetwork } from '../exchange/arriving.ts'
import { describe } from '../exchange/upstream.ts'
import { refuse } from '../options/refuse.ts'
import { parseRequestOptions } from '../options/settings.ts'
import { lifeOf } from '../policy.ts'
import type { Stored } from '../record.ts'
import { responseFacts } from '../rfc9111/messages.ts'
import type { ResponseFacts, Times } from '../rfc9111/messages.ts'
import { variantName } from '../select.ts'
import { checkWritable, opened } from './context.ts'
import type { Context } from './context.ts'
import { checkInput, checkResponse } from './lookup.ts'
import { lookAt } from './places.ts'
import type { Transfer } from './types.ts'

/** Does what `Management.save` promises for a response with a date. */
export async function savePast(
  context: Context,
  input: FetchInput,
  response: Response,
  init: CachedRequestInit = {},
  received: Date,
): Promise<boolean> {
  checkResponse(response)
  const at = received instanceof Date ? received.getTime() : Number.NaN
  if (Number.isNaN(at)) refuse('invalid-option', 'received', received, 'a valid Date')
  const outcome = await keepPast(context, input, init, response, { requestTime: at, responseTime: at })
  response.body?.cancel().catch(() => {})
  return outcome === 'copied'
}

/** Uses up the body, which is held in memory. */
export async function keepPast(
  context: Context,
  input: FetchInput,
  { httpCache, ...init }: CachedRequestInit,
  response: Response,
  times: Times,
): Promise<keyof Transfer> {
  checkWritable(context, 'save')
  const storage = await opened(context)
  const { cache } = context.options
  const out = describe(input, init) ?? checkInput(input)
  const settings = { ...cache.settings, disabled: false }
  const asked = parseRequestOptions(httpCache)
  const call = out && (await prepare(out, asked, { ...context.options, cache: { ...cache, settings } }))
  if (!call || 'bypass' in call || call.policy.readOnly) return 'skipped'
  const facts = responseFacts(response.status, response.headers, times, call.policy.targeted)
  if (refused(call, response, facts)) return 'skipped'
  const record = recordOf(response, facts, call)
  const createdAt = times.responseTime
  const variant = variantName(record)
  const there = (await lookAt(storage, call.key.key)).find(({ entry: { meta } }) => meta.variant === variant)
  if (there && there.record.responseTime >= createdAt) return 'present'
  const label = labelOf({ record, facts }, call, context.now(), await tagsOf(record, call))
  const body = new Uint8Array(await response.arrayBuffer())
  if (out.method !== 'HEAD' && !isWhole(facts, body.length)) return 'skipped'
  if (!(await isLetThrough(context, call, { facts, record, response }, body))) return 'skipped'
  try {
    await put(storage, { key: call.key.key, record, createdAt, label }, body)
    return 'copied'
  } catch (error) {
    if (!hasCode(error, 'too-large')) throw error
    return 'skipped'
  }
}

/** A part would need the range that was asked for. */
function refused(call: Call, response: Response, facts: ResponseFacts): boolean {
  const next = after({ do: 'forward', fwd: 'miss', why: 'past' }, call.request, facts, call.policy)
  return next.do !== 'store' || response.status === 206 || unstorable(response, facts, call) !== undefined
}

/** §3.3 */
function isWhole({ fields }: ResponseFacts, size: number): boolean {
  const length = fields.get('content-length')
  return length === null || fields.get('content-encoding') !== null || Number(length) === size
}

/** Asked before it is stored, so that what is there stays where the answer is no. */
async function isLetThrough(
  context: Context,
  call: Call,
  { facts, record, response }: Pick<Stored, 'facts' | 'record'> & { readonly response: Response },
  body: BodyInit,
): Promise<boolean> {
  if (!call.policy.filter) return true
  const { answerTo } = await import('../exchange/filter.ts')
  const life = lifeOf({ record, facts }, call.policy, context.now())
  const { body: stream } = new Response(body)
  const shown = fromNetwork(call, { facts, fits: undefined, response }, stream ?? undefined, life, {}, 'save', context)
  return answerTo(call, shown, context)
}

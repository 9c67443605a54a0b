/** What `filterFn` says of responses. Loaded where there is one. */
import type { Before } from '../decide/before.ts'
import { fromStore } from '../loaded.ts'
import type { Stored } from '../record.ts'
import type { CachedResponse } from '../response.ts'
import { streamed } from '../streamed.ts'
import type { Call } from './call.ts'
import type { Look } from './exchange.ts'
import type { Streaming } from './flights.ts'
import type { Context } from './respond.ts'
import type { Bytes } from './spool.ts'

/** Asked of what arrives, as `respond` has it. Called at once, so that a body which is read at once is whole. */
export function admits(
  call: Call,
  spool: Streaming['spool'],
  respond: (body: ReadableStream<Bytes> | undefined) => CachedResponse,
  context: Context,
): Promise<boolean> {
  return answerTo(call, respond(spool && streamed(() => spool.watch())), context)
}

/** What was found, without what the filter does not let through. `decide`: what follows where only that is stored. */
export async function sieve(
  call: Call,
  look: Look,
  decide: (candidates: readonly Stored[]) => Before,
  context: Context,
): Promise<Look> {
  let { action, candidates } = look
  while (action.do === 'reuse' || action.do === 'validate') {
    const { stored } = action
    if (await allows(call, stored, action, context)) break
    candidates = candidates.filter((candidate) => candidate !== stored)
    action = decide(candidates)
    if (action.do === 'forward') action = { ...action, why: 'filterFn let nothing stored through' }
  }
  return { ...look, action, candidates }
}

/** What it is wanted for. */
type Use = Pick<Extract<Before, { do: 'reuse' }>, 'life' | 'why'>

/** Per request each version once, however often it comes into question. */
const asked = new WeakMap<Call['request'], Map<string, Promise<boolean>>>()

/** Asked of what is stored; what is refused is deleted, unless nothing may be written. */
export function allows(call: Call, stored: Stored, use: Use, context: Context): Promise<boolean> {
  const known = asked.get(call.request) ?? new Map<string, Promise<boolean>>()
  asked.set(call.request, known)
  const { version } = stored.entry
  const answer = known.get(version) ?? ask(call, stored, use, context)
  known.set(version, answer)
  return answer
}

async function ask(call: Call, stored: Stored, { life, why }: Use, context: Context): Promise<boolean> {
  const { entry } = stored
  const out = { ...call.out, signal: undefined }
  // Whole and without conditions, whatever part of it is asked for.
  const request = { ...call.request, method: stored.record.method, fields: { get: () => null } }
  const lazy = { ...entry, open: async (from?: number, to?: number) => streamed(() => entry.open(from, to)) }
  const response = await fromStore(
    { ...call, out, request },
    { ...stored, entry: lazy },
    { life, status: { hit: true }, why },
    context,
  )
  // What can't be built can't be served either.
  if (!response || (await answerTo(call, response, context))) return true
  // What is refused is asked of the origin.
  const [storage, { discard }] = await Promise.all([context.storage(), import('./network.ts')])
  if (storage && !call.policy.readOnly) await discard(storage, stored)
  return false
}

/** What it throws counts as false. */
export async function answerTo({ policy }: Call, response: CachedResponse, { report }: Context): Promise<boolean> {
  try {
    return Boolean(await policy.filter?.(response))
  } catch (error) {
    report(error, true)
    return false
  } finally {
    response.body?.cancel().catch(() => {})
  }
}

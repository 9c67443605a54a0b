/** Asking the origin, and bringing what it answers into the store. */
import { after } from '../decide/after.ts'
import type { Asking } from '../decide/before.ts'
import type { Emitter, Report } from '../events.ts'
import { StowawayError } from '../errors.ts'
import type { Stored } from '../record.ts'
import { conditionalFields } from '../rfc9111/4-3-validating.ts'
import { partOf } from '../rfc9111/3-3-incomplete.ts'
import { lifeOf } from '../policy.ts'
import { responseFacts } from '../rfc9111/messages.ts'
import type { ResponseFacts } from '../rfc9111/messages.ts'
import type { CachedResponse } from '../response.ts'
import { fromNetwork } from './arriving.ts'
import type { Call } from './call.ts'
import type { Found } from './exchange.ts'
import type * as Filter from './filter.ts'
import { depart, isPast } from './flights.ts'
import type { Flight, Flights, Outcome } from './flights.ts'
import { land } from './landing.ts'
import type { Storing } from './parts.ts'
import { labelOf, recordOf, secretIn, tagsOf, unstorable } from './recording.ts'
import type { Context } from './respond.ts'
import { createSpool } from './spool.ts'
import type { Bytes, Spool } from './spool.ts'
import { send } from './sending.ts'
import * as write from './writing.ts'
import type { Fetch } from './upstream.ts'

const ASKED = 'asked of the origin'
const INVALIDATED = 'invalidated meanwhile'

export interface OriginOptions {
  readonly fetch: () => Fetch
  readonly now: () => number
  readonly emit: Emitter['emit']
  readonly report: Report
  /** The redirect mode in which the runtime's fetch shows redirects, if any. */
  readonly hopMode: NonNullable<RequestInit['redirect']> | undefined
  /** See `Sending.conditionalMode`. */
  readonly conditionalMode: NonNullable<RequestInit['cache']> | undefined
}

export interface Origin {
  ask(flight: Flight, action: Asking, found: Found): Promise<Outcome>
  /** To be called before the others. A filter that reads the body has to be asked before it comes. */
  ready(call: Call): Promise<void>
  /** Why a response is not stored. */
  refused(flight: Flight, response: Response, facts: ResponseFacts, found: Found): string | undefined
  /** Undefined where it turns out to be of what was invalidated meanwhile. */
  store(flight: Flight, response: Response, facts: ResponseFacts, found: Found): Promise<Outcome | undefined>
}

export function createOrigin(
  { conditionalMode, emit, fetch, hopMode, now, report }: OriginOptions,
  { turn }: Pick<Flights, 'turn'>,
): Origin {
  async function ask(flight: Flight, action: Asking, found: Found): Promise<Outcome> {
    const { call } = flight
    await ready(call)
    const requestTime = now()
    depart(flight)
    const response = await send(fetch(), call.out, {
      conditions: action.do === 'validate' ? conditionalFields(action.stored.facts) : [],
      conditionalMode,
      signal: flight.controller.signal,
      ...(hopMode && { redirect: hopMode }),
    })
    if (flight.controller.signal.aborted) {
      drain(response)
      throw flight.controller.signal.reason
    }
    const facts = responseFacts(
      response.status,
      response.headers,
      { requestTime, responseTime: now() },
      call.policy.targeted,
    )
    flight.arrived = true
    const next = after(action, call.request, facts, call.policy)
    if (action.do === 'validate' && (next.do === 'freshen' || next.do === 'retry')) {
      drain(response)
      const { freshen } = await import('./freshening.ts')
      const holds = next.do === 'freshen' && !flight.doomed && secretIn(response.headers, call) === undefined
      const stored = holds ? await freshen(flight, action.stored, response, facts, found, now) : undefined
      if (stored) return { kind: 'freshened', stored, facts }
      return ask(flight, { do: 'forward', fwd: action.fwd, why: 'the confirmed response has gone' }, found)
    }
    if (call.out.method === 'HEAD')
      await import('./freshening.ts').then((it) => it.compareHead(flight, response, facts, found, now))
    const why = next.do === 'store' ? refused(flight, response, facts, found) : next.do === 'pass' ? next.why : next.do
    const stored = why === undefined ? await store(flight, response, facts, found) : undefined
    if (stored) return stored
    if (flight.orphaned) drain(response)
    if (call.policy.taped && !call.policy.readOnly)
      report((await import('./modes.ts')).unrecorded(call.out, call.ignored, why ?? INVALIDATED))
    return { kind: 'unshared', response, facts, why: why ?? INVALIDATED }
  }

  let filtering: Pick<typeof Filter, 'admits'> | undefined

  async function ready({ policy: { filter, readOnly } }: Call): Promise<void> {
    if (filter && !readOnly) filtering ??= await import('./filter.ts')
  }

  function refused(
    { call, doomed }: Flight,
    response: Response,
    facts: ResponseFacts,
    { storage }: Found,
  ): string | undefined {
    if (!storage) return 'no store'
    return doomed ? INVALIDATED : unstorable(response, facts, call)
  }

  async function store(
    flight: Flight,
    response: Response,
    facts: ResponseFacts,
    { candidates, storage }: Found,
  ): Promise<Outcome | undefined> {
    const { call } = flight
    const recorded = recordOf(response, facts, call)
    const storing: Storing =
      facts.status === 206
        ? (await import('./parts.ts')).storingOf(recorded, facts, candidates)
        : { record: recorded, offset: 0, body: (received) => received }
    const { body, offset, record, replaces } = storing
    const tagged = tagsOf(record, call)
    const tags = tagged instanceof Promise ? await tagged : tagged
    if (flight.doomed || tags.some((tag) => flight.outdated.has(tag))) return undefined
    const createdAt = now()
    const label = labelOf({ record, facts }, call, createdAt, tags)
    const writing = { key: call.key.key, record, createdAt, label, replaces }
    const size = announcedSize(facts)
    const limit = storage?.store.limits.maxEntryBytes ?? 0
    const spool: Spool | undefined = response.body
      ? createSpool(response.body, { size, resume, abandon: (reason) => flight.controller.abort(reason) })
      : undefined
    const { filter, readOnly } = call.policy
    const fits = !readOnly && (size ?? 0) <= limit
    const streaming = { kind: 'streaming', response, record, facts, spool, tags } as const
    if (readOnly) {
      spool?.release()
      flight.landing = { ...streaming, fits, committed: Promise.resolve(undefined) }
      return flight.landing
    }
    const context: Context = { now, report, storage: () => storage }
    const shown = (received?: ReadableStream<Bytes>): CachedResponse =>
      fromNetwork(
        call,
        { facts, response, fits: undefined },
        received,
        lifeOf(streaming, call.policy, createdAt),
        {},
        ASKED,
        context,
      )
    const admitted = filter && fits && filtering?.admits(call, spool, shown, context)
    const committed = land({
      spool,
      size: response.body ? size : undefined,
      put: async (received) => storage && write.put(storage, writing, body(received)),
      report,
      limit,
      async mayCommit() {
        if (admitted && !(await admitted)) return false
        await turn(flight)
        return !isPast(flight)
      },
    }).then(async (stored) => {
      // Nobody waits for ever for a slow store.
      if (isPast(flight) && stored && storage) await write.discard(storage, stored)
      if (stored) emit('stored', { url: call.key.key.url, cacheKey: call.key.cacheKey, size: stored.entry.size })
      return stored
    })
    async function resume(start: number): ReturnType<Stored['entry']['open']> {
      const stored = await committed
      if (!stored)
        throw new StowawayError('gone', 'read too slowly for others to wait, and what was left behind is not stored')
      return stored.entry.open(offset + start, size === undefined ? undefined : offset + size)
    }
    if (admitted) void admitted.then((yes) => yes || spool?.release())
    flight.landing = { ...streaming, fits: admitted ? undefined : fits, committed }
    return flight.landing
  }

  return { ask, ready, refused, store }
}

/** Content-Range, or Content-Length where it counts the bytes that arrive: fetch hands them out decoded. */
function announcedSize(facts: ResponseFacts): number | undefined {
  const part = partOf(facts)
  if (part) return part.end - part.start
  const { fields } = facts
  const length = fields.get('content-length')
  return length !== null && /^\d{1,15}$/.test(length) && fields.get('content-encoding') === null
    ? Number(length)
    : undefined
}

/** A body that nobody wants would hold its connection. */
export function drain(response: Response): void {
  response.body?.cancel().catch(() => {})
}

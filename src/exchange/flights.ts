/** Requests under way, so that those which one response can answer cost one request to the origin. */
import type { Selecting } from '../rfc9111/4-1-vary.ts'
import type { ResponseFacts } from '../rfc9111/messages.ts'
import type { ResponseRecord, Stored } from '../record.ts'
import { variantName } from '../select.ts'
import type { Call } from './call.ts'
import type { Spool } from './spool.ts'
import { later } from './timers.ts'

/** How long a request waits for what is being committed, in ms. */
const PATIENCE = 5_000

/** A response that is being stored; `spool` is missing where it has no body. */
export interface Streaming {
  readonly kind: 'streaming'
  readonly response: Response
  readonly record: ResponseRecord
  readonly facts: ResponseFacts
  readonly spool: Spool | undefined
  /** Whether it is stored, as far as its announced length tells; undefined while a filter is asked. */
  readonly fits: boolean | undefined
  readonly tags: readonly string[]
  readonly committed: Promise<Stored | undefined>
}

export type Outcome =
  | Streaming
  /** The origin confirmed what is stored. */
  | { readonly kind: 'freshened'; readonly stored: Stored; readonly facts: ResponseFacts }
  /** A response that only the request which fetched it may have. */
  | { readonly kind: 'unshared'; readonly response: Response; readonly facts: ResponseFacts; readonly why: string }

export interface Flight {
  readonly call: Call
  /** The selecting fields of what was known when it began: others with the same may wait for it. */
  readonly selecting: Selecting
  readonly controller: AbortController
  readonly outcome: Promise<Outcome>
  /** Whether the origin's answer has begun to arrive. */
  arrived: boolean
  /** Invalidated under way: its response may be older than what invalidated it, so it is not stored. */
  doomed: boolean
  /** Tags that were invalidated while the request was under way: a response that has one of them is not stored. */
  readonly outdated: Set<string>
  /** Its place in the order in which requests were sent. */
  departure: number
  /** The variants of which a response to a later request is stored: an older one does not replace it. */
  readonly overtaken: Set<string>
  /** Whether all of its body has come. */
  committing: boolean
  /** How many wait for the outcome. */
  interested: number
  /** Whether who asked has left, so that nobody takes a response that is not shared. */
  orphaned: boolean
  /** Whether others may wait for its outcome. */
  readonly joinable: boolean
  /** Set while the response is stored. */
  landing: Streaming | undefined
}

/** `ask` is called when the caller's turn ends, so that it sees the flight whole. Without names nobody else may wait for it. */
export function createFlight(
  call: Call,
  names: readonly string[] | undefined,
  ask: (flight: Flight) => Promise<Outcome>,
): Flight {
  const flight: Flight = {
    call,
    selecting: call.presented.selecting(names ?? []),
    controller: new AbortController(),
    outcome: Promise.resolve().then(() => ask(flight)),
    arrived: false,
    doomed: false,
    outdated: new Set(),
    departure: 0,
    overtaken: new Set(),
    committing: false,
    interested: 0,
    orphaned: false,
    joinable: names !== undefined,
    landing: undefined,
  }
  return flight
}

let departures = 0

/** To be called whenever its request is sent. */
export function depart(flight: Flight): void {
  flight.departure = ++departures
  flight.overtaken.clear()
  flight.outdated.clear()
}

/** Whether what it brings is not to be stored, or not to stay. */
export function isPast({ doomed, landing, overtaken }: Flight): boolean {
  return doomed || (landing ? overtaken.has(variantName(landing.record)) : overtaken.size > 0)
}

/** An outcome, and a body of one's own where it is streamed: it has to be read or cancelled. */
export interface Arrival {
  readonly outcome: Outcome
  readonly body: ReturnType<Spool['read']> | undefined
}

/** A signal may outlive thousands of responses: each takes its listener along when it goes. Not every runtime has this. */
const gone =
  typeof FinalizationRegistry === 'function' ? new FinalizationRegistry<() => void>((forget) => forget()) : undefined

/** Apart, so that what the signal keeps does not hold the response. */
function endWith(signal: AbortSignal, controller: AbortController, { body }: Response): void {
  if (!body) return
  const stop = (): void => controller.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  gone?.register(body, () => signal.removeEventListener('abort', stop))
}

/** Rejects on one's own abort, which ends the flight only when nobody else is on it. `leads`: it is one's own. */
export function wait(flight: Flight, signal: AbortSignal | undefined, leads: boolean): Promise<Arrival> {
  flight.interested++
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      flight.orphaned ||= leads
      if (--flight.interested === 0) flight.controller.abort(signal?.reason)
      reject(signal?.reason)
    }
    if (signal?.aborted) return leave()
    signal?.addEventListener('abort', leave, { once: true })
    const settled = (): void => signal?.removeEventListener('abort', leave)
    flight.outcome.then(
      (outcome) => {
        settled()
        // What is not spooled ends by the signal alone.
        if (leads && signal && outcome.kind === 'unshared') endWith(signal, flight.controller, outcome.response)
        // For a caller who has left just now a body that nobody else reads is opened all the same: the aborted signal ends it.
        if (signal?.aborted && flight.interested > 0) return
        // All who waited ask for their bodies before the first byte is pulled.
        resolve({
          outcome,
          body: outcome.kind === 'streaming' ? outcome.spool?.read(signal) : undefined,
        })
      },
      (error: unknown) => {
        settled()
        reject(error)
      },
    )
  })
}

/** The body goes to the store without a caller. */
export async function keptBy({ committed, spool }: Streaming, body: Arrival['body']): Promise<Stored | undefined> {
  const release = spool?.hold()
  await body?.cancel()
  const stored = await committed
  release?.()
  return stored
}

export interface Flights {
  /** A flight that may answer this call; `suits` tells of a response that is there whether it does. */
  find(call: Call, names: readonly string[], suits: (streaming: Streaming) => boolean): Flight | undefined
  /** The selecting fields of what is arriving. */
  names(call: Call): readonly string[]
  /** Until its response is stored, or has come to something else. */
  add(flight: Flight): void
  /** Resolves when nothing else of its key is being committed, by which it may have become past. To be asked when all has come. */
  turn(flight: Flight): Promise<unknown> | undefined
  /** Resolves when nothing that has wholly arrived for this key, or any, waits to be committed, or when that takes too long. */
  landed(call?: Call): Promise<unknown> | undefined
  /** Keeps what is under way, or only these calls', from being stored, and waits until it is certain that it is not. */
  doom(is?: (call: Call) => boolean): Promise<unknown>
  /** The same for what is under way with any of these tags. */
  doomTagged(tags: readonly string[]): Promise<unknown>
}

export function createFlights(): Flights {
  const groups = new Map<string, Set<Flight>>()
  const idOf = ({ key: { key } }: Call): string => `${key.selector}\n${key.url}`
  const groupOf = (call: Call): Flight[] => [...(groups.get(idOf(call)) ?? [])]
  const alike = (call: Call): Flight[] =>
    groupOf(call).filter(
      ({ call: { key, out } }) => out.method === call.out.method && key.identity === call.key.identity,
    )

  function overtake({ call, departure }: Flight, { entry: { meta } }: Stored): void {
    for (const older of groupOf(call)) {
      if (older.departure >= departure) continue
      older.overtaken.add(meta.variant)
      if (older.landing && isPast(older)) older.landing.spool?.release()
    }
  }

  const everything = (): Flight[] => [...groups.values()].flatMap((group) => [...group])

  function doomAll(doomed: readonly Flight[]): Promise<unknown> {
    for (const flight of doomed) {
      flight.doomed = true
      flight.landing?.spool?.release()
    }
    return within(PATIENCE, Promise.all(doomed.map(async ({ landing }) => landing?.committed)))
  }

  return {
    find(call, names, suits) {
      return alike(call).find((flight) => {
        const { arrived, controller, joinable, landing } = flight
        if (!joinable || !keepsAlike(flight.call, call) || isPast(flight) || controller.signal.aborted) return false
        if (landing) return landing.spool?.failed === false && suits(landing)
        return (!arrived || call.policy.mode === 'default') && isAlike(flight, call, names)
      })
    },
    names: (call) => alike(call).flatMap(({ landing }) => Object.keys(landing?.record.selecting ?? {})),
    add(flight) {
      const id = idOf(flight.call)
      const group = groups.get(id) ?? new Set()
      groups.set(id, group.add(flight))
      const remove = (): void => {
        if (group.delete(flight) && group.size === 0) groups.delete(id)
      }
      const settled = (stored: Stored | undefined): void => {
        remove()
        if (stored) overtake(flight, stored)
      }
      flight.outcome.then((outcome) => {
        if (outcome.kind === 'streaming') return outcome.committed.then(settled)
        return settled(outcome.kind === 'freshened' ? outcome.stored : undefined)
      }, remove)
    },
    turn(flight) {
      const before = groupOf(flight.call).flatMap(({ committing, landing }) => (committing && landing?.committed) || [])
      flight.committing = true
      return before.length === 0 ? undefined : within(PATIENCE, Promise.all(before))
    },
    landed(call) {
      const landing = (call ? alike(call) : everything()).flatMap(({ landing }) =>
        landing && landing.spool?.ended !== false ? landing.committed : [],
      )
      return landing.length === 0 ? undefined : within(PATIENCE, Promise.all(landing))
    },
    doom: (is = () => true) => doomAll(everything().filter(({ call }) => is(call))),
    doomTagged(tags) {
      for (const { outdated } of everything()) for (const tag of tags) outdated.add(tag)
      return doomAll(everything().filter(({ landing, outdated }) => landing?.tags.some((tag) => outdated.has(tag))))
    },
  }
}

/** Whether what is asked for by one of them is stored as the other would have it. */
const keepsAlike = ({ policy: a }: Call, { policy: b }: Call): boolean =>
  a.filter === b.filter && a.readOnly === b.readOnly && a.cacheControl === b.cacheControl

function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    const cancel = later(ms, () => resolve(undefined))
    work.then(resolve, resolve).finally(cancel)
  })
}

/** Before the answer has come only what is known of Vary can tell; afterwards the answer's own. */
function isAlike({ selecting }: Flight, call: Call, names: readonly string[]): boolean {
  const presented = call.presented.selecting([...new Set([...names, ...Object.keys(selecting)])])
  return Object.entries(presented).every(
    ([name, value]) => !Object.hasOwn(selecting, name) || selecting[name] === value,
  )
}

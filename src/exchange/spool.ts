/**
 * One body from the network, read by any number of callers and by the store, in bounded memory.
 *
 * Until WINDOW bytes have come all are kept, for those who come late; of a longer body, what some reader that is waited for
 * does not have yet. Nobody may be more than WINDOW ahead of such a reader, which is how back-pressure reaches the origin.
 * A caller who holds up another caller by more than that, or holds up anyone for IDLE ms, is no longer waited for: they go
 * on from the store once the body is committed there. Who only looks on is waited for while they read.
 */
import { StowawayError } from '../errors.ts'
import { streamOf } from './reading.ts'
import type { Reading } from './reading.ts'
import { later } from './timers.ts'

export type Bytes = Uint8Array<ArrayBuffer>
type Stream = ReadableStream<Bytes>

const WINDOW = 1_048_576
const IDLE = 30_000
/** The same for who only looks on. */
const WATCHER_IDLE = 1_000
/** When all callers have gone, a known rest of up to this many bytes is still fetched for the store. */
const SMALL_REST = 262_144

interface Cursor {
  /** Bytes that this reader has taken. */
  position: number
  /** Chunks that this reader has taken. */
  index: number
  /** Set while the reader waits for more. */
  wake: (() => void) | undefined
  readonly caller: boolean
  /** How long it may hold up others without taking anything, in ms. */
  readonly idle: number
  /** No longer waited for. */
  dropped: boolean
  /** Cancels the timer that runs while it holds up another. */
  patience: (() => void) | undefined
}

export interface Spool {
  /** A stream of the whole body from its beginning, for a caller; errors with the signal's reason. Nothing is pulled before the first. */
  read(signal?: AbortSignal): Stream
  /** For one who looks on: who comes too late, or is behind by more than a MiB and idle for a second, gets an error. */
  watch(): Stream
  /** The next chunk for the store, not to be written to, undefined at the end; rejects when the body fails or everybody has gone. */
  take(): Promise<Bytes | undefined>
  /** Keeps the body coming without a caller, for background work, until the returned function is called. */
  hold(): () => void
  /** The store gives up: nothing is kept for it any more. */
  release(): void
  /** Rejects when the store takes nothing for so long that it is given up. */
  readonly idle: Promise<never>
  /** Whether all of the body has come. */
  readonly ended: boolean
  /** Whether the body failed, or was abandoned. */
  readonly failed: boolean
  /** Whether the beginning is no longer kept: who comes now gets it from the store once it is committed, if it is. */
  readonly trimmed: boolean
}

export interface SpoolOptions {
  /** Length as announced, where it is known. */
  readonly size: number | undefined
  /** Opens the committed body from a byte on, for those who were left behind; rejects where nothing was committed. */
  readonly resume: (start: number) => Promise<Stream>
  /** Called when nobody is interested any more and the rest is not wanted. */
  readonly abandon: (reason: unknown) => void
}

export function createSpool(source: Stream, { abandon, resume, size }: SpoolOptions): Spool {
  const reader = source.getReader()
  const cursors = new Set<Cursor>()
  const chunks = new Map<number, Bytes>()
  let base = 0 // bytes that are no longer kept
  let first = 0 // number of the first kept chunk
  let count = 0 // chunks that have come
  let head = 0 // bytes that have come
  let begun = false
  let ended = false
  let failure: { readonly error: unknown } | undefined
  let pulling = false
  let holds = 0
  let sinkError = new StowawayError('gone', 'the body is no longer kept for the store')
  let giveUp: (error: Error) => void = () => {}
  const idle = new Promise<never>((_, reject) => (giveUp = reject))
  idle.catch(() => {})
  const sink = open(false)

  function open(caller: boolean, idle = IDLE): Cursor {
    const dropped = base > 0
    const cursor: Cursor = { position: 0, index: 0, wake: undefined, caller, idle, dropped, patience: undefined }
    cursors.add(cursor)
    return cursor
  }

  const waitedFor = (): Cursor[] => [...cursors].filter(({ dropped }) => !dropped)
  const hungry = (cursor: Cursor): boolean => cursor.wake !== undefined
  const behind = (cursor: Cursor): boolean => head - cursor.position > WINDOW
  const callers = (): number => [...cursors].filter(({ caller }) => caller).length

  function wake(): void {
    for (const cursor of cursors)
      if (cursor.wake && (cursor.position < head || cursor.dropped || ended || failure)) call(cursor)
  }

  function call(cursor: Cursor): void {
    const resolve = cursor.wake
    cursor.wake = undefined
    resolve?.()
  }

  function drop(cursor: Cursor): void {
    calm(cursor)
    cursor.dropped = true
    if (cursor === sink) {
      cursors.delete(cursor)
      sinkError = new StowawayError('store-failure', `the store took nothing for ${IDLE / 1000} s`)
      giveUp(sinkError)
    }
    trim()
    call(cursor)
  }

  function calm(cursor: Cursor): void {
    cursor.patience?.()
    cursor.patience = undefined
  }

  function trim(): void {
    if (head <= WINDOW) return
    const needed = Math.min(head, ...waitedFor().map(({ position }) => position))
    for (let chunk = chunks.get(first); chunk && base + chunk.byteLength <= needed; chunk = chunks.get(first)) {
      base += chunk.byteLength
      chunks.delete(first++)
    }
  }

  /** Who holds up a hungry reader now, and may not for ever. */
  function laggards(): Cursor[] {
    return waitedFor().filter((cursor) => behind(cursor) && !hungry(cursor))
  }

  /** Idle for so long; but who holds up nobody just now may go on being slow. */
  function lose(laggard: Cursor): void {
    laggard.patience = undefined
    if (waitedFor().some(hungry)) drop(laggard)
    pump()
  }

  function pump(): void {
    if (pulling || ended || failure || !begun) return
    const waiting = waitedFor().filter(hungry)
    if (waiting.length === 0) return
    for (const laggard of laggards()) if (laggard.caller && waiting.some(({ caller }) => caller)) drop(laggard)
    const held = laggards()
    for (const laggard of held) laggard.patience ??= later(laggard.idle, () => lose(laggard))
    if (held.length > 0) return
    pulling = true
    reader.read().then(arrived, failed)
  }

  function arrived({ done, value }: ReadableStreamReadResult<Bytes>): void {
    pulling = false
    if (done) ended = true
    else if (!ArrayBuffer.isView(value)) return fail(new TypeError('a chunk of the body is not a Uint8Array'))
    else if (value.byteLength > 0) {
      chunks.set(count++, value)
      head += value.byteLength
    }
    wake()
    pump()
  }

  function failed(error: unknown): void {
    pulling = false
    failure ??= { error }
    wake()
  }

  function fail(error: unknown): void {
    failed(error)
    reader.cancel(error).catch(() => {})
  }

  /** The chunk at a cursor's position, once there is one; undefined at the end or when the cursor was dropped. */
  async function next(cursor: Cursor): Promise<Bytes | undefined> {
    while (!cursor.dropped) {
      const chunk = chunks.get(cursor.index)
      if (chunk) {
        cursor.index++
        cursor.position += chunk.byteLength
        calm(cursor)
        trim()
        pump()
        return chunk
      }
      if (failure) throw failure.error
      if (ended) return undefined
      await new Promise<void>((resolve) => {
        cursor.wake = resolve
        pump()
      })
    }
    return undefined
  }

  function leave(cursor: Cursor, reason: unknown, aborted = false): void {
    calm(cursor)
    cursors.delete(cursor)
    trim()
    settle(reason, aborted)
    pump()
  }

  /** Ends the transfer when it is of no more use to anyone. */
  function settle(reason: unknown, aborted = false): void {
    if (!begun || ended || failure || holds > 0 || callers() > 0) return
    const rest = size === undefined ? Infinity : size - head
    if (!aborted && cursors.has(sink) && rest <= SMALL_REST) return pump()
    fail(reason)
    abandon(reason)
  }

  function begin(): void {
    begun = true
    pump()
  }

  /** What fetch alone gives comes before what we say of it. */
  function refused(error: unknown): never {
    throw failure ? failure.error : error
  }

  function read(signal?: AbortSignal): Stream {
    const cursor = open(true)
    const reading: Reading = {
      next: () => next(cursor),
      rest: () => (cursor.dropped ? resume(cursor.position).catch(refused) : undefined),
      left: () => !cursors.has(cursor),
      leave: (reason, aborted) => leave(cursor, reason, aborted),
    }
    begin()
    return streamOf(reading, signal)
  }

  function watch(): Stream {
    const cursor = open(false, WATCHER_IDLE)
    const behind = new StowawayError('gone', 'read too late: what came first is no longer kept')
    return streamOf({
      next: () => next(cursor),
      rest: () => (cursor.dropped ? Promise.reject(behind) : undefined),
      left: () => !cursors.has(cursor),
      leave: (reason) => leave(cursor, reason),
    })
  }

  return {
    read,
    watch,
    idle,
    async take() {
      const chunk = cursors.has(sink) ? await next(sink) : undefined
      if (!chunk && !cursors.has(sink)) throw sinkError
      return chunk
    },
    hold() {
      holds++
      begin()
      return () => {
        holds--
        settle(new DOMException('nobody reads the response any more', 'AbortError'))
      }
    },
    release() {
      calm(sink)
      cursors.delete(sink)
      sink.dropped = true
      call(sink)
      trim()
      settle(undefined)
      pump()
    },
    get ended() {
      return ended
    },
    get failed() {
      return failure !== undefined
    },
    get trimmed() {
      return base > 0
    },
  }
}

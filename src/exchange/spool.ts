/**
 * One body from the network, read by any number of callers and by the store, in bounded memory.
 *
 * What has come is kept until every reader that is waited for has it. Nobody may be more than WINDOW ahead of a reader that
 * is waited for, which is how back-pressure reaches the origin. A caller who holds up another caller by more than that, or
 * holds up anyone for IDLE ms, is no longer waited for: he goes on from the store once the body is committed there.
 */
import { StowawayError } from '../errors.ts'
import { later } from './timers.ts'

export type Bytes = Uint8Array<ArrayBuffer>
type Stream = ReadableStream<Bytes>

const WINDOW = 1_048_576
const IDLE = 30_000
/** When all callers have gone, a known rest of up to this many bytes is still fetched for the store. */
const SMALL_REST = 262_144

interface Cursor {
  /** Bytes that this reader has taken. */
  position: number
  /** Set while the reader waits for more. */
  wake: (() => void) | undefined
  readonly caller: boolean
  /** No longer waited for. */
  dropped: boolean
  /** Cancels the timer that runs while it holds up another. */
  patience: (() => void) | undefined
}

export interface Spool {
  /** A stream of the whole body from its beginning, for a caller. */
  read(): Stream
  /** The next chunk for the store, undefined at the end; rejects when the body fails or everybody has gone. */
  take(): Promise<Bytes | undefined>
  /** Keeps the body coming without a caller, for background work, until the returned function is called. */
  hold(): () => void
  /** The store gives up: nothing is kept for it any more. */
  release(): void
  /** Whether all of the body has come. */
  readonly ended: boolean
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
  const chunks: Bytes[] = []
  let base = 0 // offset of the first kept chunk
  let head = 0 // bytes that have come
  let ended = false
  let failure: { readonly error: unknown } | undefined
  let pulling = false
  let holds = 0
  const sink = open(false)

  function open(caller: boolean): Cursor {
    const cursor: Cursor = { position: 0, wake: undefined, caller, dropped: base > 0, patience: undefined }
    cursors.add(cursor)
    return cursor
  }

  const waitedFor = (): Cursor[] => [...cursors].filter(({ dropped }) => !dropped)
  const hungry = (cursor: Cursor): boolean => cursor.wake !== undefined
  const behind = (cursor: Cursor): boolean => head - cursor.position > WINDOW
  const callers = (): number => [...cursors].filter(({ caller }) => caller).length

  function wake(): void {
    for (const cursor of cursors) if (cursor.wake && (cursor.position < head || cursor.dropped || ended || failure)) call(cursor)
  }

  function call(cursor: Cursor): void {
    const resolve = cursor.wake
    cursor.wake = undefined
    resolve?.()
  }

  function drop(cursor: Cursor): void {
    calm(cursor)
    cursor.dropped = true
    if (!cursor.caller) cursors.delete(cursor)
    trim()
    call(cursor)
  }

  function calm(cursor: Cursor): void {
    cursor.patience?.()
    cursor.patience = undefined
  }

  function trim(): void {
    const needed = Math.min(head, ...waitedFor().map(({ position }) => position))
    for (let first = chunks[0]; first && base + first.byteLength <= needed; first = chunks[0]) {
      base += first.byteLength
      chunks.shift()
    }
  }

  /** Who holds up a hungry reader now, and may not for ever. */
  function laggards(): Cursor[] {
    return waitedFor().filter((cursor) => behind(cursor) && !hungry(cursor))
  }

  function pump(): void {
    if (pulling || ended || failure) return
    const waiting = waitedFor().filter(hungry)
    if (waiting.length === 0) return
    for (const laggard of laggards()) if (laggard.caller && waiting.some(({ caller }) => caller)) drop(laggard)
    const held = laggards()
    for (const laggard of held) laggard.patience ??= later(IDLE, () => (drop(laggard), pump()))
    if (held.length > 0) return
    pulling = true
    reader.read().then(arrived, failed)
  }

  function arrived({ done, value }: ReadableStreamReadResult<Bytes>): void {
    pulling = false
    if (done) ended = true
    else if (value.byteLength > 0) {
      chunks.push(value)
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

  /** The chunk at a cursor's position, once there is one; undefined at the end or when the cursor was dropped. */
  async function next(cursor: Cursor): Promise<Bytes | undefined> {
    while (!cursor.dropped) {
      const chunk = chunkAt(cursor.position)
      if (chunk) {
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

  function chunkAt(position: number): Bytes | undefined {
    let start = base
    for (const chunk of chunks) {
      const end = start + chunk.byteLength
      if (position < end) return position === start ? chunk : chunk.subarray(position - start)
      start = end
    }
    return undefined
  }

  function leave(cursor: Cursor, reason: unknown): void {
    calm(cursor)
    cursors.delete(cursor)
    trim()
    settle(reason)
    pump()
  }

  /** Ends the transfer when it is of no more use to anyone. */
  function settle(reason: unknown): void {
    if (ended || failure || holds > 0 || callers() > 0) return
    const rest = size === undefined ? Infinity : size - head
    if (cursors.has(sink) && rest <= SMALL_REST) return pump()
    failure = { error: reason }
    wake()
    reader.cancel(reason).catch(() => {})
    abandon(reason)
  }

  function read(): Stream {
    const cursor = open(true)
    let rest: ReadableStreamDefaultReader<Bytes> | undefined
    return new ReadableStream<Bytes>(
      {
        async pull(controller) {
          const chunk = rest ? undefined : await next(cursor)
          if (chunk) return controller.enqueue(chunk)
          if (cursor.dropped) {
            rest ??= (await resume(cursor.position)).getReader()
            const { done, value } = await rest.read()
            if (!done) return controller.enqueue(value)
          }
          cursors.delete(cursor)
          controller.close()
        },
        async cancel(reason) {
          leave(cursor, reason)
          await rest?.cancel(reason)
        },
      },
      // Nothing is taken before the caller asks.
      { highWaterMark: 0 },
    )
  }

  return {
    read,
    async take() {
      if (!cursors.has(sink)) throw new StowawayError('gone', 'the body is no longer kept for the store')
      const chunk = await next(sink)
      if (sink.dropped) throw new StowawayError('store-failure', `the store took nothing for ${IDLE / 1000} s`)
      return chunk
    },
    hold() {
      holds++
      return () => {
        holds--
        settle(new DOMException('nobody reads the response any more', 'AbortError'))
      }
    },
    release() {
      cursors.delete(sink)
      trim()
      settle(undefined)
      pump()
    },
    get ended() {
      return ended
    },
  }
}

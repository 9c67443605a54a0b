/** A body on its way into the store. */
import { StowawayError, hasCode } from '../errors.ts'
import type { Stored } from '../record.ts'
import type { Bytes, Spool } from './spool.ts'
import { later } from './timers.ts'

/** Up to here a body is handed to the store in one piece, which spares it a half-written one. */
const ONE_PIECE = 65_536
/** A store that has all of a body and takes longer to finish is given up, in ms. */
const DEADLINE = 30_000

export interface Landing {
  readonly spool: Spool | undefined
  /** As announced by Content-Range, or by Content-Length for a body that arrived without a coding. */
  readonly size: number | undefined
  readonly put: (body: Bytes | ReadableStream<Bytes>) => Promise<Stored | undefined>
  readonly report: (error: unknown) => void
  /** No longer body is accepted. */
  readonly limit: number
  /** Whether it may be stored, now that all has come. */
  readonly mayCommit: () => Promise<boolean>
}

/** Undefined where the body came to nothing: incomplete (§3.3), too large, or refused by the store, which is reported. */
export async function land({ limit, mayCommit, put, report, size, spool }: Landing): Promise<Stored | undefined> {
  let bodyFailed = false
  let taken = 0
  let cancel = (): void => {}
  let giveUp: (error: Error) => void = () => {}
  const overdue = new Promise<never>((_, reject) => (giveUp = reject))

  function expectEnd(): void {
    cancel()
    cancel = later(DEADLINE, () =>
      giveUp(new StowawayError('store-failure', `the store did not finish within ${DEADLINE / 1000} s`)),
    )
  }

  const store = (body: Parameters<typeof put>[0]): Promise<Stored | undefined> =>
    Promise.race([put(body), overdue, ...(spool ? [spool.idle] : [])])

  async function take(): Promise<Bytes | undefined> {
    try {
      const chunk = await spool?.take()
      taken += chunk?.byteLength ?? 0
      if (!chunk && size !== undefined && taken !== size) throw new StowawayError('gone', 'incomplete')
      if (!chunk && !(await mayCommit())) throw new StowawayError('gone', 'invalidated or overtaken meanwhile')
      if (!chunk) expectEnd()
      return chunk
    } catch (error) {
      bodyFailed = !hasCode(error, 'store-failure')
      expectEnd()
      throw error
    }
  }

  try {
    if (size !== undefined && size > limit) return undefined
    const pieces: Bytes[] = []
    for (;;) {
      const chunk = await take()
      if (!chunk) return await store(concatenated(pieces, taken))
      pieces.push(chunk)
      if (taken > ONE_PIECE) return await store(streamOf(pieces, take))
    }
  } catch (error) {
    // A budget doing its work, or a body that failed where its reader sees it.
    if (!bodyFailed && !hasCode(error, 'too-large')) report(error)
    return undefined
  } finally {
    cancel()
    spool?.release()
  }
}

function concatenated(pieces: readonly Bytes[], size: number): Bytes {
  const [only] = pieces
  if (only && pieces.length === 1) return only
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}

function streamOf(pieces: Bytes[], take: () => Promise<Bytes | undefined>): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const chunk = pieces.shift() ?? (await take())
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

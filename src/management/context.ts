/** What management works with. */
import { StowawayError } from '../errors.ts'
import type { Emitter } from '../events.ts'
import type { CallOptions } from '../exchange/call.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { Storage } from '../exchange/storage.ts'
import type { OpenStore } from '../opening.ts'
import { presetOf } from '../options/modes.ts'
import type { Runtime } from '../runtime.ts'

export interface Context extends Pick<OpenStore, 'open' | 'storage'> {
  readonly counts: Emitter['counts']
  readonly exchange: Exchange
  readonly now: () => number
  readonly options: CallOptions
  readonly report: (error: unknown) => void
  readonly runtime: Runtime
}

/** The open store, with all in it that has wholly arrived. Rejects with what is wrong with it, or `closed`. */
export async function opened({ exchange, open, storage }: Context): Promise<Storage> {
  await open()
  await (await exchange.loaded())?.flights.landed()
  const found = await storage()
  if (!found) throw new StowawayError('closed', 'the cache was closed')
  return found
}

/** Throws `read-only`. */
export function checkWritable({ options: { cache } }: Context, what: string): void {
  if (cache.settings.readOnly || presetOf(cache.mode)?.settings.readOnly)
    throw new StowawayError('read-only', `${what}: the cache is readOnly`)
}

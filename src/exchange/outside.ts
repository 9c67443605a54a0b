/** Requests that no cache has a part in. Loaded with the first. */
import type { FetchInput } from '../cache.ts'
import { NO_PART } from '../explain.ts'
import { untouched } from '../loaded.ts'
import type { WorkMode } from '../options/types.ts'
import type { CachedResponse } from '../response.ts'
import type { NetworkOptions } from './network.ts'

export async function outside(
  input: FetchInput,
  init: RequestInit,
  mode: WorkMode = 'online',
  { fetch, now }: Pick<NetworkOptions, 'fetch' | 'now'>,
): Promise<CachedResponse> {
  if (mode === 'offline' || mode === 'replay') (await import('./modes.ts')).checkLocal(input, mode)
  const began = now()
  const response = await fetch()(input, init)
  return untouched(response, { fwd: 'bypass' }, null, { now }, { elapsed: now() - began, why: NO_PART })
}

/** The modes of a cache, as settings that no narrower ones change. */
import type { CacheMode } from '../policy.ts'
import type { ParsedRequestOptions } from './settings.ts'
import type { WorkMode } from './types.ts'

export interface Preset {
  readonly settings: ParsedRequestOptions
  /** In place of the request's. */
  readonly mode: Extract<CacheMode, 'force-cache' | 'reload'>
  /** All is stored and all that is stored is served, whatever the headers say. */
  readonly taped: boolean
}

const PRESETS: Readonly<Record<Exclude<WorkMode, 'online'>, Preset>> = {
  offline: { settings: { onlyIfCached: true }, mode: 'force-cache', taped: false },
  record: { settings: { cacheControl: false, expireAfter: { for: Infinity } }, mode: 'reload', taped: true },
  replay: {
    settings: { cacheControl: false, readOnly: true, onlyIfCached: true },
    mode: 'force-cache',
    taped: true,
  },
}

export function presetOf(mode: WorkMode = 'online'): Preset | undefined {
  return mode === 'online' ? undefined : PRESETS[mode]
}

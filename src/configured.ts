/** What some options make of a cache. Loaded where there are any of them. */
import { RECORD_VERSION } from './loaded.ts'
import { basisOf } from './options/basis.ts'
import { presetOf } from './options/modes.ts'
import type { Preset } from './options/modes.ts'
import type { ParsedCacheOptions } from './options/settings.ts'
import { responseDirectives } from './rfc9111/5-2-cache-control.ts'
import type { TargetedReader } from './rfc9111/messages.ts'
import { targetedDirectives } from './standards/targeted-fields.ts'

export interface Configured {
  /** See `Meta.basis`. */
  readonly basis: string
  /** Of the cache's mode. */
  readonly preset?: Preset | undefined
  /** The same function each time, by which derived facts are told apart. */
  readonly targeted?: TargetedReader | undefined
}

export function configured(cache: ParsedCacheOptions): Configured {
  return { basis: basisOf(cache, RECORD_VERSION), preset: presetOf(cache.mode), targeted: readerOf(cache.targets) }
}

function readerOf(targets: readonly string[]): TargetedReader | undefined {
  if (targets.length === 0) return undefined
  return (fields) => {
    const said = targetedDirectives(fields, targets)
    return said && responseDirectives(said)
  }
}

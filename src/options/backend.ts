/** The options that only some backends have. */
import type { Backend, Runtime } from '../runtime.ts'
import { parseDuration } from './duration.ts'
import { flag, text } from './members.ts'
import type { Table } from './members.ts'
import { refuse } from './refuse.ts'
import type { BackendSettings, CodecLike } from './types.ts'

/** ms. Longer would be a mistake: most likely milliseconds that were meant for another library. */
const LONGEST_WAIT = 60_000

/** Nothing that any file system takes for something else. */
const EXTENSION = /^(?:\.?[\w-]+(?:\.[\w-]+)*)?$/

export const BACKEND: Table<BackendSettings> = {
  useCacheDir: flag,
  useTemp: flag,
  useMemory: flag,
  wal: flag,
  fastSave: flag,
  busyTimeout: (value, where) => {
    const ms = parseDuration(where, value)
    return ms <= LONGEST_WAIT ? ms : refuse('invalid-option', where, value, "a minute at most: seconds, or '500ms'")
  },
  codec: (value, where) => (isCodec(value) ? value : text(value, where)),
  extension: (value, where) => {
    if (typeof value === 'string' && EXTENSION.test(value)) return value
    return refuse('invalid-option', where, value, "letters, digits, '-', '_' and dots between them, or '' for none")
  },
}

// The table has all of them.
export const BACKEND_NAMES: readonly (keyof BackendSettings)[] = Object.keys(
  BACKEND,
) as readonly (keyof BackendSettings)[]

const isCodec = (value: unknown): value is CodecLike =>
  typeof value === 'object' && value !== null && 'name' in value && 'encode' in value && 'decode' in value

/** What the whole cache is told. */
interface Given extends BackendSettings {
  readonly path?: string | URL
}

/** Refuses what the chosen backend would not heed. Throws `invalid-option`. */
export function checkBackend(given: Given, chosen: Backend, backends: Runtime['backends']): void {
  for (const [name, value] of ownOptions(given)) {
    const accepted = chosen.options?.[name]
    if (accepted === undefined) {
      const having = Object.keys(backends).filter((other) => backends[other]?.options?.[name] !== undefined)
      const why = having.length > 0 ? `it with backend: ${having.join(' or ')}` : 'it where a backend has it'
      refuse('invalid-option', name, value, why)
    }
    if (accepted !== true && typeof value === 'string' && !accepted.includes(value))
      refuse('invalid-option', name, value, accepted.join(', '))
  }
  checkPlace(given)
}

/** Two places at once, of which one would be ignored. */
function checkPlace({ path, useCacheDir, useMemory, useTemp }: Given): void {
  const [first, second] = Object.entries({ useCacheDir, useTemp, useMemory }).filter(([, use]) => use)
  if (first && second) refuse('invalid-option', second[0], true, `it without ${first[0]}`)
  if (first && path !== undefined && (useMemory || isAbsolute(path)))
    refuse('invalid-option', 'path', String(path), `${useMemory ? 'none' : 'one that is relative'} beside ${first[0]}`)
}

/** On whatever system. */
const isAbsolute = (path: string | URL): boolean => path instanceof URL || /^(?:[/\\~]|[a-z]:[/\\])/i.test(path)

/** Those that were given. */
export function ownOptions(given: BackendSettings): [keyof BackendSettings, unknown][] {
  return BACKEND_NAMES.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))
}

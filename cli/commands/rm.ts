/** `rm` and `prune`: removing what is stored. */
import type { Cache } from '../../src/cache.ts'
import type { CachedEntry, Filter, Selection } from '../../src/management/types.ts'
import type { Options } from '../arguments.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { entryJson, EVERYTHING, heading, named, row } from '../entries.ts'
import { Failure, usage } from '../failure.ts'
import { FILTER, filterOf, PATTERN } from '../filters.ts'
import { json, line } from '../output.ts'
import { bytesOf, LATER, withCache } from '../place.ts'
import { createProgress } from '../progress.ts'
import { counted, size } from '../units.ts'

const DRY = { 'dry-run': { type: 'boolean', help: 'only list what would go' } } as const satisfies Options

export const rm: Command = command({
  synopsis: 'rm [OPTIONS] URL|KEY… | FILTER… | --all',
  about: 'Removes responses: those of URLs, by whatever method, or of cacheKeys; or all that a filter is for.',
  options: { ...FILTER, ...PATTERN, all: { type: 'boolean', help: 'everything' }, ...DRY },
  operands: [0, Infinity],
  async run({ operands, values }, signal) {
    const filter = filterOf(values)
    const selection = selectionOf(operands, filter, values.all)
    return withCache(values, values['dry-run'] ? 'look' : 'change', async ({ cache }) => {
      if (values['dry-run']) return wouldGo(listed(cache, selection), values.json, signal)
      const removed = await remove(cache, selection, signal)
      if (removed === 0 && operands.length > 0) throw new Failure(`nothing is stored for ${operands.join(', ')}`)
      if (values.json) await json({ removed }, signal)
      else await line(`${counted(removed, 'response')} removed`, signal)
      return 0
    })
  },
})

type Selected = readonly string[] | Filter | 'all'

function selectionOf(names: readonly string[], filter: Filter, all = false): Selected {
  const given = [names.length > 0, Object.keys(filter).length > 0, all].filter(Boolean)
  if (given.length === 0)
    throw usage('nothing is selected: name URLs or keys, or say --expired, --pattern, …, or --all')
  if (given.length > 1) throw usage('URLs, filters and --all say different things: give one of them')
  return all ? 'all' : names.length > 0 ? names : filter
}

async function remove(cache: Cache, selection: Selected, signal: AbortSignal): Promise<number> {
  if (selection === 'all') {
    const removed = await cache.count(EVERYTHING)
    await cache.clear()
    return removed
  }
  return removing(cache, selection, signal)
}

async function removing(cache: Cache, selection: Selection, signal: AbortSignal): Promise<number> {
  const progress = createProgress('rm')
  try {
    return await cache.delete(selection, { onProgress: progress.update, signal })
  } finally {
    progress.end()
  }
}

async function* listed(cache: Cache, selection: Selected): AsyncGenerator<CachedEntry> {
  if (selection === 'all') yield* cache.filter(EVERYTHING)
  else if (!isNames(selection)) yield* cache.filter(selection)
  else for (const name of selection) yield* await named(cache, name)
}

const isNames = (selection: readonly string[] | Filter): selection is readonly string[] => Array.isArray(selection)

async function wouldGo(entries: AsyncIterable<CachedEntry>, asJson = false, signal: AbortSignal): Promise<number> {
  const now = Date.now()
  let [found, bytes] = [0, 0]
  for await (const entry of entries) {
    if (asJson) await json(entryJson(entry), signal)
    else await line(`${found === 0 ? `${heading()}\n` : ''}${row(entry, now)}`, signal)
    found++
    bytes += entry.size
  }
  if (!asJson) await line(`${counted(found, 'response')} would be removed, ${size(bytes)}`, signal)
  return 0
}

/** What can't be read is of no more use, either. */
const SPENT = { expired: true, invalid: true } as const

export const prune: Command = command({
  synopsis: 'prune [OPTIONS]',
  about: `Removes what has expired, and gives the space back. Expired is what is past the freshness that its headers give; where
the application's options say otherwise, give them with --config.`,
  options: DRY,
  operands: [0, 0],
  async run({ values }, signal) {
    if (values['dry-run'])
      return withCache(values, 'look', ({ cache }) => wouldGo(cache.filter(SPENT), values.json, signal))
    const { bytes, place, ...gone } = await withCache(values, 'change', async ({ bytes, cache, place }) => {
      const before = await cache.size()
      const removed = await removing(cache, SPENT, signal)
      const removedBytes = Math.max(0, before - (await cache.size()))
      await cache.vacuum()
      return { removed, removedBytes, bytes, place }
    })
    // The log is written back when it is closed.
    const freedBytes = bytes === undefined ? null : Math.max(0, bytes - (bytesOf(place) ?? 0))
    if (values.json) await json({ ...gone, freedBytes }, signal)
    else await line(pruned(gone, freedBytes), signal)
    return 0
  },
})

/** Up to here a body goes at once, with all else; bytes. */
const LARGE = 65_536

interface Gone {
  readonly removed: number
  /** Bodies and metadata. */
  readonly removedBytes: number
}

function pruned({ removed, removedBytes }: Gone, freed: number | null): string {
  const said = `${counted(removed, 'response')} removed, ${size(removedBytes)}`
  if (freed === null || removed === 0) return said
  return `${said}; ${size(freed)} given back${removedBytes - freed > LARGE ? LATER : ''}`
}

/** `stats`: how much of what is stored. */
import type { Cache } from '../../src/cache.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { EVERYTHING } from '../entries.ts'
import { json, line, pairs } from '../output.ts'
import { bytesOf, withCache } from '../place.ts'
import type { Place } from '../place.ts'
import { createProgress } from '../progress.ts'
import { counted, size, span } from '../units.ts'

export const stats: Command = command({
  synopsis: 'stats [OPTIONS]',
  about: 'Counts what is stored.',
  options: {},
  operands: [0, 0],
  run: ({ values }, signal) =>
    withCache(values, 'look', async ({ cache, place }) => {
      const found = await totals(cache, place, signal)
      if (values.json) await json(found, signal)
      else await line(described(found), signal)
      return 0
    }),
})

interface Totals {
  readonly path: string | null
  readonly backend: string | null
  readonly entries: number
  readonly valid: number
  readonly expired: number
  readonly invalid: number
  /** Bodies and metadata. */
  readonly bytes: number
  /** On the disk, where it is one file. */
  readonly fileBytes: number | null
  readonly oldest: Date | null
  readonly newest: Date | null
}

async function totals(cache: Cache, place: Place | undefined, signal: AbortSignal): Promise<Totals> {
  const states = { valid: 0, expired: 0, invalid: 0 }
  let [entries, bytes, first, last] = [0, 0, Infinity, -Infinity]
  const progress = createProgress('stats')
  try {
    for await (const { createdAt, size, state } of cache.filter(EVERYTHING)) {
      signal.throwIfAborted()
      states[state]++
      entries++
      bytes += size
      first = Math.min(first, createdAt.getTime())
      last = Math.max(last, createdAt.getTime())
      progress.update({ done: entries, bytes })
    }
  } finally {
    progress.end()
  }
  return {
    path: place?.path ?? null,
    backend: place?.backend ?? null,
    entries,
    ...states,
    bytes: await cache.size(),
    fileBytes: bytesOf(place) ?? null,
    oldest: entries > 0 ? new Date(first) : null,
    newest: entries > 0 ? new Date(last) : null,
  }
}

function described({
  backend,
  bytes,
  entries,
  expired,
  fileBytes,
  invalid,
  newest,
  oldest,
  path,
  valid,
}: Totals): string {
  const ago = (date: Date | null): string | undefined =>
    date ? `${span(Math.max(0, Date.now() - date.getTime()))} ago` : undefined
  const unread = invalid > 0 ? `, ${invalid} not to be read` : ''
  return pairs([
    ['cache', path === null ? undefined : `${path} (${backend})`],
    ['stored', `${counted(entries, 'response')}: ${valid} fresh, ${expired} expired${unread}`],
    ['size', `${size(bytes)}${fileBytes === null ? '' : `, ${size(fileBytes)} on the disk`}`],
    ['oldest', ago(oldest)],
    ['newest', ago(newest)],
  ])
}

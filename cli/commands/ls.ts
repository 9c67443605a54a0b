/** `ls`: what is stored. */
import process from 'node:process'
import type { Cache } from '../../src/cache.ts'
import type { CachedEntry, Filter, SortKey } from '../../src/management/types.ts'
import type { Options, Values } from '../arguments.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { entryJson, heading, row } from '../entries.ts'
import { usage } from '../failure.ts'
import { FILTER, filterOf } from '../filters.ts'
import { json, line, note, printable } from '../output.ts'
import { withCache } from '../place.ts'
import { count } from '../units.ts'

const KEYS: readonly SortKey[] = ['createdAt', 'expires', 'lastUsed', 'size', 'url']

const OPTIONS = {
  ...FILTER,
  sort: { type: 'string', value: 'KEY', help: `by ${KEYS.join(', ')}; default: as they were stored` },
  reverse: { type: 'boolean', short: 'r', help: 'the largest or latest first' },
  limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many' },
  long: { type: 'boolean', short: 'l', help: 'with the last use, the cacheKey and tags' },
} as const satisfies Options

type Given = Values<typeof OPTIONS>

export const ls: Command = command({
  synopsis: 'ls [OPTIONS] [PATTERN]',
  about: `Lists stored responses. PATTERN is as in rules: 'site.com', '*.site.com/api/*',
'/image/*' on any site, '/*logo*' for a part of a path.`,
  options: OPTIONS,
  operands: [0, 1],
  async run({ operands: [pattern], values }, signal) {
    const filter = filterOf({ ...values, pattern })
    const limit = values.limit === undefined ? Infinity : count('--limit', values.limit)
    const key = sortKey(values)
    return withCache(values, 'look', async ({ cache }) => {
      const now = Date.now()
      let shown = 0
      for await (const entry of found(cache, filter, key, values.reverse, limit)) {
        if (values.json) await json(entryJson(entry), signal)
        else await line(`${shown === 0 ? `${heading(values.long)}\n` : ''}${row(entry, now, values.long)}`, signal)
        if (++shown >= limit) break
      }
      if (shown === 0 && process.stdout.isTTY)
        note(pattern === undefined ? 'nothing' : `nothing for ${printable(pattern)}`)
      return 0
    })
  },
})

function sortKey({ reverse, sort }: Given): SortKey | undefined {
  if (sort === undefined) return reverse ? 'createdAt' : undefined
  const key = KEYS.find((key) => key.toLowerCase() === sort.toLowerCase())
  if (key === undefined) throw usage(`--sort: ${JSON.stringify(sort)} is not one of ${KEYS.join(', ')}`)
  return key
}

function found(
  cache: Cache,
  filter: Filter,
  key: SortKey | undefined,
  reversed = false,
  limit: number,
): AsyncIterable<CachedEntry> {
  if (key === undefined) return cache.filter(filter)
  return cache.sorted({ ...filter, key, reversed, ...(Number.isFinite(limit) && { limit }) })
}

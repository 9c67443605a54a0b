/** `show`: the variants that are stored under a URL or a key. */
import type { CachedEntry } from '../../src/management/types.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { entryJson, named } from '../entries.ts'
import { Failure } from '../failure.ts'
import { json, line, pairs, printable, style, write } from '../output.ts'
import { withCache } from '../place.ts'
import { count, size, span } from '../units.ts'

export const show: Command = command({
  synopsis: 'show [OPTIONS] URL|KEY',
  about: 'Shows each response that is stored for a URL, by whatever method, or under a cacheKey; the newest first.',
  options: {
    body: { type: 'boolean', short: 'b', help: 'write the body of the newest instead' },
    variant: { type: 'string', value: 'N', help: 'only the Nth' },
  },
  operands: [1, 1],
  async run({ operands: [name = ''], values }, signal) {
    const which = values.variant === undefined ? undefined : count('--variant', values.variant)
    return withCache(values, 'look', async ({ cache }) => {
      const all = await named(cache, name)
      const chosen = which === undefined ? all : all.slice(which - 1, which)
      const [first] = chosen
      if (!first) throw new Failure(`${all.length === 0 ? 'nothing' : `only ${all.length}`} is stored for ${name}`)
      if (values.body) {
        for await (const chunk of (await first.response()).body ?? []) await write(chunk, signal)
        return 0
      }
      for (const entry of chosen) {
        const number = all.indexOf(entry) + 1
        if (values.json)
          await json({ ...entryJson(entry), statusText: entry.statusText, headers: [...entry.headers] }, signal)
        else await line(described(entry, number, all.length), signal)
      }
      return 0
    })
  },
})

function described(entry: CachedEntry, number: number, total: number): string {
  const {
    createdAt,
    expires,
    headers,
    lastUsed,
    method,
    size: bytes,
    state,
    status,
    statusText,
    tags,
    url,
    validatedAt,
  } = entry
  const now = Date.now()
  const when = (date: Date): string => `${date.toISOString()} (${span(Math.max(0, now - date.getTime()))} ago)`
  const until =
    expires && `${expires.toISOString()} (${state === 'valid' ? `in ${span(expires.getTime() - now)}` : state})`
  const title = state === 'invalid' ? "can't be read by this release" : `${method} ${url}`
  const about = pairs([
    ['variant', total > 1 ? `${number} of ${total}` : undefined],
    ['status', state === 'invalid' ? undefined : `${status} ${statusText}`.trimEnd()],
    ['key', entry.cacheKey],
    ['stored', when(createdAt)],
    ['validated', validatedAt.getTime() > createdAt.getTime() + 1000 ? when(validatedAt) : undefined],
    ['expires', state === 'invalid' ? undefined : (until ?? 'never')],
    ['used', lastUsed ? when(lastUsed) : undefined],
    ['size', size(bytes)],
    ['tags', tags.length > 0 ? tags.join(', ') : undefined],
  ])
  const fields = [...headers].map(([header, value]) => `  ${printable(header)}: ${printable(value)}`)
  return [style('bold', printable(title)), about, ...fields, ...(number < total ? [''] : [])].join('\n')
}

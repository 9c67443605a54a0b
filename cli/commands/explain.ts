/** `explain`: what a fetch would do, and why. */
import type { Explanation, StoredExplanation } from '../../src/explain.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { checkUrl } from '../entries.ts'
import { json, line, pairs, printable, style } from '../output.ts'
import { withCache } from '../place.ts'
import { initOf, REQUEST } from '../request.ts'
import { size, span } from '../units.ts'

const ACTIONS: Readonly<Record<Explanation['action'], string>> = {
  reuse: 'serve what is stored',
  validate: 'ask the origin whether what is stored still holds',
  forward: 'ask the origin for a response',
  refuse: 'answer 504',
  bypass: 'have no part in it',
}

const SOURCES: Readonly<Record<StoredExplanation['lifetimeFrom'], string>> = {
  request: 'as the request asked',
  rule: 'by the rule',
  response: 'as the response says',
  cache: "the cache's default",
  none: 'since nothing says more',
  heuristic: 'guessed from its Last-Modified',
}

export const explain: Command = command({
  synopsis: 'explain [OPTIONS] URL',
  about: 'Says what a fetch would do with a request now, and why. Asks no origin.',
  options: REQUEST,
  operands: [1, 1],
  async run({ operands: [url = ''], values }, signal) {
    checkUrl(url)
    const { init } = await initOf(values)
    return withCache(values, 'look', async ({ cache }) => {
      const explanation = await cache.explain(url, init)
      if (values.json) await json(explanation, signal)
      else await line(`${style('bold', printable(`${init.method} ${url}`))}\n${described(explanation)}`, signal)
      return 0
    })
  },
})

function described({ action, cacheKey, rule, stored, variants, why }: Explanation): string {
  return pairs([
    ['action', `${action}: ${ACTIONS[action]}`],
    ['why', why],
    ['key', cacheKey ?? undefined],
    ['rule', rule ? `number ${rule.index + 1}: ${rule.pattern}` : undefined],
    [
      'stored',
      stored ? storedText(stored) : variants > 0 ? `${variants} under this key, of which none matches` : 'nothing',
    ],
    ['lifetime', stored ? lifetimeText(stored) : undefined],
  ])
}

const storedText = ({ createdAt, size: bytes, status }: StoredExplanation): string =>
  `${status}, ${size(bytes)}, first stored ${createdAt.toISOString()}`

function lifetimeText({ age, fresh, lifetime, lifetimeFrom, refreshes }: StoredExplanation): string {
  const state = fresh ? 'fresh' : refreshes ? 'stale, refreshed behind the answer' : 'stale'
  return `${span(lifetime * 1000)}, ${SOURCES[lifetimeFrom]}; ${span(age * 1000)} old, so ${state}`
}

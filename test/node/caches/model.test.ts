/** The standard's own words as a model: a list that is searched from the beginning, and changed in one step. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CacheLike } from '../../../src/index.ts'
import { KINDS, text, world } from './given.ts'
import type { Kind } from './given.ts'

interface Item {
  readonly url: string
  readonly shape: string
  readonly varies: boolean
  readonly body: string
}

interface Options {
  readonly ignoreSearch: boolean
  readonly ignoreVary: boolean
}

type Step =
  | { readonly do: 'put'; readonly items: readonly Item[] }
  | { readonly do: 'addAll'; readonly items: readonly Item[] }
  | ({ readonly do: 'delete' } & Pick<Item, 'url' | 'shape'> & Options)

const ORIGIN = 'https://example.org/'
const url = fc.constantFrom('a', 'a?', 'a?q', 'a#f', 'b', 'b?q')
const shape = fc.constantFrom('round', 'square')
const item = fc.record({ url, shape, varies: fc.boolean(), body: fc.string() })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('put' as const), items: fc.array(item, { minLength: 1, maxLength: 1 }) }),
  fc.record({ do: fc.constant('addAll' as const), items: fc.array(item, { maxLength: 3 }) }),
  fc.record({ do: fc.constant('delete' as const), url, shape, ignoreSearch: fc.boolean(), ignoreVary: fc.boolean() }),
)

const part = (given: string, ignoreSearch = false): string => given.replace(ignoreSearch ? /[?#].*/ : /#.*/, '')

const matching = (query: Pick<Item, 'url' | 'shape'>, cached: Item, options?: Options): boolean =>
  part(query.url, options?.ignoreSearch) === part(cached.url, options?.ignoreSearch) &&
  (options?.ignoreVary || !cached.varies || cached.shape === query.shape)

/** "Batch Cache Operations"; undefined for InvalidStateError. */
function after(list: readonly Item[], taken: Step): readonly Item[] | undefined {
  if (taken.do === 'delete') return list.filter((cached) => !matching(taken, cached, taken))
  let next = [...list]
  const added: Item[] = []
  for (const operation of taken.items) {
    if (added.some((cached) => matching(operation, cached))) return undefined
    next = [...next.filter((cached) => !matching(operation, cached)), operation]
    added.push(operation)
  }
  return next
}

const requestOf = (given: Pick<Item, 'url' | 'shape'>): Request =>
  new Request(ORIGIN + given.url, { headers: { 'x-shape': given.shape } })

const responseOf = ({ body, varies }: Item): Response =>
  new Response(body, varies ? { headers: { vary: 'X-Shape' } } : {})

/** How it ended: whether anything was deleted, or the name of the error. */
async function take(cache: CacheLike, taken: Step, replies: Map<string, Item>): Promise<boolean | string | undefined> {
  if (taken.do === 'delete') return cache.delete(requestOf(taken), taken)
  const requests = taken.items.map((given) => {
    const request = requestOf(given)
    const id = `${replies.size}`
    request.headers.set('x-id', id)
    replies.set(id, given)
    return request
  })
  if (taken.do === 'addAll') return cache.addAll(requests).catch(({ name }: Error) => name)
  for (const given of taken.items) await cache.put(requestOf(given), responseOf(given))
  return undefined
}

function ending(taken: Step, before: readonly Item[], next: readonly Item[] | undefined): boolean | string | undefined {
  if (!next) return 'InvalidStateError'
  return taken.do === 'delete' ? next.length < before.length : undefined
}

const RUNS: Readonly<Record<Kind, number>> = { memory: 150, sqlite: 40, filesystem: 15 }

test.each(KINDS)('does what the standard says, whatever is done in whatever order: %s', async (kind) => {
  const replies = new Map<string, Item>()
  await using given = await world(kind, ({ headers }) => {
    const reply = replies.get(headers.get('x-id') ?? '')
    return reply ? responseOf(reply) : Response.error()
  })
  let run = 0
  const property = fc.asyncProperty(fc.array(step, { maxLength: 8 }), url, async (steps, sought) => {
    const cache = await given.caches.open(`${run++}`)
    let model: readonly Item[] = []
    for (const taken of steps) {
      const next = after(model, taken)
      expect(await take(cache, taken, replies)).toBe(ending(taken, model, next))
      model = next ?? model
      expect((await cache.keys()).map((request) => request.url)).toEqual(model.map((it) => ORIGIN + it.url))
      expect(await Promise.all((await cache.matchAll()).map(text))).toEqual(model.map(({ body }) => body))
    }
    const query = { url: sought, shape: 'round' }
    const found = model.filter((cached) => matching(query, cached))
    expect(await text(await cache.match(requestOf(query)))).toBe(found[0]?.body)
    expect(await Promise.all((await cache.matchAll(requestOf(query))).map(text))).toEqual(found.map(({ body }) => body))
  })
  await fc.assert(property, { numRuns: RUNS[kind] })
})

/** What changes many entries: removed, to be validated, or with another lifetime. */
import type { Storage } from '../exchange/storage.ts'
import { parseLifetime } from '../options/duration.ts'
import { refuse } from '../options/refuse.ts'
import { encodeRecord } from '../record.ts'
import type { ResponseRecord } from '../record.ts'
import type { Meta, Target } from '../store.ts'
import { checkWritable, opened } from './context.ts'
import type { Context } from './context.ts'
import type { Seen } from './entry.ts'
import { parseFilter, parseWork } from './filter.ts'
import { isBookkeeping } from './listing.ts'
import { placesOf } from './places.ts'
import { chosen, parseSelection } from './selection.ts'
import type { Chosen } from './selection.ts'
import type { Management, WorkOptions } from './types.ts'

const BATCH = 500

type Removal = Pick<Management, 'delete' | 'invalidate' | 'clear' | 'resetExpiration'>

export function createRemoval(context: Context): Removal {
  const instead = (how: string): string =>
    `give URLs, cacheKeys, Requests, or a filter such as { expired: true }; ${how}`

  async function each(
    selection: Chosen,
    work: WorkOptions,
    change: (storage: Storage, seen: Seen) => Promise<boolean>,
  ): Promise<number> {
    const storage = await opened(context)
    let count = 0
    for await (const seen of chosen(context, storage, selection, work)) {
      if (!isBookkeeping(seen.entry) && (await change(storage, seen))) count++
    }
    return count
  }

  async function reset({ store }: Storage, { entry, readable }: Seen, record: ResponseRecord): Promise<boolean> {
    if (!readable) return false
    const { policy, stored } = readable
    const { writing } = await context.exchange.network()
    const label = writing.labelOf({ record, facts: stored.facts }, { policy }, context.now(), entry.meta.tags)
    return store.update(entry, { ...entry.meta, ...label, envelope: encodeRecord(record) })
  }

  return {
    async delete(which, options) {
      const selection = parseSelection(which, context, 'delete', instead('deleting all is clear()'))
      const work = parseWork(options)
      checkWritable(context, 'delete')
      const storage = await opened(context)
      await doom(context, storage, selection)
      return remove(storage, chosen(context, storage, selection, work), 'criteria' in selection)
    },

    async invalidate(which, options) {
      const selection = parseSelection(which, context, 'invalidate', instead('all are { valid: true, expired: true }'))
      const work = parseWork(options)
      checkWritable(context, 'invalidate')
      await doom(context, await opened(context), selection)
      return each(selection, work, async ({ store }, { entry, readable }) => {
        if (!readable) return false
        const { record } = readable.stored
        if (record.invalid) return true
        const meta: Meta = {
          ...entry.meta,
          expiresAt: context.now(),
          envelope: encodeRecord({ ...record, invalid: true }),
        }
        return store.update(entry, meta)
      })
    },

    async clear() {
      checkWritable(context, 'clear')
      const { store } = await opened(context)
      await (await context.exchange.loaded())?.flights.doom()
      await store.delete([{ namespace: 'http' }])
    },

    async resetExpiration(expireAfter, which, options) {
      const given = parseLifetime('expireAfter', expireAfter)
      if (given === 'do-not-cache') return refuse('invalid-option', 'expireAfter', expireAfter, 'how long, or a Date')
      const all = which === undefined || isEmpty(which)
      const selection = all
        ? { criteria: parseFilter({}, context) }
        : parseSelection(which, context, 'which', instead(''))
      const work = parseWork(options)
      checkWritable(context, 'resetExpiration')
      const until = 'until' in given ? given.until : context.now() + given.for
      const lifetime = Number.isFinite(until) ? { until } : { for: null }
      return each(selection, work, async (storage, seen) =>
        seen.readable ? reset(storage, seen, { ...seen.readable.stored.record, lifetime, invalid: false }) : false,
      )
    },
  }
}

const isEmpty = (which: object | string | null): boolean =>
  which !== null &&
  Object.getPrototypeOf(which) === Object.prototype &&
  Object.values(which).every((value) => value === undefined)

/** What is under way for what was selected is not stored afterwards, as it may be older. */
async function doom(context: Context, storage: Storage, selection: Chosen): Promise<void> {
  const flights = (await context.exchange.loaded())?.flights
  if (!flights) return
  if ('criteria' in selection) {
    const { coming } = selection.criteria
    if (coming) await (coming.tag ? flights.doomTagged(coming.tag) : flights.doom(({ out }) => coming.is(out)))
    return
  }
  const places = await placesOf(context, storage, selection.names)
  await flights.doom(({ key: { key } }) =>
    places.some(({ selector = key.selector, url }) => url === key.url && selector === key.selector),
  )
}

/** In batches; `exact`: only these versions, since others may not be what was asked for. */
export async function remove({ store }: Storage, found: AsyncIterable<Seen>, exact: boolean): Promise<number> {
  let count = 0
  let batch: Target[] = []
  async function flush(): Promise<void> {
    if (batch.length > 0) count += await store.delete(batch)
    batch = []
  }
  for await (const { entry } of found) {
    const { key, meta, version } = entry
    const target = { ...key, variant: meta.variant, ...(exact && { version }) }
    // Not counted: nobody stored it.
    if (isBookkeeping(entry)) await store.delete([target])
    else if (batch.push(target) >= BATCH) await flush()
  }
  await flush()
  return count
}

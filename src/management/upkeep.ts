/** Putting in order what is stored: under the keys of the present settings, and readable. */
import { hasCode } from '../errors.ts'
import { isCustom, simplified } from '../exchange/storage.ts'
import type { Storage } from '../exchange/storage.ts'
import { cacheKeyOf } from '../key/key.ts'
import { ignoredOf, redactUrl } from '../key/redact.ts'
import type { Stored } from '../record.ts'
import type { Entry, Key } from '../store.ts'
import { checkWritable, opened } from './context.ts'
import type { Context } from './context.ts'
import { createView, standing, watchedRequest } from './entry.ts'
import { parseVerifying, parseWork } from './filter.ts'
import { exactly, isBookkeeping, watched } from './listing.ts'
import { streamOf } from './copying.ts'
import { keyUnder, lookAt } from './places.ts'
import type { Management, Verification } from './types.ts'

export function createUpkeep(context: Context): Pick<Management, 'recreateKeys' | 'verify'> {
  return {
    async recreateKeys(options) {
      const work = parseWork(options)
      checkWritable(context, 'recreateKeys')
      const storage = await opened(context)
      const view = createView(context, storage.targeted)
      const { entries } = await storage.store.usage('http')
      let moved = 0
      for await (const entry of watched(storage.store.list({ namespace: 'http' }), work, entries)) {
        const stored = isBookkeeping(entry) ? undefined : view(entry).readable?.stored
        if (stored && (await move(context, storage, stored))) moved++
      }
      return moved
    },

    async verify(options) {
      const { repair = false, ...work } = parseVerifying(options)
      if (repair) checkWritable(context, 'verify with repair')
      const storage = await opened(context)
      const view = createView(context, storage.targeted)
      const { entries } = await storage.store.usage('http')
      const damaged: Verification['damaged'][number][] = []
      let checked = 0
      for await (const entry of watched(storage.store.list({ namespace: 'http' }), work, entries)) {
        if (isBookkeeping(entry)) continue
        checked++
        const why = view(entry).readable ? await fault(storage, entry) : 'its record is not of this release'
        if (why === undefined) continue
        damaged.push({ cacheKey: cacheKeyOf(entry.key), why })
        if (repair) await storage.store.delete([exactly(entry)])
      }
      return { checked, damaged }
    },
  }
}

/** What was stored by its content stays: its key can't be computed again. */
const movable = ({ entry: { key }, record }: Stored): boolean =>
  (record.method === 'GET' || record.method === 'HEAD') && (key.selector === '' || key.selector === 'custom:')

/** First to its new place, then from the old one: whatever happens between, nothing is lost. */
async function move(context: Context, storage: Storage, stored: Stored): Promise<boolean> {
  if (!movable(stored)) return false
  const { entry, record } = stored
  const { method } = record
  const request = watchedRequest(method, record.url)
  const { settings } = standing(context, request)
  const url = redactUrl(record.url, await ignoredOf(settings.ignoredParameters)).url
  const key = await keyUnder(context, request)
  if (request.asked()) return false
  const rule = record.fields.find(([name]) => name === 'no-vary-search')?.[1] ?? null
  if (!key || key.selector.includes(' ')) return false
  const place: Key = isCustom(key) ? key : { ...key, url: await simplified(key.url, rule) }
  if (place.url === entry.key.url && place.selector === entry.key.selector) return false
  const there = (await lookAt(storage, place)).find(({ entry: { meta } }) => meta.variant === entry.meta.variant)
  if (!there || there.record.responseTime < record.responseTime) {
    const { createdAt, basis, expiresAt, reclaimAt, tags } = entry.meta
    const label = { basis, expiresAt, reclaimAt, tags }
    try {
      const { writing } = await context.exchange.network()
      await writing.put(storage, { key, record: { ...record, url }, createdAt, label }, await streamOf(entry))
    } catch (error) {
      // It was replaced meanwhile, which went to the new key.
      if (hasCode(error, 'gone')) return false
      throw error
    }
  }
  await storage.store.delete([exactly(entry)])
  return true
}

/** Undefined where the body can be read to its end, or is another's by now. */
async function fault({ store }: Storage, entry: Entry): Promise<string | undefined> {
  let size = 0
  try {
    const reader = (await entry.open()).getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) size += next.value.byteLength
  } catch (error) {
    for await (const { version } of store.list({ namespace: 'http', url: entry.key.url }))
      if (version === entry.version) return error instanceof Error ? error.message : String(error)
    return undefined
  }
  return size === entry.size ? undefined : `its body has ${size} of ${entry.size} bytes`
}

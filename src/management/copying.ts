/** Everything from one store to another, under the same keys. */
import { StowawayError, hasCode } from '../errors.ts'
import { PLACE } from '../exchange/secret.ts'
import { ignoredNames, isCredentialHeader } from '../key/redact.ts'
import { refuse } from '../options/refuse.ts'
import { decodeRecord } from '../record.ts'
import type { ResponseRecord } from '../record.ts'
import type { Entry, Store } from '../store.ts'
import { checkWritable, opened } from './context.ts'
import type { Context } from './context.ts'
import { parseWork } from './filter.ts'
import { isBookkeeping, watched } from './listing.ts'
import type { Management, Transfer } from './types.ts'

type Source = Parameters<Management['update']>[0]

export async function update(context: Context, given: Source, options: unknown): Promise<Transfer> {
  const work = parseWork(options)
  if (!isCache(given) && !isStore(given)) refuse('invalid-option', 'source', given, 'a cache or a store')
  checkWritable(context, 'update')
  const { store } = await opened(context)
  const source = isCache(given) ? await given.store() : given
  if (!isStore(source)) refuse('invalid-option', 'source.store()', source, 'a store')
  if (source === store) throw new StowawayError('invalid-option', 'source: a cache is not copied into itself')
  const shared = await shareSecret(source, store)
  const { entries } = await source.usage('http')
  const count = { copied: 0, present: 0, skipped: 0 }
  for await (const entry of watched(source.list({ namespace: 'http' }), work, entries)) {
    const record = decodeRecord(entry.meta.envelope)
    const readable = record && (shared || !needsSecret(record))
    const outcome = readable ? await copy(entry, record, store) : 'skipped'
    if (!isBookkeeping(entry)) count[outcome]++
  }
  return count
}

const isCache = (given: unknown): given is Exclude<Source, Store> => has(given, 'store')

/** As far as it is read. */
const isStore = (given: unknown): given is Store => ['get', 'list', 'usage'].every((name) => has(given, name))

const has = (given: unknown, name: string): boolean =>
  typeof given === 'object' && given !== null && typeof Reflect.get(given, name) === 'function'

/** Whether the digests of one mean the same in the other; an empty store takes the source's secret. */
async function shareSecret(source: Store, store: Store): Promise<boolean> {
  const [[theirs], [ours]] = [await source.get(PLACE, false), await store.get(PLACE, false)]
  if (!theirs) return false
  const secret = await bytesOf(theirs)
  if (!ours) await store.put(PLACE, theirs.meta, secret)
  return !ours || String(await bytesOf(ours)) === String(secret)
}

export async function bytesOf(entry: Entry): Promise<Uint8Array<ArrayBuffer>> {
  return entry.bytes ?? new Uint8Array(await new Response(await entry.open()).arrayBuffer())
}

const DIGEST = /(?:^| )[\w-]{43}$/
const DEFAULTS = ignoredNames()

export function needsSecret({ identity, selecting }: ResponseRecord): boolean {
  const digests = Object.entries(selecting).some(
    ([name, value]) => value !== null && (name === '*' || isCredentialHeader(name, DEFAULTS)),
  )
  return digests || (identity !== null && DIGEST.test(identity))
}

async function copy(entry: Entry, record: ResponseRecord, store: Store): Promise<keyof Transfer> {
  const there = (await store.get(entry.key, false)).find(({ meta }) => meta.variant === entry.meta.variant)
  const known = there && decodeRecord(there.meta.envelope)
  if (known && known.responseTime >= record.responseTime) return 'present'
  let lost = false
  const failed = (): void => void (lost = true)
  try {
    await store.put(entry.key, entry.meta, await streamOf(entry, failed))
    return 'copied'
  } catch (error) {
    // What the source can't give to its end, or this store does not take.
    if (lost || hasCode(error, 'too-large')) return 'skipped'
    throw error
  }
}

/** A body on its way from store to store; `failed` is called when the source can't give it. */
export async function streamOf(
  entry: Entry,
  failed: () => void = () => {},
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = await entry.open().then(
    (body) => body.getReader(),
    (error: unknown) => {
      failed()
      throw error
    },
  )
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          failed()
          throw error
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** Everything from one store to another, under the same keys. */
import { StowawayError, hasCode } from '../errors.ts'
import { PLACE, bytesOf } from '../exchange/secret.ts'
import type { Bytes } from '../exchange/spool.ts'
import { ignoredNames, isCredentialHeader } from '../key/redact.ts'
import { refuse } from '../options/refuse.ts'
import { decodeRecord } from '../record.ts'
import type { ResponseRecord } from '../record.ts'
import type { Entry, Meta, Store } from '../store.ts'
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
  const [secret] = await source.get(PLACE, false)
  const shared = secret !== undefined && (await shareSecret(store, await bytesOf(secret), secret.meta))
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

/** Whether digests made with that secret mean the same in the store, which takes the secret where it has none. */
export async function shareSecret(store: Store, secret: Bytes, meta: Meta): Promise<boolean> {
  const [ours] = await store.get(PLACE, false)
  if (!ours) await store.put(PLACE, meta, secret)
  return !ours || String(await bytesOf(ours)) === String(secret)
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

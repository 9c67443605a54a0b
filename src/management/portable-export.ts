/** The cache as one portable file, line by line. */
import { PLACE, bytesOf } from '../exchange/secret.ts'
import type { Bytes } from '../exchange/spool.ts'
import type { Storage } from '../exchange/storage.ts'
import { flag, parseMembers, text } from '../options/members.ts'
import type { Entry } from '../store.ts'
import { opened } from './context.ts'
import type { Context } from './context.ts'
import { needsSecret } from './copying.ts'
import { WORK, filterTable, criteriaOf } from './filter.ts'
import { scan } from './listing.ts'
import {
  batched,
  createSum,
  encodeLine,
  pieces,
  streamFrom,
  textOf,
  toBase64,
  unlessGone,
  FORMAT_VERSION,
} from './portable.ts'
import type { ExportOptions } from './types.ts'

export function exported(context: Context, given: unknown): ReadableStream<Bytes> {
  return streamFrom(batched(lines(context, given)))
}

async function* lines(context: Context, given: unknown): AsyncGenerator<Bytes> {
  const { after, filter, secret = false, ...work } = parseOptions(given, context)
  const storage = await opened(context)
  const kept = secret ? await keptSecret(storage) : undefined
  const createdAt = new Date(context.now()).toISOString()
  yield encodeLine({ stowaway: 'export', version: FORMAT_VERSION, createdAt, ...(kept && { secret: toBase64(kept) }) })
  const count = { entries: 0, skipped: 0 }
  let found = after === undefined || !(await isThere(storage, after))
  for await (const { entry, readable } of scan(context, storage, filter, work)) {
    if (!found) found = entry.version === after
    else if (!readable || (!kept && needsSecret(readable.stored.record))) count.skipped++
    else if (yield* ofEntry(entry)) count.entries++
  }
  yield encodeLine({ stowaway: 'end', ...count })
}

function parseOptions(
  given: unknown,
  context: Context,
): Omit<ExportOptions, 'filter'> & { filter: ReturnType<typeof criteriaOf> } {
  const filter = (value: unknown, where: string): ReturnType<typeof criteriaOf> =>
    criteriaOf(parseMembers(filterTable(context), value, where), context)
  const parsed = parseMembers({ ...WORK, after: text, filter, secret: flag }, given, 'options')
  return { ...parsed, filter: parsed.filter ?? filter({}, 'filter') }
}

async function keptSecret({ store }: Storage): Promise<Bytes | undefined> {
  const [entry] = await store.get(PLACE, false)
  return entry && bytesOf(entry)
}

async function isThere({ store }: Storage, version: string): Promise<boolean> {
  for await (const entry of store.list({ namespace: 'http' })) if (entry.version === version) return true
  return false
}

/** Whether it was there to its end. */
async function* ofEntry(entry: Entry): AsyncGenerator<Bytes, boolean> {
  const { key, meta, size, version } = entry
  const { basis, createdAt, envelope, expiresAt, reclaimAt, tags, variant } = meta
  const labels = { variant, createdAt, reclaimAt, expiresAt, basis, tags }
  const body = await unlessGone(entry.open())
  if (!body) return false
  const sum = createSum()
  const summed = (value: unknown): Bytes => {
    const line = encodeLine(value)
    sum.add(line)
    return line
  }
  yield summed({ cursor: version, url: key.url, selector: key.selector, ...labels, size, envelope })
  const cut = pieces(body)
  for (let next = await unlessGone(cut.next()); !next?.done; next = await unlessGone(cut.next())) {
    if (!next) {
      yield encodeLine({ gone: true })
      return false
    }
    const plain = textOf(next.value)
    yield summed(plain === undefined ? { base64: toBase64(next.value) } : { text: plain })
  }
  yield encodeLine({ end: true, crc32: sum.text() })
  return true
}

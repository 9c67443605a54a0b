/** A portable file into the cache, entry by entry. */
import { hasCode } from '../errors.ts'
import { secretMeta } from '../exchange/secret.ts'
import type { Bytes } from '../exchange/spool.ts'
import { ruleKey, ruleMeta } from '../exchange/storage.ts'
import { flag, parseMembers } from '../options/members.ts'
import { decodeRecord } from '../record.ts'
import type { Store } from '../store.ts'
import { checkWritable, opened } from './context.ts'
import type { Context } from './context.ts'
import { needsSecret, shareSecret } from './copying.ts'
import { WORK } from './filter.ts'
import {
  corrupt,
  createProgress,
  createSum,
  fromBase64,
  joined,
  LINE_FEED,
  PIECE,
  streamFrom,
  FORMAT_VERSION,
} from './portable.ts'
import { describeEntry, isObject } from './portable-entry.ts'
import type { Described, Members } from './portable-entry.ts'
import { checkSource, chunksOf, linesOf } from './portable-lines.ts'
import type { Line } from './portable-lines.ts'
import type { ImportOptions, Imported, Transfer } from './types.ts'

/** The file ends, though more should follow. */
const INTERRUPTED = new Error('interrupted')
/** The writer of the file could not read the entry to its end. */
const GONE = new Error('gone')

/** What `createSecret` makes: with less of it digests could be tried out. */
const SECRET_BYTES = 32

/** The next line and what it says. */
type Reading = () => Promise<{ readonly line: Line; readonly value: Members }>

export async function imported(context: Context, given: unknown, options: unknown): Promise<Imported> {
  const { secret = false, ...work } = parseMembers<ImportOptions>({ ...WORK, secret: flag }, options, 'options')
  const source = checkSource(given)
  checkWritable(context, 'import')
  const { store } = await opened(context)
  const lines = linesOf(chunksOf(source, work.signal))
  const read = reading(lines)
  const count = { copied: 0, present: 0, skipped: 0 }
  const progress = createProgress(work)
  let [cursor, complete, entries]: [string | null, boolean, number] = [null, false, 0]
  try {
    const shared = await takeSecret(store, await header(read), secret, context.now())
    for (;;) {
      const { line, value } = await read()
      complete = value['stowaway'] === 'end'
      if (complete) {
        if (value['entries'] !== entries) throw corrupt(line.number, `it tells of other than ${entries} entries`)
        break
      }
      const described = describeEntry(value)
      if (typeof described === 'string') throw corrupt(line.number, described)
      const outcome = await entry(store, described, bodyOf(read, described, line), shared)
      if (outcome) entries++
      count[outcome ?? 'skipped']++
      cursor = described.cursor
      progress.step(described.size)
    }
  } catch (error) {
    if (error !== INTERRUPTED) throw error
  } finally {
    await lines.return(undefined)
  }
  progress.end()
  return { ...count, complete, cursor }
}

function reading(lines: AsyncIterator<Line>): Reading {
  return async () => {
    const next = await lines.next()
    if (next.done) throw INTERRUPTED
    const line = next.value
    const value = parse(line)
    return isObject(value) ? { line, value } : corruptAt(line, 'it is no JSON object')
  }
}

const corruptAt = ({ number }: Line, why: string): never => {
  throw corrupt(number, why)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function parse({ bytes }: Line): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

async function header(read: Reading): Promise<Members> {
  const { line, value } = await read().catch((error: unknown) => {
    throw error === INTERRUPTED ? corrupt(1, 'it is not the whole first line of an export') : error
  })
  if (value['stowaway'] !== 'export') corruptAt(line, 'it is not the first line of an export')
  if (value['version'] !== FORMAT_VERSION)
    corruptAt(line, `version ${String(value['version'])} is not known, but ${FORMAT_VERSION} is`)
  return value
}

/** Whether digests in the file mean the same in the store. */
async function takeSecret(store: Store, { secret }: Members, wanted: boolean, now: number): Promise<boolean> {
  if (!wanted || typeof secret !== 'string') return false
  const bytes = fromText(secret, 1)
  if (bytes.length !== SECRET_BYTES) throw corrupt(1, `the secret has ${bytes.length} bytes, not ${SECRET_BYTES}`)
  return shareSecret(store, bytes, secretMeta(now))
}

function fromText(base64: string, line: number): Bytes {
  try {
    return fromBase64(base64)
  } catch {
    throw corrupt(line, 'it is no base64')
  }
}

/** A body as its lines come; it ends when all of it was as announced. */
async function* bodyOf(read: Reading, { size }: Described, first: Line): AsyncGenerator<Bytes> {
  const encoder = new TextEncoder()
  const sum = createSum()
  let left = size
  const add = ({ bytes }: Line): void => {
    sum.add(bytes)
    sum.add(LINE_FEED)
  }
  add(first)
  for (;;) {
    const { line, value } = await read()
    const { base64, crc32, end, gone, text } = value
    if (gone === true) throw GONE
    if (end === true) {
      if (left !== 0) corruptAt(line, `the body has ${size - left} of ${size} bytes`)
      if (crc32 !== sum.text()) corruptAt(line, 'the checksum is another')
      return
    }
    if (typeof (text ?? base64) !== 'string') corruptAt(line, 'neither a piece of a body nor the end of an entry')
    const bytes = typeof text === 'string' ? encoder.encode(text) : fromText(String(base64), line.number)
    left -= bytes.length
    if (left < 0) corruptAt(line, `the body has more than ${size} bytes`)
    add(line)
    yield bytes
  }
}

/** Undefined for one that is not whole in the file. */
async function entry(
  store: Store,
  described: Described,
  body: AsyncGenerator<Bytes>,
  shared: boolean,
): Promise<keyof Transfer | undefined> {
  try {
    const known = await whatIsThere(store, described, shared)
    if (known) {
      await drain(body)
      return known
    }
    return await put(store, described, body)
  } catch (error) {
    if (error !== GONE) throw error
    return undefined
  }
}

async function whatIsThere(
  store: Store,
  { key, meta, record, size }: Described,
  shared: boolean,
): Promise<'present' | 'skipped' | undefined> {
  if (!record || (!shared && needsSecret(record)) || size > store.limits.maxEntryBytes) return 'skipped'
  const there = (await store.get(key, false)).find(({ meta: { variant } }) => variant === meta.variant)
  const known = there && decodeRecord(there.meta.envelope)
  return known && known.responseTime >= record.responseTime ? 'present' : undefined
}

async function drain(body: AsyncGenerator<Bytes>): Promise<Bytes[]> {
  const parts: Bytes[] = []
  for await (const part of body) parts.push(part)
  return parts
}

async function put(store: Store, described: Described, body: AsyncGenerator<Bytes>): Promise<'copied' | 'skipped'> {
  const { key, meta, record, size } = described
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown): never => {
    failure = { error }
    throw error
  }
  // What the store does not want has to be read all the same.
  const lasting = {
    next: () => body.next().catch(fail),
    return: async () => ({ done: true, value: undefined }) as const,
  }
  try {
    await store.put(key, meta, size > PIECE ? streamFrom(lasting) : joined(await drain(body).catch(fail)))
  } catch (error) {
    if (failure) throw failure.error
    if (!hasCode(error, 'too-large')) throw error
    await drain(body)
    return 'skipped'
  }
  const rule = record?.fields.some(([name]) => name === 'no-vary-search')
  if (rule) await store.put(ruleKey(key), ruleMeta(meta), new Uint8Array())
  return 'copied'
}

import { StowawayError } from '../../src/errors.ts'
import type { Key, Meta } from '../../src/store.ts'
import { type Content, discardBody, ownBody, writeBody } from './bodies.ts'
import type { Row } from './driver.ts'
import { encodeMeta } from './meta.ts'
import { INLINE } from './pieces.ts'
import { evict, type Eviction, excess, finishEviction, type Victim, withRoom } from './room.ts'
import { NEVER } from './schema.ts'
import { nextUse, type Session, write } from './session.ts'
import { toText } from './text.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** How many variants of a response may lie under one key; the oldest goes. */
const MAX_VARIANTS = 64

/** An entry's columns as they are bound. */
interface Columns {
  readonly key: readonly [namespace: string, url: string, selector: string]
  readonly variant: string
  readonly tags: string
  readonly meta: Uint8Array
  readonly times: readonly [createdAt: number, reclaimAt: number | null, expiresAt: number, basis: string]
}

function columnsOf({ codec }: Session, { namespace, url, selector }: Key, meta: Meta): Columns {
  return {
    key: [toText(namespace), toText(url), toText(selector)],
    variant: toText(meta.variant),
    tags: JSON.stringify(meta.tags.map(toText)),
    meta: encodeMeta(codec, meta),
    times: [meta.createdAt, meta.reclaimAt, meta.expiresAt ?? NEVER, toText(meta.basis)],
  }
}

const costOf = ({ key, variant, tags, meta }: Columns, size: number): number =>
  size + meta.length + tags.length + variant.length + key[0].length + key[1].length + key[2].length

/** What was stored: the columns that a look-up reads first, and the body where it is small. */
export interface Stored {
  readonly head: Row
  readonly inline: Bytes | undefined
}

/** Stores an entry in place of the one with the same key and variant. */
export async function putEntry(
  session: Session,
  key: Key,
  meta: Meta,
  body: Bytes | ReadableStream<Bytes>,
  maxEntryBytes: number,
): Promise<Stored> {
  const columns = columnsOf(session, key, meta)
  const keep = (): number => Number(find(session, columns)?.[0] ?? 0)
  const content: Content =
    ArrayBuffer.isView(body) && body.length <= INLINE
      ? { size: body.length, inline: body.slice(), bodyId: null }
      : await writeBody(session, body, maxEntryBytes, keep)
  const { size, inline, bodyId } = content
  try {
    const cost = costOf(columns, size)
    if (cost > session.maxBytes)
      throw new StowawayError('too-large', `An entry may have ${session.maxBytes} bytes at most`)
    const { id, eviction } = await withRoom(session, 2 * cost, keep, () => insert(session, columns, content, cost))
    if (bodyId !== null) session.writing.delete(bodyId)
    if (eviction) await finishEviction(session, id, eviction)
    const head = [id, 0, size, bodyId, columns.meta]
    return { head, inline: inline ?? undefined }
  } catch (error) {
    if (bodyId !== null && session.writing.has(bodyId)) await discardBody(session, bodyId)
    throw error
  }
}

const variantsOf = ({ sql }: Session, { key }: Columns): Row[] => sql.variants.all(...key)

const find = (session: Session, columns: Columns): Row | undefined =>
  variantsOf(session, columns).find((row) => row[1] === columns.variant)

interface Inserted {
  readonly id: number
  readonly eviction: Eviction | undefined
}

/** The commit, in a transaction. */
function insert(session: Session, columns: Columns, { size, inline, bodyId }: Content, cost: number): Inserted {
  const { sql } = session
  const { key, variant, tags, meta, times } = columns
  const http = key[0] === 'http'
  const siblings = variantsOf(session, columns)
  const old = siblings.find((row) => row[1] === variant)
  const surplus = http && !old && siblings.length >= MAX_VARIANTS ? siblings[0] : undefined
  for (const row of [old, surplus]) if (row) sql.remove.run(Number(row[0]))
  if (bodyId !== null) ownBody(session, bodyId)
  const totals = sql.count.all(http ? 1 : 0, http ? cost : 0)[0] ?? []
  const [entries = 0, bytes = 0, id = 0] = totals.map(Number)
  sql.insert.run(id, ...key, variant, ...times, nextUse(session), size, cost, tags, bodyId, meta, inline)
  if (tags !== '[]') sql.tag.run(id, tags)
  const victims: Victim[] = surplus ? [[surplus[0] ?? 0, ...key, surplus[1] ?? '', 0]] : []
  const over = excess(session, entries, bytes)
  if (!over && victims.length === 0) return { id, eviction: undefined }
  return { id, eviction: evict(session, id, over ?? { entries: 0, bytes: 0 }, victims) }
}

/** Replaces the metadata of an entry, if it is still there. */
export async function updateEntry(session: Session, id: number, key: Key, meta: Meta): Promise<boolean> {
  const { sql } = session
  const { tags, meta: blob, times } = columnsOf(session, key, meta)
  const work = (): Eviction | undefined | false => {
    if (sql.update.run(...times, tags, blob, blob.length + tags.length, id) === 0) return false
    const [entries = 0, bytes = 0] = (sql.totals.all()[0] ?? []).map(Number)
    const over = excess(session, entries, bytes)
    return over && evict(session, id, over, [])
  }
  const eviction = await write(session, work)
  if (eviction) await finishEviction(session, id, eviction)
  return eviction !== false
}

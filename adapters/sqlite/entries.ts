import { StowawayError } from '../../src/errors.ts'
import type { Entry, Key, Meta } from '../../src/store.ts'
import { bytesOf, openBody, openBytes } from './bodies.ts'
import type { Row, Value } from './driver.ts'
import { decodeMeta } from './meta.ts'
import { read, type Session, write } from './session.ts'
import { fromText, toText } from './text.ts'

/** Decoded metadata, so that a version is decoded once and always has the same object. */
interface Known {
  readonly revision: Value | undefined
  readonly meta: Meta
}

const GENERATION = 2048

/** Reads rows as entries. */
export interface Entries {
  /** Throws SQLite's errors. With `touch` false, nothing is written: see `Store.get`. */
  get(key: Key, touch: boolean): readonly Entry[]
  /** From a row of a listing; undefined where it can't be decoded. */
  listed(namespace: string, row: Row): Entry | undefined
  /** From what was just put. */
  put(key: Key, head: Row, body: Uint8Array<ArrayBuffer> | undefined): Entry
}

/** @param used Told the id of each entry that is found. */
export function createEntries(session: Session, used: (id: number) => void): Entries {
  const { sql, codec, file } = session
  // Two generations take the place of a list in order of use: what is found in the older one moves to the younger.
  let young = new Map<Value | undefined, Known>()
  let old = new Map<Value | undefined, Known>()

  function remember(id: Value | undefined, known: Known): Meta {
    if (young.size >= GENERATION) {
      old = young
      young = new Map()
    }
    young.set(id, known)
    return known.meta
  }

  function metaOf(row: Row): Meta {
    const [id, revision] = row
    const recent = young.get(id)
    if (recent && recent.revision === revision) return recent.meta
    const known = old.get(id)
    if (known && known.revision === revision) return remember(id, known)
    return remember(id, { revision, meta: decodeMeta(codec, bytesOf(row[4])) })
  }

  function entry(key: Key, row: Row, body: Uint8Array<ArrayBuffer> | undefined): Entry {
    const id = Number(row[0])
    const size = Number(row[2])
    if (body && body.length !== size) throw new RangeError(`A body of ${body.length} bytes where there were ${size}`)
    const common = { key, meta: metaOf(row), version: `${file}.${id}`, size }
    if (body) return { ...common, bytes: body, open: async (start, end) => openBytes(body, start, end) }
    const bodyId = row[3]
    if (typeof bodyId === 'number')
      return { ...common, open: (start, end) => openBody(session, bodyId, size, start, end) }
    return { ...common, open: async (start, end) => openBytes(await readInline(session, id), start, end) }
  }

  function decoded(row: Row, url: Value | undefined, repairing: boolean, make: () => Entry): Entry | undefined {
    try {
      return make()
    } catch (cause) {
      const error = new StowawayError('corrupt', `The entry of ${String(url)} can't be read back`, { cause })
      session.emit({ type: 'error', error })
      // Where that fails, the entry stays and is reported again.
      if (repairing) write(session, () => sql.remove.run(Number(row[0]))).catch(() => {})
      return undefined
    }
  }

  /** Times of use are written behind. */
  const withUse = (one: Entry, id: Value | undefined, usedAt: Value | undefined): Entry => ({
    ...one,
    usedAt: session.uses.get(Number(id)) ?? Number(usedAt),
  })

  return {
    get({ namespace, url, selector }, touch) {
      const key = { namespace, url, selector }
      const rows = (touch ? sql.get : sql.peek).all(toText(namespace), toText(url), toText(selector))
      if (rows.length > 1) rows.sort((a, b) => Number(b[0]) - Number(a[0]))
      const found: Entry[] = []
      for (const row of rows) {
        const one = decoded(row, url, touch, () => entry(key, row, row[3] === null ? bytesOf(row[5]) : undefined))
        if (!one) continue
        found.push(touch ? one : withUse(one, row[0], row[6]))
        if (touch && namespace === 'http') used(Number(row[0]))
      }
      return found
    },
    listed(namespace, row) {
      const one = decoded(row, row[5], true, () => {
        const key = { namespace, url: fromText(String(row[5])), selector: fromText(String(row[6])) }
        return entry(key, row, undefined)
      })
      return one && withUse(one, row[0], row[7])
    },
    put: entry,
  }
}

async function readInline(session: Session, id: number): Promise<Uint8Array<ArrayBuffer>> {
  const [row] = await read(session, () => session.sql.body.all(id))
  if (!row) throw new StowawayError('gone', 'The entry was replaced or removed')
  return bytesOf(row[0])
}

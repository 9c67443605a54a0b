import { renameSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry, Key, Meta } from '../../src/store.ts'
import type { Found } from './files.ts'
import { errno, failure, guarded, inFolder, isFull, locked, LONGEST_RECORD, quietly } from './files.ts'
import type { Format } from './format.ts'
import { folderPath, newId, orderOf, placeOfKey, versionOf } from './layout.ts'
import type { Ledger, Slot } from './ledger.ts'
import type { Bytes, Header } from './record.ts'
import { checksum } from './record.ts'
import type { Pieces, Taken } from './stage.ts'
import { INLINE, piecesOf, remove, take, tooLarge, writeBody, writeRecord } from './stage.ts'
import type { Tree } from './tree.ts'
import type { Upkeep } from './upkeep.ts'

/** What was put, its body where that is small. */
export type Put = Pick<Found, 'header' | 'bytes'>

export interface Writer {
  put(key: Key, meta: Meta, body: Bytes | ReadableStream<Bytes>): Promise<Put>
  update(entry: Entry, meta: Meta): Promise<boolean>
  /** Ends all puts that wait for their streams. */
  abort(reason: Error): void
}

export interface WriterParts {
  readonly root: string
  readonly tree: Tree
  readonly ledger: Ledger
  readonly upkeep: Upkeep
  readonly maxEntryBytes: number
  readonly format: Format
}

const VARIANTS = 64
const EMPTY: Bytes = new Uint8Array()
/** Evicted beyond what is needed where the disk is full: others fill it too. */
const SPARE = 1024 * 1024

export function createWriter({ root, tree, ledger, upkeep, maxEntryBytes, format }: WriterParts): Writer {
  const streaming = new Set<Pieces>()
  let aborted: Error | undefined

  async function put(key: Key, meta: Meta, body: Bytes | ReadableStream<Bytes>): Promise<Put> {
    if (!(body instanceof Uint8Array)) return putStream(key, meta, body)
    if (body.length > maxEntryBytes) throw tooLarge(maxEntryBytes)
    return putTaken(key, meta, { head: body, rest: undefined })
  }

  async function putStream(key: Key, meta: Meta, body: ReadableStream<Bytes>): Promise<Put> {
    const pieces = piecesOf(body, maxEntryBytes, () => aborted)
    streaming.add(pieces)
    try {
      const taken = await take(pieces)
      return await (taken.rest ? putOnce(key, meta, taken) : putTaken(key, meta, taken))
    } catch (error) {
      pieces.cancel(error)
      throw error
    } finally {
      streaming.delete(pieces)
    }
  }

  async function putTaken(key: Key, meta: Meta, taken: Taken): Promise<Put> {
    try {
      return await putOnce(key, meta, taken)
    } catch (error) {
      if (!isFull(error) || !(await upkeep.makeRoom(taken.head.length + SPARE))) throw error
      return putOnce(key, meta, taken)
    }
  }

  async function putOnce(key: Key, meta: Meta, taken: Taken): Promise<Put> {
    const id = newId()
    if (!taken.rest && taken.head.length <= INLINE) {
      const header = { key, meta, version: versionOf(ledger.nextOrder(), id), size: taken.head.length, body: null }
      return commit({ ...header, sum: checksum(taken.head) }, taken.head)
    }
    const folder = folderPath(root, placeOfKey(key))
    const name = `${id}.body`
    tree.writing.add(name)
    try {
      const size = await writeBody(folder, name, taken)
      return await commit({ key, meta, version: versionOf(ledger.nextOrder(), id), size, body: name, sum: 0 }, EMPTY)
    } catch (error) {
      await remove(join(folder, name))
      throw error
    } finally {
      tree.writing.delete(name)
    }
  }

  async function commit(header: Header, bytes: Bytes): Promise<Put> {
    const place = placeOfKey(header.key)
    const folder = folderPath(root, place)
    const file = format.fileOf(header.meta.variant)
    const { content, body } = format.encode(header, bytes)
    if (content.length > LONGEST_RECORD) throw tooLarge(LONGEST_RECORD)
    await guarded(folder, () =>
      inFolder(folder, () => swap(folder, content, (temporary) => replace(folder, temporary, file, header, format))),
    )
    await settle(header, file, content.length)
    if (header.body !== null) return { header, bytes: undefined }
    return { header, bytes: body }
  }

  /** Notes what was put, and makes room for it. */
  async function settle(header: Header, file: string, length: number): Promise<void> {
    const place = placeOfKey(header.key)
    const folder = tree.look(place) ?? ledger.folder(place)
    const slot = ledger.slot(folder, file)
    note(slot, header, length, Date.now())
    ledger.touch(slot)
    if (folder.slots.length > VARIANTS && header.key.namespace === 'http') await dropOldest(folder)
    await upkeep.enforce(slot)
  }

  async function dropOldest(folder: Slot['folder']): Promise<void> {
    tree.inspect(folder)
    const newestFirst = folder.slots.toSorted((a, b) => b.order - a.order)
    for (const slot of newestFirst.slice(VARIANTS)) await upkeep.evict(slot, 'size')
  }

  function note(slot: Slot, header: Header, length: number, usedAt: number): void {
    const bytes = length + (header.body === null ? 0 : header.size)
    ledger.note(slot, { order: orderOf(header.version), bytes, usedAt, header }, Date.now())
  }

  async function update(entry: Entry, meta: Meta): Promise<boolean> {
    const place = placeOfKey(entry.key)
    const folder = folderPath(root, place)
    const path = join(folder, format.fileOf(entry.meta.variant))
    const isSame = (found: Found | 'corrupt' | undefined): found is Found =>
      typeof found === 'object' && found.header.version === entry.version
    try {
      const found = format.readRecord(path)
      if (!isSame(found)) return false
      const header = { ...found.header, meta }
      const { content } = format.encode(header, found.bytes ?? EMPTY)
      const file = format.fileOf(meta.variant)
      const done = await swap(folder, content, (temporary) => {
        if (!isSame(format.readHeader(path))) return false
        replace(folder, temporary, file, header, format)
        if (path !== join(folder, file)) unlinkSync(path)
        return true
      })
      if (done) note(ledger.slot(tree.look(place) ?? ledger.folder(place), file), header, content.length, found.usedAt)
      return done
    } catch (error) {
      if (errno(error) === 'ENOENT') return false
      throw failure(error, folder)
    }
  }

  return {
    put,
    update,
    abort(reason) {
      aborted = reason
      for (const pieces of streaming) pieces.cancel(reason)
    },
  }
}

/** Writes a record beside the present one, then takes the step that puts it in place; leaves nothing else behind. */
async function swap(folder: string, content: Uint8Array, step: (temporary: string) => boolean): Promise<boolean> {
  const temporary = await writeRecord(folder, content)
  let done = false
  try {
    done = await locked(folder, () => step(temporary))
    return done
  } finally {
    if (!done) await remove(temporary)
  }
}

/** The commit. Readers that have opened the old body keep it. */
function replace(folder: string, temporary: string, file: string, { body, size }: Header, format: Format): true {
  const path = join(folder, file)
  // A body that was swept, as that of a writer who seemed dead, must not be missed by readers first.
  if (body !== null && statSync(join(folder, body)).size !== size) throw new Error(`${body} was changed by another`)
  const old = format.readHeader(path)
  renameSync(temporary, path)
  const oldBody = typeof old === 'object' ? old.header.body : null
  if (oldBody !== null && oldBody !== body) quietly(() => unlinkSync(join(folder, oldBody)))
  return true
}

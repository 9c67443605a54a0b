import { promises, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { StowawayError } from '../../src/errors.ts'
import type { Found } from './files.ts'
import { errno, ifThere, locked, quietly } from './files.ts'
import type { Format } from './format.ts'
import type { Place } from './layout.ts'
import { FOLDER, folderPath, LEFTOVER, NAMESPACE, orderOf, placeOfKey, SHARD } from './layout.ts'
import type { Folder, Ledger, Slot } from './ledger.ts'
import type { Header } from './record.ts'

/** Lets other work run where much is done in one go. */
export type Pause = () => Promise<void> | undefined

type Read = (path: string) => Found | 'corrupt' | undefined

export interface Tree {
  /** The key's folder, its list of files up to date. */
  look(place: Place): Folder | undefined
  /** Reads a record and notes what it says. What is corrupt is reported and, unless told otherwise, removed. */
  load(slot: Slot, withBody: boolean, repairing?: boolean): Found | undefined
  /** Brings what is known of a folder up to date, and removes what dead writers left in it. */
  inspect(place: Place): Folder | undefined
  /** All folders of all namespaces, or of one. */
  walk(pause: Pause, namespace?: string): AsyncGenerator<Place>
  /** All folders of a URL, given that of its empty selector. */
  foldersOf(place: Place): Promise<Place[]>
  /** Removes the records that are wanted; returns what they said. */
  remove(place: Place, wanted: (found: Found | 'corrupt', file: string) => boolean, read?: Read): Promise<Header[]>
  /** Removes the own folders of one or each namespace where they are empty. */
  prune(namespace?: string): Promise<void>
  /** Names of the bodies that this process is writing. */
  readonly writing: Set<string>
}

export interface Surroundings {
  readonly report: (error: Error) => void
  /** For work that nobody awaits. */
  readonly background: (work: Promise<unknown>) => void
  readonly format: Format
}

// The coarsest clocks of file systems (FAT, HFS+) tick every one or two seconds.
const TICK_MS = 2000
// A living writer adds to its files more often than this.
const LEFT_MS = 3_600_000

export function createTree(root: string, ledger: Ledger, { report, background, format }: Surroundings): Tree {
  const writing = new Set<string>()
  const reported = new Set<string>()

  function look(place: Place): Folder | undefined {
    const path = folderPath(root, place)
    const stats = statSync(path, { throwIfNoEntry: false })
    const known = ledger.find(place)
    if (known?.settled && known.mtime === stats?.mtimeMs) return known
    const at = Date.now()
    const names = stats && ifThere(() => readdirSync(path))
    if (names) return relist(ledger.folder(place), names, stats.mtimeMs, at)
    if (known) ledger.forget(known)
    return undefined
  }

  function relist(folder: Folder, names: readonly string[], mtime: number, at: number): Folder {
    folder.mtime = mtime
    folder.settled = at - mtime > TICK_MS
    folder.stale = true
    folder.untidy = names.some((name) => LEFTOVER.test(name))
    const records = names.filter((name) => format.isRecord(name))
    for (const slot of folder.slots) if (!records.includes(slot.file)) ledger.drop(slot)
    for (const file of records) ledger.slot(folder, file)
    return folder
  }

  function load(slot: Slot, withBody: boolean, repairing = true): Found | undefined {
    const { folder, file } = slot
    const path = `${folderPath(root, folder)}/${file}`
    const memo = slot.memo
    const read = withBody ? format.readRecord(path, memo) : format.readHeader(path)
    if (memo && typeof read === 'object' && read.header === memo.header) return read
    const found = checked(read, folder, file, format)
    if (found === undefined || found === 'corrupt') {
      if (!found || repairing) ledger.drop(slot)
      if (found) repair(folder, file, path, repairing)
      return undefined
    }
    if (memo?.line.equals(found.line)) return { ...found, header: memo.header }
    const { header, length, usedAt, line } = found
    const bytes = length + (header.body === null ? 0 : header.size)
    ledger.note(slot, { order: orderOf(header.version), bytes, usedAt, header })
    if (withBody) ledger.remember(slot, { line, header })
    return found
  }

  function repair(folder: Folder, file: string, path: string, repairing: boolean): void {
    // Where it can't be removed it would be reported for ever.
    if (reported.has(path) || reported.size >= 1000) return
    reported.add(path)
    report(new StowawayError('corrupt', `${path} is not a whole record of its key`))
    if (!repairing) return void reported.delete(path)
    const read: Read = (name) => checked(format.readRecord(name), folder, file, format)
    const removing = remove(folder, (found, name) => name === file && found === 'corrupt', read)
    background(removing.then(() => reported.delete(path)))
  }

  function inspect(place: Place): Folder | undefined {
    const folder = look(place)
    if (!folder) return undefined
    if (folder.stale) for (const slot of folder.slots) load(slot, false)
    folder.stale = false
    if (folder.untidy) tidy(folder)
    if (folder.slots.length === 0 && !folder.untidy) discard(folder)
    return folder
  }

  function tidy(folder: Folder): void {
    const path = folderPath(root, folder)
    const kept = new Set(folder.slots.map((slot) => load(slot, false)?.header.body))
    const left = (ifThere(() => readdirSync(path)) ?? []).filter((name) => LEFTOVER.test(name) && !kept.has(name))
    folder.untidy = false
    for (const name of left) {
      const file = join(path, name)
      const stats = statSync(file, { throwIfNoEntry: false })
      if (!stats) continue
      if (Date.now() - stats.mtimeMs > LEFT_MS && !writing.has(name)) quietly(() => unlinkSync(file))
      else folder.untidy = true
    }
  }

  function discard(place: Place): void {
    quietly(() => rmdirSync(folderPath(root, place)))
    look(place)
  }

  async function* walk(pause: Pause, namespace?: string): AsyncGenerator<Place> {
    const spaces = namespace === undefined ? await names(root, NAMESPACE) : [namespace]
    for (const space of spaces) {
      for (const two of await names(join(root, space), SHARD)) {
        const shard = `${space}/${two}`
        for (const name of await names(join(root, shard), FOLDER)) {
          await pause()
          yield { shard, name }
        }
      }
    }
  }

  async function foldersOf({ shard, name }: Place): Promise<Place[]> {
    const found = await names(join(root, shard), FOLDER)
    return found.filter((other) => other.startsWith(name)).map((other) => ({ shard, name: other }))
  }

  async function remove(
    place: Place,
    wanted: (found: Found | 'corrupt', file: string) => boolean,
    read: Read = format.readHeader,
  ): Promise<Header[]> {
    const path = folderPath(root, place)
    const select = (): [string, Found | 'corrupt'][] =>
      (ifThere(() => readdirSync(path)) ?? []).flatMap((file) => {
        const found = format.isRecord(file) ? read(join(path, file)) : undefined
        return found && wanted(found, file) ? [[file, found]] : []
      })
    if (select().length === 0) return []
    const removed: Header[] = []
    const step = (): void => {
      for (const [file, found] of select()) {
        if (!unlinked(join(path, file)) || found === 'corrupt') continue
        removed.push(found.header)
        const { body } = found.header
        if (body) quietly(() => unlinkSync(join(path, body)))
      }
    }
    try {
      await locked(path, step)
    } catch (error) {
      // All was removed by another process.
      if (errno(error) !== 'ENOENT') throw error
    }
    discard(place)
    return removed
  }

  async function prune(namespace?: string): Promise<void> {
    if (namespace === undefined) {
      for (const name of await names(root, NAMESPACE)) await prune(name)
      return
    }
    const path = join(root, namespace)
    for (const shard of await names(path, SHARD)) quietly(() => rmdirSync(join(path, shard)))
    quietly(() => rmdirSync(path))
  }

  return { look, load, inspect, walk, foldersOf, remove, prune, writing }
}

/** A whole record in another key's place was put there by hand. */
function checked(found: ReturnType<Read>, place: Place, file: string, format: Format): ReturnType<Read> {
  if (!found || found === 'corrupt') return found
  const { key, meta } = found.header
  const { shard, name } = placeOfKey(key)
  return shard === place.shard && name === place.name && format.fileOf(meta.variant) === file ? found : 'corrupt'
}

function unlinked(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    if (errno(error) === 'ENOENT') return false
    throw error
  }
}

async function names(path: string, pattern: RegExp): Promise<string[]> {
  try {
    return (await promises.readdir(path)).filter((name) => pattern.test(name))
  } catch (error) {
    const code = errno(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

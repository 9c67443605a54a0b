/**
 * The names of the caches, in the order of their creation, each with its id: how often a cache of that name was deleted before,
 * and the name. So two processes that create it at the same time have the same, and what was deleted keeps data of its own.
 */
import type { Entry, Meta } from '../store.ts'
import { DAY, EMPTY, keyOf, metaOf } from './context.ts'
import type { Context } from './context.ts'

/** The data lie in other namespaces still, which no name makes those of the HTTP cache or its secret. */
const NAMES = 'caches'
const DELETED = 'caches deleted'

export const namespaceOf = (id: string): string => `cache ${id}`
const idOf = (name: string, generation: number): string => `${generation} ${name}`

export interface Names {
  find(name: string): Promise<string | undefined>
  all(): Promise<ReadonlyMap<string, string>>
  create(name: string): Promise<string>
  /** Its data stay. */
  remove(name: string): Promise<void>
  /** Deletes the data of what was removed. */
  drop(id: string): Promise<void>
  /** Deletes the data of what was removed longer than a day ago: who removed it may have died, or not known who held it. */
  sweep(): Promise<void>
}

/** Which of a name were deleted: the last of them, and the first whose data may still be there. */
interface Deleted {
  readonly first: number
  readonly last: number
}

export function createNames({ now, readOnly, store }: Pick<Context, 'now' | 'readOnly' | 'store'>): Names {
  const newest = async (namespace: string, name: string): Promise<Entry | undefined> =>
    (await (await store()).get(keyOf(namespace, name), !readOnly))[0]

  const put = async (namespace: string, name: string, meta: Meta): Promise<unknown> =>
    (await store()).put(keyOf(namespace, name), meta, EMPTY)

  async function find(name: string): Promise<string | undefined> {
    return (await newest(NAMES, name))?.meta.variant
  }

  return {
    find,
    async all() {
      const found = new Map<string, string>()
      for await (const { key, meta } of (await store()).list({ namespace: NAMES })) found.set(key.url, meta.variant)
      return found
    },
    async create(name) {
      const id = idOf(name, (deletedOf(await newest(DELETED, name))?.last ?? -1) + 1)
      await put(NAMES, name, metaOf(id, now()))
      return id
    },
    async remove(name) {
      const deleted = deletedOf(await newest(DELETED, name))
      const last = (deleted?.last ?? -1) + 1
      await put(DELETED, name, metaOf('', now(), { first: deleted?.first ?? last, last }))
      await (await store()).delete([keyOf(NAMES, name)])
    },
    async drop(id) {
      await (await store()).delete([{ namespace: namespaceOf(id) }])
    },
    async sweep() {
      const open = await store()
      for await (const entry of open.list({ namespace: DELETED })) {
        const { key, meta } = entry
        const { first, last } = deletedOf(entry)
        if (first > last || now() - meta.createdAt <= DAY) continue
        // Where a process created it just while another deleted it, the id may be that of a cache that is there.
        const present = await find(key.url)
        const ids = Array.from({ length: last - first + 1 }, (_, index) => idOf(key.url, first + index))
        await open.delete(ids.filter((id) => id !== present).map((id) => ({ namespace: namespaceOf(id) })))
        await open.update(entry, { ...meta, envelope: { first: last + 1, last } })
      }
    },
  }
}

function deletedOf(entry: Entry): Deleted
function deletedOf(entry: Entry | undefined): Deleted | undefined
function deletedOf(entry: Entry | undefined): Deleted | undefined {
  // As `remove` and `sweep` write it.
  return entry?.meta.envelope as Deleted | undefined
}

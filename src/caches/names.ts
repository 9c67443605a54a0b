/** The names of the caches, in the order of their creation, each with what stands for it: its data lie under that. */
import type { Store } from '../store.ts'
import { DAY, EMPTY, keyOf, metaOf } from './context.ts'
import type { Context } from './context.ts'

/** No name of a cache is a namespace, so that none can meet those of the HTTP cache and its secret. */
const NAMES = 'caches'
/** What was deleted, for the data that a process leaves behind that died, or that did not know of it. */
const DELETED = 'caches deleted'

export const namespaceOf = (id: string): string => `cache ${id}`

export interface Names {
  find(name: string): Promise<string | undefined>
  all(): Promise<ReadonlyMap<string, string>>
  /** Where two processes create it at once, both get that of the first. */
  create(name: string): Promise<string>
  /** Its data stay. */
  remove(name: string, id: string): Promise<void>
  /** Deletes the data of what was removed. */
  drop(id: string): Promise<void>
  /** Deletes the data of what others removed longer than a day ago. */
  sweep(): Promise<void>
}

export function createNames({ now, readOnly, store }: Pick<Context, 'now' | 'readOnly' | 'store'>): Names {
  async function find(name: string): Promise<string | undefined> {
    const entries = await (await store()).get(keyOf(NAMES, name), !readOnly)
    return entries.at(-1)?.meta.variant
  }

  const put = async (open: Store, namespace: string, url: string, variant: string): Promise<unknown> =>
    open.put(keyOf(namespace, url), metaOf(variant, now()), EMPTY)

  return {
    find,
    async all() {
      const found = new Map<string, string>()
      for await (const { key, meta } of (await store()).list({ namespace: NAMES }))
        if (!found.has(key.url)) found.set(key.url, meta.variant)
      return found
    },
    async create(name) {
      const id = crypto.randomUUID()
      await put(await store(), NAMES, name, id)
      return (await find(name)) ?? id
    },
    async remove(name, id) {
      const open = await store()
      await put(open, DELETED, id, '')
      await open.delete([keyOf(NAMES, name)])
    },
    async drop(id) {
      await (await store()).delete([{ namespace: namespaceOf(id) }])
    },
    async sweep() {
      const open = await store()
      for await (const { key, meta } of open.list({ namespace: DELETED, createdBefore: now() - DAY }))
        if (meta.createdAt < now() - DAY) await open.delete([{ namespace: namespaceOf(key.url) }, key])
    },
  }
}

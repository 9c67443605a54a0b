/** The store as the exchange sees it: it never fails a fetch, and what goes wrong is reported once. */
import { StowawayError } from '../errors.ts'
import { encodeRecord, readEntry } from '../record.ts'
import type { ResponseRecord, Stored } from '../record.ts'
import { variantName } from '../select.ts'
import type { TargetedReader } from '../rfc9111/messages.ts'
import type { Entry, Key, Meta, Store, Target } from '../store.ts'
import type { Bytes } from './spool.ts'
import { later } from './timers.ts'

/** DESIGN: variants by Vary live together under one key; more of them than this say that the key is wrong. */
const MAX_VARIANTS = 64
/** A look-up that takes longer is a miss. */
const DEADLINE = 5_000

export interface Storage {
  readonly store: Store
  /** All that is stored under a key, or under a URL that No-Vary-Search makes equal to it. */
  find(key: Key): readonly Stored[] | Promise<readonly Stored[]>
  /** Rejects as the store does, or as the body does. */
  put(key: Key, record: ResponseRecord, life: Reclaim, body: Bytes | ReadableStream<Bytes>, known: readonly Stored[]): Promise<Stored | undefined>
  /** Undefined when the entry has gone, or can't be updated. */
  update(stored: Stored, record: ResponseRecord, life: Reclaim): Promise<Stored | undefined>
  delete(targets: readonly Target[]): Promise<void>
  /** Removes all GET and HEAD responses of a URL, also under what No-Vary-Search makes of it (§4.4). */
  invalidate(key: Key): Promise<void>
}

/** What a store needs to know of an entry's life. */
export interface Reclaim {
  readonly reclaimAt: number | null
}

export interface StorageOptions {
  readonly targeted: TargetedReader | undefined
  readonly now: () => number
  readonly report: (error: unknown) => void
}

export function createStorage(store: Store, { now, report, targeted }: StorageOptions): Storage {
  function read(entries: readonly Entry[]): readonly Stored[] {
    const found: Stored[] = []
    for (const entry of entries) {
      const stored = readEntry(entry, targeted)
      if (stored) found.push(stored)
    }
    return found
  }

  function get(key: Key): readonly Stored[] | Promise<readonly Stored[]> {
    try {
      const entries = store.get(key)
      if (!(entries instanceof Promise)) return read(entries)
      return withDeadline(entries).then(read, failed)
    } catch (error) {
      return failed(error)
    }
  }

  function failed(error: unknown): readonly Stored[] {
    report(error)
    return []
  }

  function find(key: Key): readonly Stored[] | Promise<readonly Stored[]> {
    const found = get(key)
    if (found instanceof Promise) return found.then((stored) => (stored.length > 0 ? stored : alike(key)))
    return found.length > 0 ? found : alike(key)
  }

  /** No-Vary-Search §6: the rule stands under the path, the response under the URL that the rule makes of it. */
  function alike(key: Key): readonly Stored[] | Promise<readonly Stored[]> {
    const found = get(ruleKey(key))
    if (found instanceof Promise) return found.then((rules) => under(key, rules))
    return found.length > 0 ? under(key, found) : found
  }

  async function under(key: Key, [rule]: readonly Stored[]): Promise<readonly Stored[]> {
    const url = await simplified(key.url, rule?.facts.fields.get('no-vary-search') ?? null)
    return url === key.url ? [] : get({ ...key, url })
  }

  async function put(
    key: Key,
    record: ResponseRecord,
    { reclaimAt }: Reclaim,
    body: Bytes | ReadableStream<Bytes>,
    known: readonly Stored[],
  ): Promise<Stored | undefined> {
    const rule = record.fields.find(([name]) => name === 'no-vary-search')?.[1] ?? null
    const target = { ...key, url: await simplified(key.url, rule) }
    const variant = variantName(record)
    const meta: Meta = { variant, createdAt: now(), reclaimAt, tags: [], envelope: encodeRecord(record) }
    const entry = await store.put(target, meta, body)
    if (rule !== null) await store.put(ruleKey(key), { ...meta, variant: '' }, new Uint8Array())
    const surplus = known.filter(({ entry }) => entry.meta.variant !== variant).slice(MAX_VARIANTS - 1)
    if (surplus.length > 0) await store.delete(surplus.map(({ entry }) => exactly(entry)))
    return readEntry(entry, targeted)
  }

  async function update({ entry }: Stored, record: ResponseRecord, { reclaimAt }: Reclaim): Promise<Stored | undefined> {
    const meta: Meta = { ...entry.meta, reclaimAt, envelope: encodeRecord(record) }
    try {
      if (!(await store.update(entry, meta))) return undefined
    } catch (error) {
      report(error)
    }
    // Where only the update failed, the body is still what the origin confirmed.
    return readEntry({ ...entry, meta, open: (start, end) => entry.open(start, end) }, targeted)
  }

  async function remove(targets: readonly Target[]): Promise<void> {
    try {
      await store.delete(targets)
    } catch (error) {
      report(error)
    }
  }

  return {
    store,
    find,
    put,
    update,
    delete: remove,
    async invalidate(key) {
      const alikes = await alike(key)
      await remove([key, ...alikes.map(({ entry }) => exactly(entry))])
    },
  }
}

/** The URL that stands for all that a No-Vary-Search field makes equal; few responses have one. */
async function simplified(url: string, field: string | null): Promise<string> {
  if (field === null) return url
  const { parseNoVarySearch, simplifySearch } = await import('../standards/no-vary-search.ts')
  const rule = parseNoVarySearch(field)
  return rule ? simplifySearch(url, rule) : url
}

const ruleKey = ({ namespace, url }: Key): Key => ({ namespace, url: url.replace(/[?#].*/s, ''), selector: 'no-vary-search' })

export function exactly({ key, meta, version }: Entry): Target {
  return { ...key, variant: meta.variant, version }
}

function withDeadline<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = later(DEADLINE, () => reject(new StowawayError('store-failure', `the store did not answer within ${DEADLINE / 1000} s`)))
    work.then(resolve, reject).finally(cancel)
  })
}

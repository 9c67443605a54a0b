/** The store as it is written. */
import { encodeRecord, readEntry } from '../record.ts'
import type { ResponseRecord, Stored } from '../record.ts'
import { variantName } from '../select.ts'
import type { Entry, Key, Meta, Target } from '../store.ts'
import type { Label } from './recording.ts'
import type { Bytes } from './spool.ts'
import { isCustom, ruleKey, ruleMeta, simplified } from './storage.ts'
import type { Storage } from './storage.ts'
import { inTime } from './timers.ts'

export interface Writing {
  readonly key: Key
  readonly record: ResponseRecord
  readonly createdAt: number
  readonly label: Label
  /** The stored version that this one takes the place of. It is deleted where its variant is another. */
  readonly replaces?: Stored | undefined
}

/** Rejects as the store does, or as the body does. */
export async function put(
  { store, targeted }: Storage,
  { createdAt, key, label, record, replaces }: Writing,
  body: Bytes | ReadableStream<Bytes>,
): Promise<Stored | undefined> {
  const rule = isCustom(key) ? null : (record.fields.find(([name]) => name === 'no-vary-search')?.[1] ?? null)
  const variant = variantName(record)
  const meta: Meta = { variant, createdAt, ...label, envelope: encodeRecord(record) }
  const entry = await store.put({ ...key, url: await simplified(key.url, rule) }, meta, body)
  if (rule !== null) await store.put(ruleKey(key), ruleMeta(meta), new Uint8Array())
  if (replaces && replaces.entry.meta.variant !== variant) await store.delete([exactly(replaces.entry)])
  return readEntry(entry, targeted)
}

/** What is stored under a URL by whatever method; with `selector`, only that. */
export type Doomed = Pick<Key, 'namespace' | 'url'> & Partial<Key>

/** Removes a version that can't be read to its end, so that the next request repairs it. */
export function discard(storage: Storage, { entry }: Stored): Promise<void> {
  return remove(storage, [exactly(entry)])
}

export async function remove({ report, store }: Storage, targets: readonly Target[]): Promise<void> {
  try {
    await inTime(store.delete(targets))
  } catch (error) {
    report(error)
  }
}

/** That very version. */
export function exactly({ key, meta, version }: Entry): Target {
  return { ...key, variant: meta.variant, version }
}

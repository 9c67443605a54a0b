/** The random key that digests of credentials are made with. It is kept with the store, so that they mean something only there. */
import type { Digest } from '../key/digest.ts'
import { inTime } from '../loaded.ts'
import type { Entry, Key, Meta } from '../store.ts'
import type { Storage } from './storage.ts'

export const PLACE: Key = { namespace: 'secret', url: '', selector: '' }

/** What a secret is stored with. */
export function secretMeta(createdAt: number): Meta {
  return { variant: '', createdAt, reclaimAt: null, expiresAt: null, basis: '', tags: [], envelope: {} }
}

export async function bytesOf(entry: Entry): Promise<Uint8Array<ArrayBuffer>> {
  return entry.bytes ?? new Uint8Array(await new Response(await entry.open()).arrayBuffer())
}

/** With `readOnly` none is written: where none is kept, the digests mean something only in this process. */
export function createSecret(
  open: () => Storage | undefined | Promise<Storage | undefined>,
  now: () => number,
  report: (error: unknown) => void,
): (readOnly: boolean) => Promise<Digest> {
  const fresh = crypto.getRandomValues(new Uint8Array(32))
  let digest: Promise<Digest> | undefined

  async function load(readOnly: boolean): Promise<Digest> {
    const { loadDigest } = await import('../key/digest.ts')
    const storage = await open()
    try {
      const kept =
        storage &&
        (await inTime(
          readKept(storage, !readOnly).then((found) => found ?? (readOnly ? undefined : keep(storage, fresh))),
        ))
      const found = await loadDigest(kept ?? fresh)
      // Another cache may keep one at any time.
      if (kept && readOnly) digest ??= Promise.resolve(found)
      // Nothing was stored with it, and what will be should have one that is kept.
      if (!storage) digest = undefined
      return found
    } catch (error) {
      // Nothing matches across restarts then, and nothing leaks.
      report(error)
      return loadDigest(fresh)
    }
  }

  async function readKept({ store }: Storage, touch?: boolean): Promise<Uint8Array | undefined> {
    const [entry] = await store.get(PLACE, touch)
    return entry && bytesOf(entry)
  }

  /** Of several processes that begin at once the last wins; the others' first entries then match nothing. */
  async function keep(storage: Storage, fresh: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
    await storage.store.put(PLACE, secretMeta(now()), fresh)
    return readKept(storage)
  }

  return (readOnly) => digest ?? (readOnly ? load(true) : (digest = load(false)))
}

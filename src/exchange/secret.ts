/** The random key that digests of credentials are made with. It is kept with the store, so that they mean something only there. */
import type { Digest } from '../key/digest.ts'
import type { Key } from '../store.ts'
import type { Storage } from './storage.ts'
import { inTime } from './timers.ts'

const PLACE: Key = { namespace: 'secret', url: '', selector: '' }

export function createSecret(
  open: () => Storage | undefined | Promise<Storage | undefined>,
  now: () => number,
  report: (error: unknown) => void,
): () => Promise<Digest> {
  let digest: Promise<Digest> | undefined

  async function load(): Promise<Digest> {
    const { loadDigest } = await import('../key/digest.ts')
    const fresh = crypto.getRandomValues(new Uint8Array(32))
    const storage = await open()
    try {
      const kept = storage && (await inTime(readKept(storage).then((found) => found ?? keep(storage, fresh))))
      return await loadDigest(kept ?? fresh)
    } catch (error) {
      // Nothing matches across restarts then, and nothing leaks.
      report(error)
      return loadDigest(fresh)
    }
  }

  async function readKept({ store }: Storage): Promise<Uint8Array | undefined> {
    const [entry] = await store.get(PLACE)
    if (!entry) return undefined
    return entry.bytes ?? new Uint8Array(await new Response(await entry.open()).arrayBuffer())
  }

  /** Of several processes that begin at once the last wins; the others' first entries then match nothing. */
  async function keep(storage: Storage, fresh: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
    const label = { reclaimAt: null, expiresAt: null, basis: '', tags: [] }
    await storage.store.put(PLACE, { variant: '', createdAt: now(), ...label, envelope: {} }, fresh)
    return readKept(storage)
  }

  return () => (digest ??= load())
}

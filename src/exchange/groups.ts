/** RFC 9875 §3: removing what is stored, or about to be, in groups of an origin. */
import { inTime } from '../loaded.ts'
import { groupTags } from '../standards/cache-groups.ts'
import type { Store, Target } from '../store.ts'
import type { Flights } from './flights.ts'
import { exactly } from './network.ts'
import type { NetworkOptions } from './network.ts'

const BATCH = 500

/** `field`: Cache-Group-Invalidation of a response from `url`. Rejects as the store does, or when that takes too long. */
export async function forgetGroups(
  field: string,
  url: string,
  { doomTagged }: Pick<Flights, 'doomTagged'>,
  { storage }: Pick<NetworkOptions, 'storage'>,
): Promise<void> {
  const tags = groupTags(field, url)
  await doomTagged(tags)
  const open = await storage()
  if (open) for (const tag of tags) await inTime(remove(open.store, tag))
}

async function remove(store: Store, tag: string): Promise<void> {
  let batch: Target[] = []
  for await (const entry of store.list({ namespace: 'http', tag })) {
    // A store may give more than was asked for.
    if (entry.meta.tags.includes(tag)) batch.push(exactly(entry))
    if (batch.length < BATCH) continue
    await store.delete(batch)
    batch = []
  }
  if (batch.length > 0) await store.delete(batch)
}

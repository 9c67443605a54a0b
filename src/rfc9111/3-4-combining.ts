/** §3.4. Ends are exclusive. */
import { strongMatch } from '../standards/entity-tags.ts'
import type { Part } from './3-3-incomplete.ts'
import type { ResponseFacts } from './messages.ts'

/** A stored and a received part as one: how many bytes of the stored one come before, and from which of its bytes it goes on behind. */
export interface Combination {
  readonly part: Part
  readonly before: number
  readonly after: number
}

/** §3.4: undefined unless both share a strong validator and leave no gap. */
export function combine(
  stored: Part,
  received: Part,
  storedFacts: ResponseFacts,
  receivedFacts: ResponseFacts,
): Combination | undefined {
  const { etag } = receivedFacts
  if (etag === undefined || storedFacts.etag === undefined || !strongMatch(storedFacts.etag, etag)) return undefined
  if (stored.size !== received.size || stored.end < received.start || received.end < stored.start) return undefined
  return {
    part: {
      start: Math.min(stored.start, received.start),
      end: Math.max(stored.end, received.end),
      size: received.size,
    },
    before: Math.max(0, received.start - stored.start),
    after:
      Math.min(stored.end, received.end) === received.end ? received.end - stored.start : stored.end - stored.start,
  }
}

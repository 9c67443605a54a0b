/** §3.3: partial content. Ends are exclusive. */
import { parseContentRange } from '../standards/content-ranges.ts'
import type { ResponseFacts } from './messages.ts'

/** Which bytes of a representation of `size` bytes there are. */
export interface Part {
  readonly start: number
  readonly end: number
  readonly size: number
}

/** What a 206 holds; undefined where it does not say so, or holds several parts. */
export function partOf({ fields, status }: ResponseFacts): Part | undefined {
  const range = status === 206 ? parseContentRange(fields.get('content-range')) : undefined
  return range?.size === undefined ? undefined : { start: range.start, end: range.end, size: range.size }
}

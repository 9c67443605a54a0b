/** RFC 9110 §14.4; reading is in content-ranges.ts. */
import type { ContentRange } from './content-ranges.ts'

/** The Content-Range of a 206. */
export function formatContentRange({ start, end, size }: ContentRange): string {
  return `bytes ${start}-${end - 1}/${size ?? '*'}`
}

/** The Content-Range of a 416. */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`
}

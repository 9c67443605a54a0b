/** RFC 9110 §14.4; writing is in content-range-values.ts. */
import type { ByteRange } from './ranges.ts'

export interface ContentRange extends ByteRange {
  /** Of the complete representation, where it is known. */
  readonly size?: number
}

/** Undefined for anything but one range of bytes, or where its numbers contradict each other. */
export function parseContentRange(value: string | null): ContentRange | undefined {
  const [, first, last, complete] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(value ?? '') ?? []
  const [start, end, size] = [Number(first), Number(last) + 1, complete === '*' ? undefined : Number(complete)]
  if (!(start < end && end <= (size ?? end) && Math.max(end, size ?? 0) <= Number.MAX_SAFE_INTEGER)) return undefined
  return size === undefined ? { start, end } : { start, end, size }
}

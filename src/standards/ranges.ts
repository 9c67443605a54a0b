/** RFC 9110 §14. Positions are in bytes, `end` is exclusive. */

export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface ContentRange extends ByteRange {
  /** Of the complete representation, where it is known. */
  readonly size?: number
}

/**
 * What a Range field asks of a representation of `size` bytes. Undefined is the whole: no field, a malformed one, another
 * unit, or several ranges.
 */
export function parseRange(value: string | null, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(value ?? '') ?? []
  if (first === '') return last === '' ? undefined : suffix(Number(last), size)
  if (last !== '' && Number(last) < Number(first)) return undefined
  if (Number(first) >= size) return 'unsatisfiable'
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) }
}

/** Undefined for anything but one range of bytes, or where its numbers contradict each other. */
export function parseContentRange(value: string | null): ContentRange | undefined {
  const [, first, last, complete] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(value ?? '') ?? []
  const [start, end, size] = [Number(first), Number(last) + 1, complete === '*' ? undefined : Number(complete)]
  if (!(start < end && end <= (size ?? end) && Math.max(end, size ?? 0) <= Number.MAX_SAFE_INTEGER)) return undefined
  return size === undefined ? { start, end } : { start, end, size }
}

/** The Content-Range of a 206. */
export function formatContentRange({ start, end, size }: ContentRange): string {
  return `bytes ${start}-${end - 1}/${size ?? '*'}`
}

/** The Content-Range of a 416. */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`
}

/** Of an empty representation there is no last byte to send as a part, so it is sent whole. */
function suffix(length: number, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (length === 0) return 'unsatisfiable'
  return size === 0 ? undefined : { start: Math.max(0, size - length), end: size }
}

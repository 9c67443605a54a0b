/** RFC 9110 §14.2. Positions are in bytes, `end` is exclusive; Content-Range is in content-ranges.ts. */

export interface ByteRange {
  readonly start: number
  readonly end: number
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

/** Whether one holds the other. */
export function covers({ end, start }: ByteRange, range: ByteRange): boolean {
  return start <= range.start && range.end <= end
}

/** Of an empty representation there is no last byte to send as a part, so it is sent whole. */
function suffix(length: number, size: number): ByteRange | 'unsatisfiable' | undefined {
  if (length === 0) return 'unsatisfiable'
  return size === 0 ? undefined : { start: Math.max(0, size - length), end: size }
}

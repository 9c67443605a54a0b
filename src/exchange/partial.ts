/** Answers that are less than the stored response: a part of it, or that nothing has changed. Loaded where one is asked for. */
import { parseRange } from '../loaded.ts'
import { evaluate, ifRange } from '../standards/preconditions.ts'
import { formatContentRange, unsatisfiedRange } from '../standards/content-range-values.ts'
import type { Field } from '../rfc9111/3-storing.ts'
import type { RequestFacts } from '../rfc9111/messages.ts'
import type { Stored } from '../record.ts'
import type { Answer } from './serve.ts'

/** Fields about the body of a 200, which a 304 should not repeat (RFC 9110 §15.4.5). */
const OF_THE_BODY = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'content-md5',
])

/** §4.3.2 and RFC 9110 §14.2, for a stored 200 that may be used; `whole` is the answer without conditions. */
export function partial(request: RequestFacts, { entry, facts, record }: Stored, now: number, whole: Answer): Answer {
  const { fields } = whole
  if (evaluate(request.fields, facts, now) === 'unmodified') {
    return { status: 304, statusText: '', fields: fields.filter(([name]) => !OF_THE_BODY.has(name)), part: null }
  }
  // A range is of the coded bytes, which a decoded body no longer is.
  if (!whole.part || record.decoded || request.method !== 'GET') return whole
  const condition = request.fields.get('if-range')
  if (condition !== null && !ifRange(condition, facts, now)) return whole
  // Of a stored part, only what it holds is asked for here.
  const { size, start } = record.part ?? { size: entry.size, start: 0 }
  const range = parseRange(request.fields.get('range'), size)
  if (range === undefined) return whole
  const rest = fields.filter(([name]) => name !== 'content-length')
  if (range === 'unsatisfiable') {
    return { status: 416, statusText: '', fields: [...rest, ['content-range', unsatisfiedRange(size)]], part: null }
  }
  const described: Field[] = [
    ['content-range', formatContentRange({ ...range, size })],
    ['content-length', String(range.end - range.start)],
  ]
  return {
    status: 206,
    statusText: '',
    fields: [...rest, ...described],
    part: { start: range.start - start, end: range.end - start },
  }
}

/** Which responses: what options say of them. */
import type { Filter } from '../src/management/types.ts'
import type { Values } from './arguments.ts'
import { usage } from './failure.ts'
import { bytes, count, moment } from './units.ts'

export const FILTER = {
  expired: { type: 'boolean', help: 'those that are no longer fresh' },
  valid: { type: 'boolean', help: 'those that are fresh' },
  invalid: { type: 'boolean', help: "those that can't be read" },
  'older-than': {
    type: 'string',
    value: 'DURATION|DATE',
    help: 'first stored longer ago than that: 90s, 12h, 7d, 2026-01-31',
  },
  'unused-for': { type: 'string', value: 'DURATION|DATE', help: 'last used longer ago than that' },
  'larger-than': { type: 'string', value: 'BYTES', help: 'with a larger body: 1500, 10kB, 1.5MB' },
  tag: { type: 'string', value: 'TAG', multiple: true, help: 'with this tag; several: any of them' },
  method: { type: 'string', value: 'METHOD', help: 'asked for by this method' },
  status: { type: 'string', value: 'CODE', multiple: true, help: 'with this status; several: any of them' },
} as const

export const PATTERN = {
  pattern: { type: 'string', value: 'PATTERN', help: "with such a URL: 'site.com', '*.site.com/api/*', '/image/*'" },
} as const

type Given = Values<typeof FILTER & typeof PATTERN>

/** Throws usage errors. */
export function filterOf(given: Given): Filter {
  const { expired, invalid, method, pattern, status, tag, valid } = given
  const older = given['older-than']
  const unused = given['unused-for']
  const larger = given['larger-than']
  return {
    ...(expired && { expired }),
    ...(valid && { valid }),
    ...(invalid && { invalid }),
    ...(older !== undefined && { olderThan: moment('--older-than', older) }),
    ...(unused !== undefined && { unusedFor: moment('--unused-for', unused) }),
    ...(larger !== undefined && { largerThan: bytes('--larger-than', larger) }),
    ...(tag && { tag }),
    ...(method !== undefined && { method: textOf('--method', method) }),
    ...(status && { status: status.map((code) => count('--status', code, 100)) }),
    ...(pattern !== undefined && { url: textOf('PATTERN', pattern) }),
  }
}

function textOf(option: string, text: string): string {
  if (text === '') throw usage(`${option}: nothing was given`)
  return text
}

import { describe, expect, test } from 'vitest'
import { partOf } from '../../../src/rfc9111/3-3-incomplete.ts'
import type { Part } from '../../../src/rfc9111/3-3-incomplete.ts'
import { combine } from '../../../src/rfc9111/3-4-combining.ts'
import { covers } from '../../../src/standards/ranges.ts'
import { response } from './given.ts'

describe('§3.3 what a 206 holds', () => {
  test.for<[string, Part | undefined]>([
    ['bytes 0-4/10', { start: 0, end: 5, size: 10 }],
    ['bytes 9-9/10', { start: 9, end: 10, size: 10 }],
    ['bytes 0-4/*', undefined],
    ['bytes 0-10/10', undefined],
    ['bytes 5-4/10', undefined],
    ['bytes */10', undefined],
    ['lines 0-4/10', undefined],
    ['bytes 0-4/99999999999999999999', undefined],
    ['', undefined],
  ])('%s', ([value, part]) => expect(partOf(response({ 'content-range': value }, 206))).toEqual(part))

  test('nothing else holds a part, nor does one of several', () => {
    expect(partOf(response({ 'content-range': 'bytes 0-4/10' }, 200))).toBeUndefined()
    expect(partOf(response({ 'content-type': 'multipart/byteranges; boundary=x' }, 206))).toBeUndefined()
  })
})

describe('§3.4 combining', () => {
  const tagged = (etag: string) => response({ etag }, 206)
  const part = (start: number, end: number, size = 10): Part => ({ start, end, size })
  const WHOLE = Uint8Array.from({ length: 10 }, (_, at) => at)

  test('any two parts that overlap or touch make the bytes between their ends', () => {
    const ends = Array.from({ length: 10 }, (_, start) =>
      Array.from({ length: 10 - start }, (_, more) => part(start, start + more + 1)),
    ).flat()
    for (const stored of ends) {
      for (const received of ends) {
        const made = combine(stored, received, tagged('"1"'), tagged('"1"'))
        const gap = stored.end < received.start || received.end < stored.start
        const bytes = WHOLE.slice(stored.start, stored.end)
        const whole = made && [
          ...bytes.slice(0, made.before),
          ...WHOLE.slice(received.start, received.end),
          ...bytes.slice(made.after),
        ]
        const [start, end] = [Math.min(stored.start, received.start), Math.max(stored.end, received.end)]
        expect({ made: made?.part, whole }).toEqual(
          gap
            ? { made: undefined, whole: undefined }
            : { made: part(start, end), whole: Array.from(WHOLE.slice(start, end)) },
        )
      }
    }
  })

  test.for<[string, string, string]>([
    ['weak tags', 'W/"1"', 'W/"1"'],
    ['a weak and a strong one', 'W/"1"', '"1"'],
    ['different tags', '"1"', '"2"'],
    ['tags without quotes', '1', '1'],
    ['no tag', '', ''],
  ])('%s combine nothing', ([, stored, received]) => {
    expect(combine(part(0, 5), part(5, 10), tagged(stored), tagged(received))).toBeUndefined()
  })

  test('another size combines nothing', () => {
    expect(combine(part(0, 5), part(5, 9, 9), tagged('"1"'), tagged('"1"'))).toBeUndefined()
  })

  test('a part covers what lies within it', () => {
    expect([covers(part(2, 5), part(2, 5)), covers(part(2, 5), part(1, 5)), covers(part(2, 5), part(2, 6))]).toEqual([
      true,
      false,
      false,
    ])
  })
})

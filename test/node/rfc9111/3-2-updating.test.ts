import { describe, expect, test } from 'vitest'
import type { Field } from '../../../src/rfc9111/3-storing.ts'
import { updateFields } from '../../../src/rfc9111/3-2-updating.ts'

describe('§3.2 updating', () => {
  const stored: Field[] = [
    ['cache-control', 'max-age=1'],
    ['content-type', 'text/plain'],
    ['content-length', '3'],
    ['etag', '"1"'],
    ['x', 'old'],
    ['x', 'old too'],
  ]

  test.for<[string, string]>([
    ['cache-control', 'max-age=9'],
    ['expires', '0'],
    ['date', 'now'],
    ['age', '3'],
    ['last-modified', 'then'],
    ['vary', 'accept'],
    ['content-location', '/b'],
    ['content-language', 'de'],
    ['content-security-policy', "default-src 'none'"],
    ['set-cookie', 'a=1'],
    ['x', 'new'],
  ])('%s is replaced or added', ([name, value]) => {
    const updated = updateFields(stored, [[name, value]])
    expect(updated.filter(([each]) => each === name)).toEqual([[name, value]])
    expect(updated.filter(([each]) => each !== name)).toEqual(stored.filter(([each]) => each !== name))
  })

  test.for([
    'content-length',
    'content-encoding',
    'content-range',
    'content-md5',
    'digest',
    'content-digest',
    'repr-digest',
  ])('%s, which describes the stored bytes, is neither replaced nor added', (name) => {
    const before: Field[] = [[name, 'stored']]
    expect(updateFields(before, [[name, 'other']])).toEqual(before)
    expect(updateFields([], [[name, 'other']])).toEqual([])
  })

  test('the entity tag that the update was chosen by stays, a first one is added', () => {
    expect(updateFields(stored, [['etag', 'W/"1"']])).toEqual(stored)
    expect(updateFields([['x', '1']], [['etag', '"2"']])).toEqual([
      ['x', '1'],
      ['etag', '"2"'],
    ])
  })

  test('§4.3.4: without Cache-Control the stored directives stay', () => {
    expect(updateFields(stored, [['date', 'now']])).toContainEqual(['cache-control', 'max-age=1'])
  })

  test('several fields of a name replace all that were stored, in order', () => {
    const updated = updateFields(stored, [
      ['x', '1'],
      ['x', '2'],
      ['x', '3'],
    ])
    expect(updated.filter(([name]) => name === 'x').map(([, value]) => value)).toEqual(['1', '2', '3'])
  })

  test('nothing changes without an update', () => expect(updateFields(stored, [])).toEqual(stored))
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRecord, encodeRecord, fieldReader, readEntry } from '../../src/record.ts'
import type { ResponseRecord } from '../../src/record.ts'
import type { Envelope } from '../../src/store.ts'
import { NOW, stored } from './decide/given.ts'

const PLAIN: ResponseRecord = stored({ etag: '"1"' }).record

/** What Fetch lets into a field. */
const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-z-]{1,20}$/)
const value = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\n\r\0]/g, '').trim())

describe('the envelope', () => {
  test('every record comes back as it was, also through JSON (HI-2)', () => {
    const record = fc.record<ResponseRecord>(
      {
        method: fc.constantFrom('GET', 'HEAD', 'POST'),
        url: fc.webUrl(),
        status: fc.integer({ min: 200, max: 599 }),
        statusText: value,
        fields: fc.array(fc.tuple(name, value)),
        requestTime: fc.nat(),
        responseTime: fc.nat(),
        selecting: fc.dictionary(name, fc.option(value)),
        identity: fc.option(fc.string()),
        lifetime: fc.oneof(fc.record({ for: fc.option(fc.nat()) }), fc.record({ until: fc.integer() })),
        decoded: fc.boolean(),
        bodyless: fc.boolean(),
        invalid: fc.boolean(),
        followedTo: fc.webUrl(),
        part: fc.record({ start: fc.nat(), end: fc.nat(), size: fc.nat() }),
      },
      {
        requiredKeys: [
          'method',
          'url',
          'status',
          'statusText',
          'fields',
          'requestTime',
          'responseTime',
          'selecting',
          'identity',
          'decoded',
          'bodyless',
          'invalid',
        ],
        noNullPrototype: true,
      },
    )
    fc.assert(
      fc.property(record, (given) => {
        expect(decodeRecord(encodeRecord(given))).toEqual(expect.objectContaining(given))
        // What JSON makes of an envelope is one.
        const copy = JSON.parse(JSON.stringify(encodeRecord(given))) as Envelope
        expect(decodeRecord(copy)).toEqual(expect.objectContaining(given))
      }),
      { numRuns: 50 },
    )
  })

  test('shares nothing with the record that it was made of', () => {
    const selecting = { accept: 'a/b' }
    const envelope = encodeRecord({ ...PLAIN, selecting, lifetime: { for: 1 } })
    selecting.accept = 'c/d'
    expect(decodeRecord(envelope)?.selecting).toEqual({ accept: 'a/b' })
  })

  const whole = encodeRecord(PLAIN)
  test.for<[string, unknown]>([
    ['null', null],
    ['a text', 'x'],
    ['nothing', {}],
    ['an older version', { ...whole, v: 0 }],
    ['a newer version', { ...whole, v: 2 }],
    ['a version as text', { ...whole, v: '1' }],
    ['a status as text', { ...whole, status: '200' }],
    ['fields that are a list', { ...whole, fields: [] }],
    ['no time', { ...whole, responseTime: undefined }],
    ['a time that is none', { ...whole, requestTime: Number.NaN }],
    ['a time as text', { ...whole, requestTime: '5' }],
    ['no URL', { ...whole, url: undefined }],
    ['no selecting fields', { ...whole, selecting: null }],
  ])('%s counts as absent (RC-233, RC-268)', ([, envelope]) => {
    // What a damaged store gives, whatever its type says.
    expect(decodeRecord(envelope as Envelope)).toBeUndefined()
  })

  test('arbitrary content is read without an exception', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('v', 'status', 'fields', 'url', 'selecting', 'requestTime', 'responseTime', 'x'),
          fc.anything(),
        ),
        (content) => {
          expect(() => decodeRecord({ ...content, v: 1 } as Envelope)).not.toThrow()
        },
      ),
    )
  })
})

describe('reading an entry', () => {
  const entry = { ...stored().entry, meta: { ...stored().entry.meta, envelope: encodeRecord(PLAIN) } }

  test('derives facts once per metadata', () => {
    expect(readEntry(entry, undefined)?.facts).toBe(readEntry({ ...entry }, undefined)?.facts)
    expect(readEntry(entry, undefined)?.facts).toMatchObject({ status: 200, etag: '"1"', responseTime: NOW })
  })
  test('derives others for another reader of targeted fields', () => {
    const targeted = () => undefined
    expect(readEntry(entry, targeted)?.facts).not.toBe(readEntry(entry, undefined)?.facts)
    expect(readEntry(entry, targeted)?.facts).toBe(readEntry(entry, targeted)?.facts)
  })
  test('gives nothing for what can not be read, however often (RC-233)', () => {
    const broken = { ...entry, meta: { ...entry.meta, envelope: { v: 99 } } }
    expect(readEntry(broken, undefined)).toBeUndefined()
    expect(readEntry(broken, undefined)).toBeUndefined()
  })
})

test('several fields of a name are read as one list', () => {
  const { get } = fieldReader([
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
    ['c', ''],
  ])
  expect([get('a'), get('b'), get('c'), get('d')]).toEqual(['1, 3', '2', '', null])
})

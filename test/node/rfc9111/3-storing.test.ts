import { describe, expect, test } from 'vitest'
import type { Field, StoringOptions } from '../../../src/rfc9111/3-storing.ts'
import { notStorable, storableFields } from '../../../src/rfc9111/3-storing.ts'
import { request, response } from './given.ts'

const METHODS = new Set(['GET', 'HEAD'])

interface Case {
  readonly section: string
  readonly it: string
  readonly method?: string
  readonly asked?: Record<string, string>
  readonly status?: number
  readonly said?: Record<string, string>
  readonly options?: Partial<StoringOptions>
  readonly expected: string | undefined
}

const cc = (value: string): Record<string, string> => ({ 'cache-control': value })
const shared = { shared: true }
const AUTH = { authorization: 'Bearer t' }

const cases: readonly Case[] = [
  { section: '§3', it: 'stores GET', said: cc('max-age=1'), expected: undefined },
  { section: '§3', it: 'stores HEAD', method: 'HEAD', said: cc('max-age=1'), expected: undefined },
  ...['POST', 'PUT', 'DELETE', 'OPTIONS', 'get', 'BREW'].map((method): Case => {
    return { section: '§3', it: `does not understand ${method}`, method, said: cc('max-age=1'), expected: '§3 method' }
  }),
  {
    section: '§3',
    it: 'stores the methods that it is told to',
    method: 'POST',
    options: { methods: new Set(['POST']) },
    expected: undefined,
  },
  ...[100, 103, 199, 600, 999, 0].map((status): Case => {
    return { section: '§3', it: `does not store ${status}`, status, said: cc('max-age=1'), expected: '§3 status' }
  }),
  ...[304, 412, 416].map((status): Case => {
    const it = `does not store ${status}, which is about conditions or ranges`
    return { section: '§3', it, status, said: cc('max-age=1'), options: { explicit: true }, expected: '§3 status' }
  }),
  ...[200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501].map((status): Case => {
    return { section: '§3', it: `stores ${status} that says nothing`, status, expected: undefined }
  }),
  ...[201, 202, 302, 303, 307, 400, 401, 403, 418, 429, 500, 502, 503, 504, 599].map((status): Case => {
    return { section: '§3', it: `does not store ${status} that says nothing`, status, expected: '§3 freshness' }
  }),
  ...[201, 302, 403, 418, 500, 503, 599].flatMap((status): Case[] => [
    { section: '§3', it: `stores ${status} with max-age`, status, said: cc('max-age=1'), expected: undefined },
    { section: '§3', it: `stores ${status} with Expires`, status, said: { expires: '0' }, expected: undefined },
    { section: '§3', it: `stores ${status} that is public`, status, said: cc('public'), expected: undefined },
    {
      section: '§3',
      it: `stores ${status} when told how long`,
      status,
      options: { explicit: true },
      expected: undefined,
    },
  ]),
  { section: '§3', it: 'stores private as reason of its own', status: 302, said: cc('private'), expected: undefined },
  {
    section: '§3',
    it: 'does not count s-maxage alone when private',
    status: 302,
    said: cc('s-maxage=9'),
    expected: '§3 freshness',
  },
  {
    section: '§3',
    it: 'counts s-maxage when shared',
    status: 302,
    said: cc('s-maxage=9'),
    options: shared,
    expected: undefined,
  },
  {
    section: '§5.2.2.5',
    it: 'does not store no-store',
    said: cc('no-store, max-age=9'),
    expected: '§5.2.2.5 no-store',
  },
  {
    section: '§5.2.2.5',
    it: 'does not store no-store with public',
    said: cc('public, no-store'),
    expected: '§5.2.2.5 no-store',
  },
  {
    section: '§5.2.2.5',
    it: 'does not let a given lifetime override no-store',
    said: cc('no-store'),
    options: { explicit: true },
    expected: '§5.2.2.5 no-store',
  },
  {
    section: '§5.2.2.3',
    it: 'stores must-understand, no-store',
    said: cc('must-understand, no-store, max-age=9'),
    expected: undefined,
  },
  {
    section: '§5.2.2.3',
    it: 'does not store must-understand of a status that it does not understand',
    status: 299,
    said: cc('must-understand, max-age=9'),
    expected: '§5.2.2.3 must-understand',
  },
  {
    section: '§5.2.2.3',
    it: 'does not store must-understand, no-store of a status that it does not understand',
    status: 299,
    said: cc('must-understand, no-store, max-age=9'),
    expected: '§5.2.2.3 must-understand',
  },
  {
    section: '§5.2.2.3',
    it: 'does not read must-understand with an argument as leave',
    said: cc('must-understand=1, no-store'),
    expected: '§5.2.2.5 no-store',
  },
  {
    section: '§5.2.1.5',
    it: 'does not store for no-store',
    asked: cc('no-store'),
    said: cc('max-age=9'),
    expected: '§5.2.1.5 no-store',
  },
  {
    section: '§5.2.1.5',
    it: 'does not store for no-store what says must-understand',
    asked: cc('no-store'),
    said: cc('must-understand, no-store, max-age=9'),
    expected: '§5.2.1.5 no-store',
  },
  { section: '§5.2.2.7', it: 'stores private when private', said: cc('private, max-age=9'), expected: undefined },
  {
    section: '§5.2.2.7',
    it: 'does not store private when shared',
    said: cc('private, max-age=9'),
    options: shared,
    expected: '§5.2.2.7 private',
  },
  {
    section: '§5.2.2.7',
    it: 'does not store private beside public when shared',
    said: cc('public, private'),
    options: shared,
    expected: '§5.2.2.7 private',
  },
  {
    section: '§5.2.2.7',
    it: 'stores private="x" when shared, without the field',
    said: cc('private="x", max-age=9'),
    options: shared,
    expected: undefined,
  },
  {
    section: '§5.2.2.7',
    it: 'reads a malformed list of private as the whole',
    said: cc('private="x y", max-age=9'),
    options: shared,
    expected: '§5.2.2.7 private',
  },
  {
    section: '§3.5',
    it: 'stores an authenticated response when private',
    asked: AUTH,
    said: cc('max-age=9'),
    expected: undefined,
  },
  {
    section: '§3.5',
    it: 'does not share an authenticated response',
    asked: AUTH,
    said: cc('max-age=9'),
    options: shared,
    expected: '§3.5 authorization',
  },
  {
    section: '§3.5',
    it: 'does not share an authenticated response because of a given lifetime',
    asked: AUTH,
    options: { ...shared, explicit: true },
    expected: '§3.5 authorization',
  },
  ...['public', 'must-revalidate, max-age=9', 's-maxage=9', 's-maxage=0'].map((said): Case => {
    return {
      section: '§3.5',
      it: `shares an authenticated response with ${said}`,
      asked: AUTH,
      said: cc(said),
      options: shared,
      expected: undefined,
    }
  }),
  ...['proxy-revalidate, max-age=9', 'immutable, max-age=9', 'public=1, max-age=9'].map((said): Case => {
    return {
      section: '§3.5',
      it: `does not share an authenticated response with ${said}`,
      asked: AUTH,
      said: cc(said),
      options: shared,
      expected: '§3.5 authorization',
    }
  }),
  ...['*', 'accept, *', '*, accept', ' * ', 'a b', 'accept;q=1', '"accept"'].map((vary): Case => {
    return {
      section: '§4.1',
      it: `does not store Vary: ${vary}`,
      said: { ...cc('max-age=9'), vary },
      expected: '§4.1 vary',
    }
  }),
  { section: '§4.1', it: 'stores an empty Vary', said: { ...cc('max-age=9'), vary: ' , ' }, expected: undefined },
  { section: '§5.2.2.4', it: 'stores no-cache', said: cc('no-cache'), expected: undefined },
  { section: '§5.2.2.1', it: 'stores what is already stale', said: cc('max-age=0'), expected: undefined },
  {
    section: '§5.3',
    it: 'stores with an invalid Expires',
    status: 302,
    said: { expires: 'tomorrow' },
    expected: undefined,
  },
  { section: '§5.4', it: 'gives Pragma in a response no meaning', said: { pragma: 'no-cache' }, expected: undefined },
]

describe('§3 storing', () => {
  test.for(cases)(
    '$section: $it',
    ({ asked = {}, expected, method = 'GET', options = {}, said = {}, status = 200 }) => {
      const given = { shared: false, methods: METHODS, explicit: false, ...options }
      expect(notStorable(request(asked, method), response(said, status), given)).toBe(expected)
    },
  )
})

describe('§3.1 fields', () => {
  const kept = (fields: readonly Field[], isShared = false): string[] =>
    storableFields(fields, response(fields.map(([name, value]): [string, string] => [name, value])), isShared).map(
      ([name]) => name,
    )

  test('fields of the connection are not kept', () => {
    const names = ['connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade', 'proxy-connection']
    const authentication = ['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization']
    expect(kept([...names, ...authentication, 'x-end'].map((name) => [name, '1']))).toEqual(['x-end'])
  })

  test('fields that Connection names are not kept, in any case', () => {
    const fields: Field[] = [
      ['connection', 'close, X-Hop ,,'],
      ['x-hop', '1'],
      ['x-hop-2', '1'],
      ['close', '1'],
    ]
    expect(kept(fields)).toEqual(['x-hop-2'])
  })

  test('§5.2.2.4: what no-cache names is not kept', () => {
    const fields: Field[] = [
      ['cache-control', 'max-age=9, no-cache="Set-Cookie, x-a"'],
      ['set-cookie', 'a=1'],
      ['x-a', '1'],
      ['x-b', '1'],
    ]
    expect(kept(fields)).toEqual(['cache-control', 'x-b'])
  })

  test('§5.2.2.7: what private names is kept by a private cache only', () => {
    const fields: Field[] = [
      ['cache-control', 'max-age=9, private=x-user'],
      ['x-user', 'me'],
    ]
    expect(kept(fields)).toEqual(['cache-control', 'x-user'])
    expect(kept(fields, true)).toEqual(['cache-control'])
  })

  test('several fields of a name stay several, in order', () => {
    const fields: Field[] = [
      ['set-cookie', 'a=1, b'],
      ['x', '1'],
      ['set-cookie', 'b=2'],
    ]
    expect(storableFields(fields, response(), true)).toEqual(fields)
  })
})

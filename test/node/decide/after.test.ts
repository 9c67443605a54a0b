import { describe, expect, test } from 'vitest'
import { after, afterFailure } from '../../../src/decide/after.ts'
import type { After } from '../../../src/decide/after.ts'
import type { Asking } from '../../../src/decide/before.ts'
import type { Policy } from '../../../src/policy.ts'
import { lifeOf } from '../../../src/policy.ts'
import type { Stored } from '../../../src/record.ts'
import { NOW, cc, policy, request, stored } from './given.ts'
import type { StoredOptions } from './given.ts'

const MISS: Asking = { do: 'forward', fwd: 'uri-miss', why: '' }
const known = (what: Stored, given: Partial<Policy> = {}, action: 'validate' | 'forward' = 'validate'): Asking => {
  return { do: action, stored: what, life: lifeOf(what, policy(given), NOW), fwd: 'stale', why: '' }
}

function outcome(
  action: Asking,
  status: number,
  headers: Record<string, string> = {},
  given: Partial<Policy> = {},
  asked: Record<string, string> = {},
): After {
  return after(action, request(asked), stored(headers, { status }).facts, policy(given))
}

const OLD = (said: string, since = 70, record: StoredOptions['record'] = {}): Stored =>
  stored({ ...cc(said), etag: '"1"' }, { since, record })

describe('§4.3.3 what the answer to a validation does', () => {
  test.for<[string, number, Record<string, string>, string]>([
    ['a 304 freshens', 304, {}, 'freshen'],
    ['a 304 with the same tag', 304, { etag: '"1"' }, 'freshen'],
    ['a 304 with the tag made weak', 304, { etag: 'W/"1"' }, 'freshen'],
    ['a 304 about another response', 304, { etag: '"2"' }, 'retry'],
    ['a 200 replaces', 200, cc('max-age=9'), 'store'],
    ['a 404 replaces', 404, {}, 'store'],
    ['a 410 replaces', 410, {}, 'store'],
    ['a 200 that may not be stored', 200, cc('no-store'), 'pass'],
    ['a 500 leaves what is stored', 500, cc('max-age=9'), 'pass'],
    ['a 503 leaves what is stored', 503, {}, 'pass'],
    ['a 501 is no such failure', 501, {}, 'store'],
  ])('%s', ([, status, headers, does]) => {
    expect(outcome(known(OLD('max-age=60')), status, headers).do).toBe(does)
  })

  test("a 304 to the caller's own condition is the caller's", () => {
    const action = known(OLD('max-age=60'), {}, 'forward')
    expect(outcome(action, 304, { etag: '"1"' }, {}, { 'if-none-match': '"1"' })).toEqual({
      do: 'pass',
      why: '§3 status',
    })
    expect(outcome(MISS, 304, {}, {}, { 'if-none-match': '"1"' }).do).toBe('pass')
  })
})

describe('RFC 5861 §4 stale-if-error', () => {
  const SIE = 'max-age=60, stale-if-error=10'
  interface Case {
    readonly it: string
    readonly said: string
    readonly since?: number
    readonly record?: StoredOptions['record']
    readonly status?: number
    readonly asked?: Record<string, string>
    readonly given?: Partial<Policy>
    readonly does: string
    /** What a failure of the network does. */
    readonly failing: string
  }
  const cases: readonly Case[] = [
    { it: 'nothing allows it', said: 'max-age=60', does: 'pass', failing: 'fail' },
    { it: 'the response allows it', said: SIE, does: 'stand-in', failing: 'stand-in' },
    { it: 'it is too stale', said: SIE, since: 71, does: 'pass', failing: 'fail' },
    ...[500, 502, 503, 504].map(
      (status): Case => ({ it: `status ${status}`, said: SIE, status, does: 'stand-in', failing: 'stand-in' }),
    ),
    ...[400, 403, 404, 410, 429, 501].map((status): Case => {
      return {
        it: `status ${status} is no failure`,
        said: SIE,
        status,
        does: [404, 410, 501].includes(status) ? 'store' : 'pass',
        failing: 'stand-in',
      }
    }),
    {
      it: 'the request allows it',
      said: 'max-age=60',
      asked: cc('stale-if-error=10'),
      does: 'stand-in',
      failing: 'stand-in',
    },
    { it: 'the request allows less', said: 'max-age=60', asked: cc('stale-if-error=9'), does: 'pass', failing: 'fail' },
    {
      it: 'the option allows it',
      said: 'max-age=60',
      given: { staleIfError: 10_000 },
      does: 'stand-in',
      failing: 'stand-in',
    },
    {
      it: 'the option allows any',
      said: 'max-age=60',
      since: 1e9,
      given: { staleIfError: Infinity },
      does: 'stand-in',
      failing: 'stand-in',
    },
    { it: 'the option forbids it', said: SIE, given: { staleIfError: 0 }, does: 'pass', failing: 'fail' },
    { it: 'must-revalidate forbids it', said: `${SIE}, must-revalidate`, does: 'pass', failing: 'fail' },
    {
      it: '§5.2.2.2: must-revalidate against the option is a 504',
      said: 'max-age=60, must-revalidate',
      given: { staleIfError: 10_000 },
      does: 'pass',
      failing: 'unreachable',
    },
    {
      it: 'proxy-revalidate against the option when shared',
      said: 'max-age=60, proxy-revalidate',
      given: { staleIfError: Infinity, shared: true },
      does: 'pass',
      failing: 'unreachable',
    },
    {
      it: 'no-cache against the option',
      said: 'max-age=60, no-cache',
      given: { staleIfError: Infinity },
      does: 'pass',
      failing: 'unreachable',
    },
    {
      it: 'what was invalidated against the option, as nothing the response says forbids it',
      said: SIE,
      since: 5,
      record: { invalid: true },
      given: { staleIfError: Infinity },
      does: 'pass',
      failing: 'fail',
    },
    {
      it: 'what was invalidated and says must-revalidate',
      said: 'max-age=60, must-revalidate',
      record: { invalid: true },
      given: { staleIfError: Infinity },
      does: 'pass',
      failing: 'unreachable',
    },
    {
      it: 'must-revalidate where the developer decides',
      said: 'must-revalidate',
      given: { cacheControl: false, staleIfError: Infinity, cacheLifetime: { for: 60_000 } },
      does: 'stand-in',
      failing: 'stand-in',
    },
    {
      it: 'the directive where the developer decides',
      said: SIE,
      given: { cacheControl: false, cacheLifetime: { for: 60_000 } },
      does: 'pass',
      failing: 'fail',
    },
    { it: 'what is fresh but had to be validated', said: SIE, since: 5, does: 'stand-in', failing: 'stand-in' },
    {
      it: "a condition of the caller's own",
      said: SIE,
      asked: { 'if-none-match': '"0"' },
      does: 'pass',
      failing: 'fail',
    },
  ]
  test.for(cases)('$it', ({ asked = {}, does, failing, given = {}, record, said, since = 70, status = 500 }) => {
    const action = known(OLD(said, since, record), given)
    expect(outcome(action, status, {}, given, asked).do).toBe(does)
    expect(afterFailure(action, request(asked), policy(given)).do).toBe(failing)
  })

  test('without anything stored a failure is one', () => {
    const given = { staleIfError: Infinity }
    expect(outcome(MISS, 500, {}, given).do).toBe('pass')
    expect(afterFailure(MISS, request(), policy(given)).do).toBe('fail')
  })
  test('a failure that says how long it lasts is stored where there is nothing better', () => {
    expect(outcome(MISS, 503, cc('max-age=5')).do).toBe('store')
  })
})

describe('whether a response is stored', () => {
  const FOR: Partial<Policy> = { cacheControl: false }
  test.for<[string, number, Record<string, string>, Partial<Policy>, Record<string, string>, string | undefined]>([
    ['§3', 200, {}, {}, {}, undefined],
    [
      'event streams never are',
      200,
      { ...cc('max-age=9'), 'content-type': 'Text/Event-Stream; charset=utf-8' },
      {},
      {},
      'text/event-stream',
    ],
    [
      'event streams never are, whoever decides',
      200,
      { 'content-type': 'text/event-stream' },
      FOR,
      {},
      'text/event-stream',
    ],
    ['a given lifetime makes any status storable', 403, {}, { requestLifetime: { for: 1 } }, {}, undefined],
    ["a rule's lifetime as well", 403, {}, { ruleLifetime: { for: 1 } }, {}, undefined],
    ["the cache's lifetime does not", 403, {}, { cacheLifetime: { for: 1 } }, {}, '§3 freshness'],
    [
      'a given lifetime does not override no-store',
      200,
      cc('no-store'),
      { requestLifetime: { for: 1 } },
      {},
      '§5.2.2.5 no-store',
    ],
    [
      'a given lifetime does not override private',
      200,
      cc('private'),
      { ruleLifetime: { for: 1 }, shared: true },
      {},
      '§5.2.2.7 private',
    ],
    ['cacheControl: false ignores no-store', 200, cc('no-store, must-understand'), FOR, {}, undefined],
    ['cacheControl: false takes 200 only', 404, cc('max-age=9'), FOR, {}, 'allowableCodes'],
    ['cacheControl: false takes allowableCodes', 404, cc('no-store'), { ...FOR, codes: new Set([404]) }, {}, undefined],
    ['cacheControl: false takes no 304', 304, {}, { ...FOR, codes: new Set([304]) }, {}, '§3 status'],
    ['allowableCodes do not count where headers decide', 404, {}, { codes: new Set([200]) }, {}, undefined],
    [
      'cacheControl: false keeps private from a shared cache',
      200,
      cc('private'),
      { ...FOR, shared: true },
      {},
      '§5.2.2.7 private',
    ],
    ['cacheControl: false keeps §3.5', 200, {}, { ...FOR, shared: true }, { authorization: 'x' }, '§3.5 authorization'],
    ['cacheControl: false keeps Vary: *', 200, { vary: '*' }, FOR, {}, '§4.1 vary'],
    ['cacheControl: false keeps the no-store of the request', 200, {}, FOR, cc('no-store'), '§5.2.1.5 no-store'],
  ])('%s', ([, status, headers, given, asked, why]) => {
    expect(outcome(MISS, status, headers, given, asked)).toEqual(
      why === undefined ? { do: 'store' } : { do: 'pass', why },
    )
  })
})

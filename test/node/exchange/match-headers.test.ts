/** Request headers that tell requests apart because a setting says so. */
import { expect, test } from 'vitest'
import type { CacheOptions } from '../../../src/index.ts'
import { URL_A, cc, numbered, text, world } from '../api/given.ts'

const asked = async (
  options: CacheOptions,
  answer = numbered(),
  ...all: Record<string, string>[]
): Promise<string[]> => {
  await using it = world(answer, options)
  const answers: string[] = []
  for (const headers of all) answers.push(await text(it.fetch(URL_A, { headers })))
  expect(JSON.stringify(await it.entries())).not.toContain('hidden')
  return answers
}

test.each([
  ['Authorization', ['authorization']],
  ['X-API-Key', ['x-api-key']],
  ['Cookie', ['cookie']],
  ['Authorization', true],
] as const)(
  '%s matched by %j is a digest of the secret, for whoever has none, too (RC-108)',
  async (name, matchHeaders) => {
    for (const value of ['max-age=60', 'public, max-age=60', 'private, max-age=60']) {
      const [alice, bob] = [{ [name]: 'hidden-a' }, { [name]: 'hidden-b' }]
      const answers = await asked(
        { matchHeaders },
        numbered(cc(value)),
        alice,
        bob,
        {},
        { [name]: 'REDACTED' },
        alice,
        bob,
        {},
      )
      expect(answers).toEqual(['0', '1', '2', '3', '0', '1', '2'])
    }
  },
)

test('users do not share a private response, nor one that says nothing of users (RC-109)', async () => {
  const [alice, bob] = [{ authorization: 'hidden-a' }, { authorization: 'hidden-b' }]
  for (const value of ['private, max-age=60', 'max-age=60'])
    expect(await asked({}, numbered(cc(value)), alice, bob, alice, bob)).toEqual(['0', '1', '0', '1'])
})

test('lists are compared by their members, and other values as they are (RC-92)', async () => {
  const options = { matchHeaders: ['accept-encoding', 'x-list'] }
  const given = ['gzip, br', 'BR ,GZIP', 'br;q=1.0,gzip', 'gzip'].map((value) => ({ 'accept-encoding': value }))
  expect(await asked(options, numbered(), ...given)).toEqual(['0', '0', '0', '1'])
  const listed = ['a, b', 'a,b', 'b,a', 'A,B'].map((value) => ({ 'x-list': value }))
  expect(await asked(options, numbered(), ...listed)).toEqual(['0', '0', '1', '2'])
})

test('true leaves out what steers the cache and the transfer, and what a pattern ignores counts by its name (RC-93)', async () => {
  const options = { matchHeaders: true, ignoredParameters: ['x-trace-*'] } as const
  const steering = { 'cache-control': 'max-stale=1', pragma: 'x', 'x-trace-id': 'hidden-1' }
  const all = [{ 'x-trace-id': 'hidden-2' }, steering, { 'x-trace-id': 'hidden-3', accept: 'a/b' }, {}]
  expect(await asked(options, numbered(), ...all)).toEqual(['0', '0', '1', '2'])
})

test('a body is no continuation of the URL (RC-94)', async () => {
  await using it = world(numbered(), { allowableMethods: ['GET', 'POST'] })
  await text(it.fetch(`${URL_A}a`, { method: 'POST', body: 'b' }))
  expect(await text(it.fetch(`${URL_A}ab`, { method: 'POST', body: '' }))).toBe('1')
})

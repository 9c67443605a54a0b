/** Developers' mistakes: each fails at the call, and says of what and what is accepted. */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { StowawayError, createCache } from '../../../src/index.ts'
import { A, START, world } from '../management/given.ts'

const cache = createCache({ backend: createMemoryStore(), fetch: () => Promise.reject(new Error('asked')) })

/** What callers without types may give. */
type Untyped = Record<string, (...given: unknown[]) => unknown>
const untyped = cache as unknown as Untyped

async function refusal(call: () => unknown): Promise<StowawayError> {
  try {
    await call()
  } catch (error) {
    if (error instanceof StowawayError) return error
    throw error
  }
  throw new Error('not refused')
}

const NO_URL = [undefined, null, 1, '', '/a', Symbol('url'), {}]

describe.each([
  ['has', (url: unknown) => untyped['has']?.(url)],
  ['match', (url: unknown) => untyped['match']?.(url)],
  ['save', (url: unknown) => untyped['save']?.(url, new Response('a'))],
  ['save with a time', (url: unknown) => untyped['save']?.(url, new Response('a'), {}, new Date(START))],
] as const)('%s', (_, call) => {
  test.each(NO_URL)('of %o is refused', async (url) => {
    expect((await refusal(() => call(url))).message).toMatch(/^input: .* is not accepted; give an absolute URL/s)
  })
})

test.each([undefined, null, 1, 'fn', {}])('disabled for %o is refused', async (fn) => {
  expect((await refusal(() => untyped['disabled']?.(fn))).message).toMatch(/^fn: .* give a function$/)
})

test.each([undefined, null, 'hits', 'toString', Symbol('hit')])('listening to %o is refused', async (name) => {
  expect((await refusal(() => untyped['on']?.(name, () => {}))).message).toMatch(/^on: .* give hit, miss, stale, /)
})

test('listening with what is no function is refused', async () => {
  expect((await refusal(() => untyped['on']?.('hit', 'x'))).message).toBe(
    'on("hit"): "x" is not accepted; give a function',
  )
})

test.each([null, 1, 'relative', true, [null]])('resetExpiration of %o is refused', async (which) => {
  expect((await refusal(() => untyped['resetExpiration']?.('1h', which))).code).toBe('invalid-option')
})

test.each([null, 1, {}, { list: 1 }, { get: () => [], list: 1 }, { store: 1 }, { store: async () => 1 }])(
  'copying from %o is refused',
  async (source) => {
    expect((await refusal(() => untyped['update']?.(source))).message).toMatch(
      /^source.* is not accepted; give a .*store$/,
    )
  },
)

describe('no secret is told of what is no URL, in', () => {
  const URL_S = '/a?access_token=s3cret'

  test.each<[string, () => unknown]>([
    ['has', () => cache.has(URL_S)],
    ['hasUrl', () => cache.hasUrl(URL_S)],
    ['contains', () => cache.contains(URL_S)],
    ['delete', () => cache.delete([URL_S])],
    ['invalidate', () => cache.invalidate(URL_S)],
    ['responses', () => cache.responses.get(URL_S)],
    ['save', () => cache.save('http://user:s3cret@[/', new Response('a'))],
  ])('%s', async (_, call) => {
    const { message } = await refusal(call)
    expect(message).toContain('REDACTED')
    expect(message).not.toContain('s3cret')
  })
})

test('what a filter refuses to have saved leaves what is there', async () => {
  await using given = await world('memory', { filterFn: async (response) => (await response.text()) !== 'bad' })
  const fresh = { headers: { 'cache-control': 'max-age=6000' } }
  expect(await given.cache.save(A, new Response('good', fresh), {}, new Date(START - 1000))).toBe(true)
  expect(await given.cache.save(A, new Response('bad', fresh), {}, new Date(START - 500))).toBe(false)
  expect(await (await given.cache.match(A))?.text()).toBe('good')
})

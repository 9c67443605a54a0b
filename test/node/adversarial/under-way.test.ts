/** Deleting and invalidating while the origin answers: what it was asked before may be older. */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache } from '../../../src/index.ts'
import type { Cache, Selection } from '../../../src/index.ts'
import { scriptedBody, scriptedFetch } from '../exchange/given.ts'
import type { ScriptedFetch } from '../exchange/given.ts'
import { A, B, START } from '../management/given.ts'

const FRESH = { 'cache-control': 'max-age=60', 'cache-tag': 't', etag: '"1"' }

const SELECTIONS: readonly (readonly [string, Selection])[] = [
  ['URL', A],
  ['tag', { tag: 't' }],
  ['pattern', { url: '/a' }],
  ['method', { method: 'get' }],
  ['tag, whatever its state', { tag: 't', valid: true, expired: true }],
]

function given(): { readonly cache: Cache; readonly net: ScriptedFetch; pass(seconds: number): void } {
  let time = START
  const now = (): number => time
  const net = scriptedFetch()
  const cache = createCache({ backend: createMemoryStore({ now }), fetch: net.fetch, now })
  return { cache, net, pass: (seconds) => void (time += seconds * 1000) }
}

describe.each(['delete', 'invalidate'] as const)('%s keeps what is under way from being stored', (change) => {
  test.each(SELECTIONS)('by %s, before its headers', async (_, which) => {
    const { cache, net } = given()
    const asked = cache.fetch(A)
    const sent = await net.request(0)
    await cache[change](which)
    sent.answer(new Response('old', { headers: FRESH }))
    expect(await (await asked).text()).toBe('old')
    expect(await cache.count()).toBe(0)
  })

  test.each(SELECTIONS)('by %s, within its body', async (_, which) => {
    const { cache, net } = given()
    const body = scriptedBody()
    const asked = cache.fetch(A)
    ;(await net.request(0)).answer(new Response(body.stream, { headers: FRESH }))
    const response = await asked
    body.push('old')
    await cache[change](which)
    body.end()
    expect(await response.text()).toBe('old')
    expect(await cache.count()).toBe(0)
  })

  test.each([
    ['another URL', B],
    ['another tag', { tag: 'u' }],
    ['another pattern', { url: '/b' }],
    ['what has expired', { tag: 't', expired: true }],
    ['a size', { tag: 't', largerThan: 0 }],
  ] as const)('but not by %s', async (_, which) => {
    const { cache, net } = given()
    const asked = cache.fetch(A)
    const sent = await net.request(0)
    await cache[change](which)
    sent.answer(new Response('new', { headers: FRESH }))
    await (await asked).text()
    expect(await cache.count()).toBe(1)
  })
})

test('a 304 to what was asked before invalidate makes nothing fresh again', async () => {
  const { cache, net, pass } = given()
  const first = cache.fetch(A)
  ;(await net.request(0)).answer(new Response('old', { headers: FRESH }))
  await (await first).text()
  pass(100)
  const second = cache.fetch(A)
  const sent = await net.request(1)
  expect(await cache.invalidate(A)).toBe(1)
  sent.answer(new Response(null, { status: 304, headers: FRESH }))
  // It is asked again, for what is there now.
  ;(await net.request(2)).answer(new Response('new', { headers: { ...FRESH, etag: '"2"' } }))
  expect(await (await second).text()).toBe('new')
  expect((await cache.explain(A)).action).toBe('validate')
})

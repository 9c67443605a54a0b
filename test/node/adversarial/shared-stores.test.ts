/** Caches of different settings on one store, and settings that go further than was meant. */
import { expect, test } from 'vitest'
import { A, all, world } from '../management/given.ts'

const SESSION = { 'cache-control': 'public, max-age=60, private="set-cookie"', 'set-cookie': 'session=1', etag: '"1"' }

test('fields that a private cache kept are served by no shared one (§5.2.2.7)', async () => {
  await using given = await world('memory', {}, () => new Response('a', { headers: SESSION }))
  await given.get(A)
  const shared = given.other({ shared: true })
  expect(await shared.has(A)).toBe(false)
  expect((await shared.explain(A)).action).toBe('forward')
})

test('without these fields a shared cache serves its own', async () => {
  await using given = await world('memory', { shared: true }, () => new Response('a', { headers: SESSION }))
  await given.get(A)
  const { fromCache, headers } = await given.cache.fetch(A)
  expect([fromCache, headers.get('set-cookie')]).toEqual([true, null])
})

test('a pattern for parameters takes no tag, group or No-Vary-Search from a response', async () => {
  const ignoredParameters = ['*key*', '*tag*', '*group*', '*search*']
  const headers = { 'surrogate-key': 'a', 'cache-tag': 'b', 'cache-groups': '"c"', 'no-vary-search': 'params=("t")' }
  await using given = await world(
    'memory',
    { ignoredParameters },
    () => new Response('a', { headers: { 'cache-control': 'max-age=60', ...headers } }),
  )
  await given.get(`${A}?t=1`)
  const [entry] = await all(given.cache.filter())
  expect(entry?.tags).toEqual(['group\nhttps://example.org\nc', 'b', 'a'])
  expect((await given.cache.fetch(`${A}?t=2`)).fromCache).toBe(true)
})

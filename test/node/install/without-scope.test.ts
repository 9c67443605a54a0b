/** As in a page: nothing tells what belongs to an asynchronous call. */
import { expect, test, vi } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache, disabled, enabled, getCache, installCache } from '../../../src/index.ts'
import type { Runtime } from '../../../src/runtime.ts'
import { base, caches, get, own } from './given.ts'

vi.mock('#runtime', async (load) => {
  // The module's one export.
  const { runtime } = await load<{ readonly runtime: Runtime }>()
  const { asyncScope: _, ...rest } = runtime
  return { runtime: rest }
})

test.each([
  ['enabled', (fn: () => void) => enabled(own(), fn)],
  ['disabled', (fn: () => void) => disabled(fn)],
])('%s refuses a function that can only use the global fetch', (_, run) => {
  using under = base()
  let ran = false
  expect(() => run(() => void (ran = true))).toThrow(
    'fn: a function is not accepted; give one that uses the fetch it is passed, (fetch) => …',
  )
  expect(ran).toBe(false)
  expect(globalThis.fetch).toBe(under.fetch)
})

test('enabled hands its function a fetch, and leaves the global one alone (RC-23)', async () => {
  using under = base()
  await enabled(own({ only: 'a.test' }), async (fetch) => {
    expect(globalThis.fetch).toBe(under.fetch)
    for (let time = 0; time < 2; time++) await (await fetch('https://a.test/')).text()
    expect(under.sent).toHaveLength(1)
    expect(await caches()).toBe(false)
    for (let time = 0; time < 2; time++) await fetch('https://b.test/')
    expect(under.sent).toHaveLength(5)
  })
})

test('disabled hands its function a fetch past the installed cache, of which others know nothing (RC-22, trap 43)', async () => {
  using under = base()
  const installed = installCache(own())
  await get()
  await disabled(async (fetch) => {
    for (let time = 0; time < 2; time++) await (await fetch('https://a.test/')).text()
    expect(getCache()).toBe(installed)
    expect(await get()).toBe('1')
  })
  expect(under.sent).toHaveLength(3)
})

test('one on another has the answer alone: nothing is cached twice (trap 62)', async () => {
  using under = base()
  const outer = installCache(own())
  installCache(own())
  expect(await caches()).toBe(true)
  await using cache = createCache({ backend: createMemoryStore() })
  await (await cache.fetch('https://b.test/')).text()
  for (const url of ['https://a.test/', 'https://b.test/']) expect((await outer.explain(url)).action).toBe('forward')
  expect(under.sent).toHaveLength(2)
})

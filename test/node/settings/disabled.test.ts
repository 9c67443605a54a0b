import { describe, expect, test } from 'vitest'
import { StowawayError, createCache } from '../../../src/index.ts'
import type { CacheOptions, CachedRequestInit } from '../../../src/index.ts'
import { URL_A, numbered, settled, text, world } from '../api/given.ts'

const off: CachedRequestInit = { httpCache: { disabled: true } }

describe('disabled', () => {
  test.for<[where: string, options: CacheOptions, init: CachedRequestInit | undefined]>([
    ['the cache', { disabled: true }, undefined],
    ['a rule', { rules: { '/a': { disabled: true } } }, undefined],
    ['a request', {}, off],
  ])('for %s, nothing is read, written or deleted (RC-38, HI-5)', async ([, options, init]) => {
    await using plain = world()
    await text(plain.fetch(URL_A))
    await using it = world(numbered(), options, plain.store)
    const response = await it.fetch(URL_A, init)
    expect(response.fromCache).toBe(false)
    expect(response.why).toBe('disabled')
    expect(await text(it.fetch(URL_A, { ...init, method: 'POST', body: 'x' }))).toBe('1')
    await settled()
    expect(it.sent).toHaveLength(2)
    expect((await plain.fetch(URL_A)).fromCache).toBe(true)
    expect(await it.entries()).toHaveLength(1)
  })

  test('a narrower setting wins', async () => {
    await using it = world(numbered(), { disabled: true, rules: { '/a': { disabled: false } } })
    await text(it.fetch(URL_A))
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    expect((await it.fetch(URL_A, off)).fromCache).toBe(false)
  })

  test('with onlyIfCached it is a 504, whatever is stored (RC-38)', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    const response = await it.fetch(URL_A, { httpCache: { disabled: true, onlyIfCached: true } })
    expect([response.status, response.why]).toEqual([504, 'disabled'])
    expect(it.sent).toHaveLength(1)
  })

  test('is told by explain', async () => {
    await using it = world()
    expect(await it.cache.explain(URL_A, off)).toMatchObject({ action: 'bypass', why: 'disabled' })
  })
})

describe('cache.disabled(fn)', () => {
  test('hands out a fetch that passes by the cache, and gives what the function gives (RC-14)', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    const given = await it.cache.disabled(async (fetch) => text(fetch(URL_A)))
    expect(given).toBe('1')
    expect(await text(it.fetch(URL_A))).toBe('0')
    expect(() =>
      it.cache.disabled(() => {
        throw new RangeError('own')
      }),
    ).toThrow(RangeError)
  })

  test('holds for what is called inside, and for nothing beside it (trap 43, RC-14)', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    const gate = Promise.withResolvers<void>()
    const inside = it.cache.disabled(async () => {
      await gate.promise
      return (await it.fetch(URL_A)).fromCache
    })
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    gate.resolve()
    expect(await inside).toBe(false)
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test('nested, it holds until the outermost has ended, whatever a request says (RC-14)', async () => {
    await using it = world()
    await text(it.fetch(URL_A))
    await it.cache.disabled(async () => {
      await it.cache.disabled(async () => expect((await it.fetch(URL_A)).fromCache).toBe(false))
      expect((await it.fetch(URL_A)).fromCache).toBe(false)
      expect((await it.fetch(URL_A, { httpCache: { disabled: false } })).fromCache).toBe(false)
      expect((await it.cache.explain(URL_A)).why).toBe('disabled')
    })
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
  })

  test('disables no other cache (RC-14)', async () => {
    await using one = world()
    await using other = world()
    await text(other.fetch(URL_A))
    expect(await one.cache.disabled(async () => (await other.fetch(URL_A)).fromCache)).toBe(true)
  })
})

test.for<[unknown, RegExp]>([
  [{ disabled: 1 }, /^disabled: 1 is not accepted; give true or false/],
  [{ readOnly: 'yes' }, /^readOnly: "yes" is not accepted; give true or false/],
  [{ filterFn: true }, /^filterFn: true is not accepted; give a function/],
  [{ rules: { '/a': { keyFn: 'url' } } }, /^rules\["\/a"\]\.keyFn: "url" is not accepted; give a function/],
  [{ mode: 'Offline' }, /^mode: "Offline" is not accepted; give online, offline, record, replay/],
  [{ mode: 'replay', disabled: true }, /^disabled: true is not accepted; give it without mode: "replay"/],
  [{ mode: 'record', readOnly: true }, /^readOnly: true is not accepted; give it without mode: "record"/],
  [{ mode: 'record', onlyIfCached: true }, /^onlyIfCached: true is not accepted; give it without mode: "record"/],
])('createCache refuses %o', ([options, message]) => {
  // What a caller without types may give.
  const call = (): unknown => createCache(options as CacheOptions)
  expect(call).toThrow(StowawayError)
  expect(call).toThrow(message)
})

import { describe, expect, test } from 'vitest'
import { A, B, KINDS, START, all, world } from './given.ts'

const HOUR = 3_600_000
const ago = (ms: number): Date => new Date(START - ms)
const hour = { headers: { 'cache-control': 'max-age=7200' } }

describe.each(KINDS)('save with a date in %s', (kind) => {
  test('stores a response as if it had been received then', async () => {
    await using it = await world(kind)
    expect(await it.cache.save(A, new Response('old', hour), {}, ago(HOUR))).toBe(true)
    const [entry] = await all(it.cache.filter())
    expect(entry?.createdAt).toEqual(ago(HOUR))
    expect(entry?.expires).toEqual(new Date(START + HOUR))
    const response = await it.cache.fetch(A)
    expect(response.headers.get('age')).toBe('3600')
    expect(await response.text()).toBe('old')
    it.pass(3601)
    expect(await it.get(A)).toBe('/a')
  })

  test('takes the place of what is older, and of nothing else', async () => {
    await using it = await world(kind)
    expect(await it.cache.save(A, new Response('1', hour), {}, ago(2))).toBe(true)
    expect(await it.cache.save(A, new Response('2', hour), {}, ago(1))).toBe(true)
    expect(await it.cache.save(A, new Response('3', hour), {}, ago(1))).toBe(false)
    expect(await it.cache.save(A, new Response('4', hour), {}, ago(9))).toBe(false)
    expect(await it.get(A)).toBe('2')
    const variant = { headers: { 'cache-control': 'max-age=7200', vary: 'accept' } }
    expect(await it.cache.save(B, new Response('x', variant), { headers: { accept: 'x/y' } }, ago(1))).toBe(true)
    expect(await it.cache.save(B, new Response('y', variant), { headers: { accept: 'y/z' } }, ago(2))).toBe(true)
    expect(await it.get(B, { headers: { accept: 'x/y' } })).toBe('x')
  })

  test('gives it the lifetime that is said, and keeps credentials apart', async () => {
    await using it = await world(kind)
    const until = { httpCache: { expireAfter: new Date(START + 5000) }, headers: { authorization: 'mine' } }
    expect(await it.cache.save(A, new Response('mine'), until, ago(30 * HOUR))).toBe(true)
    expect(await it.get(A, { headers: { authorization: 'other' } })).toBe('/a')
    it.pass(4)
    expect(await it.get(A, { headers: { authorization: 'mine' } })).toBe('mine')
    it.pass(2)
    expect(await it.get(A, { headers: { authorization: 'mine' } })).toBe('/a')
  })

  test('stores neither what may not be stored nor what is not whole', async () => {
    await using it = await world(kind, { allowableMethods: ['GET'] })
    const no = async (response: Response, init = {}): Promise<void> =>
      expect(await it.cache.save(A, response, init, ago(1))).toBe(false)
    await no(new Response('x', { headers: { 'cache-control': 'no-store' } }))
    await no(new Response('x', { headers: { vary: '*' } }))
    await no(new Response('x', { status: 206, headers: { 'content-range': 'bytes 0-0/9' } }))
    await no(new Response('xy', { headers: { 'content-length': '3' } }))
    await no(new Response('x'), { method: 'POST' })
    await no(new Response('x', hour), { httpCache: { filterFn: () => false } })
    expect(await it.raw()).toEqual([])
    expect(await it.cache.save(A, new Response('x', hour), { httpCache: { filterFn: () => true } }, ago(1))).toBe(true)
  })
})

test('save refuses what is no date, and a cache that is readOnly', async () => {
  await using it = await world('memory')
  await expect(it.cache.save(A, new Response(), {}, new Date('x'))).rejects.toThrow('received: Invalid Date')
  // Not what the types say.
  await expect(it.cache.save(A, 'x' as never, {}, ago(1))).rejects.toMatchObject({ code: 'invalid-option' })
  const closed = it.other({ readOnly: true })
  await expect(closed.save(A, new Response(), {}, ago(1))).rejects.toMatchObject({ code: 'read-only' })
})

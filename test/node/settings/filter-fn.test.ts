import { describe, expect, test, vi } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import type { CacheOptions, CachedResponse } from '../../../src/index.ts'
import { START, URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import type { Answer } from '../api/given.ts'
import {
  MIB,
  bodyOf,
  bytes,
  eagerBody,
  given,
  isPending,
  lazily,
  respond,
  scriptedBody,
  scriptedFetch,
  storeWith,
} from '../exchange/given.ts'

/** Quicker than a comparison that can show the difference. */
const same = (one: Uint8Array | undefined, other: Uint8Array): boolean => !!one && Buffer.compare(one, other) === 0

/** A filter that says how often and about what it was asked. */
function asking(answer: (response: CachedResponse) => boolean | Promise<boolean>): {
  filterFn: (response: CachedResponse) => boolean | Promise<boolean>
  asked: CachedResponse[]
} {
  const asked: CachedResponse[] = []
  return { asked, filterFn: (response) => (asked.push(response), answer(response)) }
}

describe('filterFn, of a response of the origin', () => {
  test.for([true, false, Promise.resolve(true), Promise.resolve(false)])(
    '%s decides whether it is stored; the caller gets it either way, and it is asked once (trap 55, RC-39, RC-190)',
    async (answer) => {
      const { asked, filterFn } = asking(() => answer)
      await using it = world(numbered(), { filterFn })
      const response = await it.fetch(URL_A)
      expect(await response.text()).toBe('0')
      await settled()
      expect(asked).toHaveLength(1)
      expect(await it.entries()).toHaveLength((await answer) ? 1 : 0)
    },
  )

  test('is told what the caller will see, and reads a body of its own (RC-190)', async () => {
    const filterFn = async (response: CachedResponse): Promise<boolean> => {
      expect(response).toMatchObject({ status: 200, url: URL_A, cacheKey: `1 GET ${URL_A}`, ok: true })
      // What the origin below answers.
      return ((await response.json()) as { readonly ready: boolean }).ready
    }
    const answer: Answer = (_, count) => Response.json({ ready: count > 0 }, { headers: cc('max-age=60') })
    await using it = world(answer, { filterFn })
    expect(await (await it.fetch(URL_A)).json()).toEqual({ ready: false })
    expect(await (await it.fetch(URL_A)).json()).toEqual({ ready: true })
    expect((await it.fetch(URL_A)).fromCache).toBe(true)
    expect(it.errors).toEqual([])
  })

  test('is not asked of what is not stored anyway, nor of a 504 made here (RC-190)', async () => {
    const { asked, filterFn } = asking(() => true)
    await using it = world(numbered(cc('no-store')), { filterFn })
    await text(it.fetch(URL_A))
    await text(it.fetch(URL_A, { httpCache: { readOnly: true } }))
    expect((await it.fetch(URL_A, { httpCache: { onlyIfCached: true } })).status).toBe(504)
    expect(asked).toEqual([])
  })

  test('is asked once however many share the answer (trap 55)', async () => {
    const { asked, filterFn } = asking(() => true)
    await using it = world(numbered(), { filterFn })
    await Promise.all([1, 2, 3].map(() => text(it.fetch(URL_A))))
    expect([asked.length, it.sent.length]).toEqual([1, 1])
  })

  test('what it throws counts as false and is reported (trap 55)', async () => {
    const fault = new RangeError('own')
    await using it = world(numbered(), { filterFn: () => Promise.reject(fault) })
    expect(await text(it.fetch(URL_A))).toBe('0')
    await settled()
    expect(it.errors).toEqual([fault])
    expect(await it.entries()).toEqual([])
  })

  test('nobody waits for its answer, but the store (trap 55)', async () => {
    const gate = Promise.withResolvers<boolean>()
    await using it = world(numbered(), { filterFn: () => gate.promise })
    expect(await text(it.fetch(URL_A))).toBe('0')
    expect(await it.entries()).toEqual([])
    gate.resolve(true)
    await settled()
    expect(await it.entries()).toHaveLength(1)
  })

  test('where it is not asked yet, Cache-Status does not say that it is stored', async () => {
    await using it = world(numbered(), { filterFn: () => true })
    expect((await it.fetch(URL_A)).headers.get('cache-status')).not.toContain('stored')
  })

  test('a large body is whole for both, and stored', async () => {
    const whole = bytes(5 * MIB)
    let seen: Uint8Array | undefined
    const filterFn = async (response: CachedResponse): Promise<boolean> => {
      seen = await bodyOf(response)
      return true
    }
    const { fetch } = scriptedFetch(() => respond(eagerBody(whole).stream))
    const { cache, errors } = given({ fetch }, { filterFn })
    expect(same(await bodyOf(await cache.fetch(URL_A)), whole)).toBe(true)
    await settled()
    expect(same(seen, whole)).toBe(true)
    await settled()
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    expect(errors).toEqual([])
  })

  test('a caller who reads later than the filter still gets all of a large body that is refused', async () => {
    const whole = bytes(3 * MIB)
    const filterFn = async (response: CachedResponse): Promise<boolean> => (await bodyOf(response)).length === 0
    const { fetch } = scriptedFetch(() => respond(eagerBody(whole).stream))
    const { cache } = given({ fetch }, { filterFn })
    const response = await cache.fetch(URL_A)
    await settled()
    expect(same(await bodyOf(response), whole)).toBe(true)
  })

  test('one who looks at headers only holds nothing back', async () => {
    const whole = bytes(3 * MIB)
    const gate = Promise.withResolvers<boolean>()
    const { fetch } = scriptedFetch(() => respond(eagerBody(whole).stream))
    const { cache } = given({ fetch }, { filterFn: () => gate.promise })
    expect(same(await bodyOf(await cache.fetch(URL_A)), whole)).toBe(true)
    gate.resolve(false)
  })

  test('one who begins to read and then pauses is waited for a second, and then no more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const gate = Promise.withResolvers<void>()
      const filterFn = async ({ body }: CachedResponse): Promise<boolean> => {
        const reader = body?.getReader()
        await reader?.read()
        await gate.promise
        while (!(await reader?.read())?.done);
        return true
      }
      const whole = bytes(3 * MIB)
      const { fetch } = scriptedFetch(() => respond(eagerBody(whole).stream))
      const { cache, errors } = given({ fetch }, { filterFn })
      const reading = cache.fetch(URL_A).then(bodyOf)
      expect(await isPending(reading)).toBe(true)
      await vi.advanceTimersByTimeAsync(1000)
      expect(same(await reading, whole)).toBe(true)
      gate.resolve()
      await settled()
      expect(errors).toMatchObject([{ code: 'gone' }])
    } finally {
      vi.useRealTimers()
    }
  })

  test('one who reads a large body too late is told, and nothing is stored', async () => {
    const gate = Promise.withResolvers<void>()
    const filterFn = async (response: CachedResponse): Promise<boolean> => {
      await gate.promise
      return (await bodyOf(response)).length > 0
    }
    const { fetch } = scriptedFetch(() => respond(eagerBody(bytes(3 * MIB)).stream))
    const { cache, errors } = given({ fetch }, { filterFn })
    await bodyOf(await cache.fetch(URL_A))
    gate.resolve()
    await settled()
    expect(errors).toMatchObject([{ code: 'gone' }])
  })

  test('a body that ends early is an error for it, too', async () => {
    const body = scriptedBody()
    const filterFn = async (response: CachedResponse): Promise<boolean> => (await response.text()) !== ''
    const { fetch } = scriptedFetch(() => respond(body.stream))
    const { cache, errors } = given({ fetch }, { filterFn })
    const response = await cache.fetch(URL_A)
    body.push('a')
    body.fail(new Error('cut'))
    await expect(response.text()).rejects.toThrow('cut')
    await settled()
    expect(errors).toMatchObject([{ message: 'cut' }])
  })
})

describe('filterFn, of a stored response', () => {
  const filled = async (options: CacheOptions, answer: Answer = numbered()): Promise<ReturnType<typeof world>> => {
    const store = createMemoryStore({ now: () => START })
    await using before = world(answer, {}, store)
    await text(before.fetch(URL_A))
    return world((sent) => answer(sent, 1), options, store)
  }

  test('false means that it goes, and that the origin is asked (trap 55, RC-190)', async () => {
    const { asked, filterFn } = asking(({ fromCache }) => !fromCache)
    const it = await filled({ filterFn })
    const response = await it.fetch(URL_A)
    expect([response.fromCache, await response.text(), response.why]).toEqual([
      false,
      '1',
      'filterFn let nothing stored through',
    ])
    await settled()
    // Once for the stored one, once for the new one.
    expect(asked.map(({ fromCache }) => fromCache)).toEqual([true, false])
    expect(await it.entries()).toHaveLength(1)
  })

  test('true serves it, asked once for each use (RC-190)', async () => {
    const { asked, filterFn } = asking(async (response) => (await response.text()) === '0')
    const it = await filled({ filterFn })
    for (let use = 1; use < 3; use++) {
      expect(await text(it.fetch(URL_A))).toBe('0')
      expect(asked).toHaveLength(use)
    }
    expect(it.sent).toEqual([])
  })

  test('it is asked about the whole response, whatever part is wanted', async () => {
    const { asked, filterFn } = asking(async (response) => (await response.text()) === '0' && response.status === 200)
    const it = await filled({ filterFn })
    const response = await it.fetch(URL_A, { headers: { range: 'bytes=0-0' } })
    expect([response.status, response.fromCache, asked.length]).toEqual([206, true, 1])
  })

  test('it is asked about the body for a HEAD, too', async () => {
    const it = await filled({ filterFn: async (response) => (await response.text()) === '0' })
    const response = await it.fetch(URL_A, { method: 'HEAD' })
    expect([response.fromCache, await response.text()]).toEqual([true, ''])
  })

  test('a body that it does not read is not opened for it', async () => {
    const inner = createMemoryStore({ now: () => START })
    await using before = world(numbered(), {}, inner)
    await text(before.fetch(URL_A))
    let opened = 0
    const counting = storeWith(
      (whole) => lazily(whole, (entry, start, end) => (opened++, entry.open(start, end))),
      inner,
    )
    await using it = world(numbered(), { filterFn: ({ status }) => status === 200 }, counting)
    expect(await text(it.fetch(URL_A))).toBe('0')
    expect(opened).toBe(1)
  })

  test('readOnly keeps what it refuses (trap 55, RC-44)', async () => {
    const it = await filled({ filterFn: () => false, readOnly: true })
    expect(await text(it.fetch(URL_A))).toBe('1')
    await settled()
    expect(await it.entries()).toHaveLength(1)
  })

  test('with onlyIfCached, what it refuses is a 504', async () => {
    const it = await filled({ filterFn: () => false })
    expect((await it.fetch(URL_A, { httpCache: { onlyIfCached: true } })).status).toBe(504)
  })

  test('what it throws counts as false and is reported', async () => {
    const it = await filled({
      filterFn(response) {
        if (response.fromCache) throw new RangeError('own')
        return true
      },
    })
    expect(await text(it.fetch(URL_A))).toBe('1')
    expect(it.errors).toMatchObject([{ message: 'own' }])
  })

  const tagged: Answer = ({ headers }, count) =>
    headers.has('if-none-match')
      ? new Response(null, { status: 304, headers: { etag: '"1"', ...cc('max-age=60') } })
      : new Response(`${count}`, { headers: { etag: '"1"', ...cc('max-age=60') } })

  test('before it is validated it is asked about, and not again after the 304 (trap 55)', async () => {
    const { asked, filterFn } = asking(() => true)
    const it = await filled({ filterFn }, tagged)
    it.pass(100)
    expect((await it.fetch(URL_A)).revalidated).toBe(true)
    expect(asked).toHaveLength(1)
  })

  test('what it refuses is not validated', async () => {
    const it = await filled({ filterFn: () => false }, tagged)
    it.pass(100)
    expect(await text(it.fetch(URL_A))).toBe('1')
    expect(it.sent.map(({ headers }) => headers.has('if-none-match'))).toEqual([false])
  })

  test('what stands in for a failure is asked about, once', async () => {
    const { asked, filterFn } = asking(({ fromCache }) => fromCache)
    const it = await filled({ filterFn, staleIfError: true }, (_, count) => {
      if (count > 0) throw new TypeError('down')
      return new Response('0', { headers: cc('max-age=60') })
    })
    it.pass(100)
    expect(await text(it.fetch(URL_A))).toBe('0')
    expect(asked).toHaveLength(1)
  })

  test('what it refuses does not stand in for a failure', async () => {
    const it = await filled({ filterFn: () => false, staleIfError: true }, (_, count) => {
      if (count > 0) throw new TypeError('down')
      return new Response('0', { headers: cc('max-age=60') })
    })
    it.pass(100)
    await expect(it.fetch(URL_A)).rejects.toThrow('down')
  })
})

test('a filter is for a rule or a request alone, too', async () => {
  await using it = world(numbered(), { rules: { '/a': { filterFn: () => false } } })
  await text(it.fetch(URL_A))
  await text(it.fetch(URL_A, { httpCache: { filterFn: () => true } }))
  await settled()
  expect(await it.entries()).toHaveLength(1)
  await text(it.fetch('https://example.org/b'))
  await settled()
  expect(await it.entries()).toHaveLength(2)
})

test('who has another filter does not share an answer', async () => {
  await using it = world()
  const texts = await Promise.all([
    text(it.fetch(URL_A, { httpCache: { filterFn: () => true } })),
    text(it.fetch(URL_A, { httpCache: { filterFn: () => true } })),
  ])
  expect(texts.sort()).toEqual(['0', '1'])
})

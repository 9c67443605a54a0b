/** Stale answers, background work, and several at once: mistakes that caches have made. */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import type { Answer } from '../api/given.ts'

/** An origin that answers when the test says so. */
function held(answer: Answer): { readonly answer: Answer; release(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    async answer(sent, count) {
      await promise
      return answer(sent, count)
    },
    release: resolve,
  }
}

const SWR = cc('max-age=1, stale-while-revalidate=60')

describe('stale answers and several at once', () => {
  test('any number of stale hits start one refresh (trap 37, RC-185)', async () => {
    const again = held(numbered(SWR))
    await using at = world((sent, count) => (count === 0 ? numbered(SWR)(sent, 0) : again.answer(sent, count)))
    await text(at.fetch(URL_A))
    at.pass(2)
    expect(await Promise.all(Array.from({ length: 5 }, () => text(at.fetch(URL_A))))).toEqual(Array(5).fill('0'))
    expect(at.sent).toHaveLength(2)
    again.release()
    await settled()
    expect(await text(at.fetch(URL_A))).toBe('1')
  })

  test('any number of misses make one request (trap 37, RC-62, HI-76)', async () => {
    const origin = held(numbered())
    await using at = world(origin.answer)
    const all = Array.from({ length: 5 }, () => text(at.fetch(URL_A)))
    await settled()
    origin.release()
    expect(await Promise.all(all)).toEqual(Array(5).fill('0'))
    expect(at.sent).toHaveLength(1)
  })

  test('the failure of the one who asked is not that of those who waited (trap 37)', async () => {
    const origin = held((sent, count) => {
      if (count === 0) throw new TypeError('down')
      return numbered()(sent, count)
    })
    await using at = world(origin.answer)
    const all = Array.from({ length: 3 }, () => text(at.fetch(URL_A)))
    await settled()
    origin.release()
    const [leader, ...others] = await Promise.allSettled(all)
    expect(leader?.status).toBe('rejected')
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  })

  test('a refresh behind the answer changes nothing of what was handed out (trap 38, RC-187)', async () => {
    await using at = world((sent, count) => numbered({ ...SWR, 'x-count': `${count}` })(sent, count))
    await text(at.fetch(URL_A))
    at.pass(2)
    const stale = await at.fetch(URL_A)
    const expired = stale.isExpired
    await settled()
    expect(at.sent).toHaveLength(2)
    expect([stale.headers.get('x-count'), stale.isExpired, expired, await stale.text()]).toEqual(['0', true, true, '0'])
  })

  test('a refresh is handed to waitUntil, and its failure is reported, not thrown (trap 38)', async () => {
    const work: Promise<unknown>[] = []
    await using at = world(
      (sent, count) => {
        if (count > 0) throw new TypeError('down')
        return numbered(SWR)(sent, count)
      },
      { waitUntil: (promise) => void work.push(promise) },
    )
    await text(at.fetch(URL_A))
    at.pass(2)
    expect(await text(at.fetch(URL_A))).toBe('0')
    await settled()
    expect(work).toHaveLength(1)
    await Promise.all(work)
    expect(at.errors.map(({ message }) => message)).toEqual(['down'])
  })

  test('onlyIfCached starts no refresh either (trap 38, RC-52)', async () => {
    await using at = world(numbered(SWR))
    await text(at.fetch(URL_A))
    at.pass(2)
    await at.fetch(URL_A, { httpCache: { onlyIfCached: true } })
    await settled()
    expect(at.sent).toHaveLength(1)
  })

  test.each([
    [500, true],
    [502, true],
    [503, true],
    [504, true],
    [501, false],
    [404, false],
    [429, false],
  ])('status %d counts as a failure of the origin: %s (trap 39, RC-181)', async (status, standsIn) => {
    await using at = world((sent, count) => numbered(cc('max-age=1'), count === 0 ? 200 : status)(sent, count), {
      staleIfError: true,
    })
    await text(at.fetch(URL_A))
    at.pass(2)
    expect((await at.fetch(URL_A)).status).toBe(standsIn ? 200 : status)
  })

  test('too stale, the error of the origin is the answer, and no exception (trap 39, RC-182)', async () => {
    await using at = world((sent, count) => numbered(cc('max-age=1'), count === 0 ? 200 : 503)(sent, count), {
      staleIfError: 60,
    })
    await text(at.fetch(URL_A))
    at.pass(61)
    expect((await at.fetch(URL_A)).status).toBe(200)
    at.pass(1)
    expect((await at.fetch(URL_A)).status).toBe(503)
  })

  test('how long stale may be served is what the stored response said, not the failing one (trap 40, RC-159, RC-160)', async () => {
    await using at = world((sent, count) =>
      count === 0
        ? numbered(cc('max-age=1, stale-if-error=60'))(sent, 0)
        : numbered(cc('stale-if-error=0'), 503)(sent, count),
    )
    await text(at.fetch(URL_A))
    at.pass(2)
    expect((await at.fetch(URL_A)).status).toBe(200)
  })

  test('one who gives up takes nothing from the others, and leaves no half of an entry (trap 41)', async () => {
    const origin = held(numbered())
    await using at = world(origin.answer)
    const abort = new AbortController()
    const gone = at.fetch(URL_A, { signal: abort.signal })
    const stays = text(at.fetch(URL_A))
    await settled()
    abort.abort(new Error('enough'))
    await expect(gone).rejects.toThrow('enough')
    origin.release()
    expect(await stays).toBe('0')
    expect(at.sent).toHaveLength(1)
    expect(await text(at.fetch(URL_A))).toBe('0')
  })

  test.each(['get', 'put'] as const)(
    'a store that fails to %s costs a hit and not the fetch (trap 42, RC-63)',
    async (member) => {
      const store = { ...createMemoryStore(), [member]: () => Promise.reject(new Error('disk on fire')) }
      await using at = world(numbered(), {}, store)
      expect(await text(at.fetch(URL_A))).toBe('0')
      expect(await text(at.fetch(URL_A))).toBe('1')
      await settled()
      expect(at.told.filter(({ name }) => name === 'error').length).toBeGreaterThan(0)
      expect(at.errors[0]?.message).toContain('disk on fire')
    },
  )

  test('what is switched off for one call is on for those beside it (trap 43, RC-14)', async () => {
    const origin = held(numbered())
    await using at = world((sent, count) => (count === 1 ? origin.answer(sent, count) : numbered()(sent, count)))
    await text(at.fetch(URL_A))
    const without = at.cache.disabled(async (fetch) => text(fetch(URL_A)))
    await settled()
    expect(await text(at.fetch(URL_A))).toBe('0')
    origin.release()
    expect(await without).toBe('1')
    expect(at.sent).toHaveLength(2)
  })
})

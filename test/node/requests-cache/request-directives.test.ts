/** RFC 9111 §5.2.1, as a caller's own header. */
import { describe, expect, test } from 'vitest'
import { URL_A, cc, numbered, settled, text, world } from '../api/given.ts'
import type { World } from '../api/given.ts'
import { confirming, failing, isConditional, outcome } from './given.ts'

const TAGGED = { etag: '"1"', ...cc('max-age=60') }
const ask = (at: World, said: string): Promise<string> => text(at.fetch(URL_A, { headers: cc(said) }))

describe('Cache-Control of a request', () => {
  test('max-age=N is the greatest age that is taken, and sets no lifetime (RC-140)', async () => {
    await using at = world()
    expect(await ask(at, 'max-age=5')).toBe('0')
    at.pass(20)
    expect(await ask(at, 'max-age=20')).toBe('0')
    expect(await ask(at, 'max-age=19')).toBe('1')
    at.pass(59)
    expect(await text(at.fetch(URL_A))).toBe('1')
  })

  test('max-age=0 asks by the validator, and fetches again where there is none (RC-141)', async () => {
    await using at = world(confirming(TAGGED))
    await text(at.fetch(URL_A))
    at.pass(1)
    expect(await ask(at, 'max-age=0')).toBe('0')
    expect(at.sent.map(({ headers }) => isConditional(headers))).toEqual([false, true])
    await using without = world()
    await text(without.fetch(URL_A))
    without.pass(1)
    expect(await ask(without, 'max-age=0')).toBe('1')
  })

  test('no-cache asks by the validator however fresh (RC-142)', async () => {
    await using at = world(confirming(TAGGED))
    await text(at.fetch(URL_A))
    expect(await ask(at, 'no-cache')).toBe('0')
    expect(at.sent.map(({ headers }) => isConditional(headers))).toEqual([false, true])
  })

  test('no-store neither reads nor writes, and leaves what is there (RC-143)', async () => {
    await using at = world()
    expect(await ask(at, 'no-store')).toBe('0')
    expect(await at.entries()).toEqual([])
    expect(await text(at.fetch(URL_A))).toBe('1')
    expect(await ask(at, 'no-store')).toBe('2')
    expect(await text(at.fetch(URL_A))).toBe('1')
  })

  test('only-if-cached answers from the store or with a 504 (RC-144)', async () => {
    await using at = world()
    expect((await at.fetch(URL_A, { headers: cc('only-if-cached') })).status).toBe(504)
    await text(at.fetch(URL_A))
    expect(await ask(at, 'only-if-cached')).toBe('0')
    at.pass(60)
    expect((await at.fetch(URL_A, { headers: cc('only-if-cached') })).status).toBe(504)
    expect(at.sent).toHaveLength(1)
  })

  test.each([
    ['max-stale', 1e6, true],
    ['max-stale=30', 30, true],
    ['max-stale=30', 31, false],
    ['max-stale=30, min-fresh=1', 10, false],
  ])('%s takes what is %d s past freshness: %s (RC-145)', async (said, past, taken) => {
    await using at = world()
    await text(at.fetch(URL_A))
    at.pass(60 + past)
    expect(await ask(at, said)).toBe(taken ? '0' : '1')
  })

  test('min-fresh=N wants N seconds left, which what never expires has (RC-146)', async () => {
    await using at = world()
    await text(at.fetch(URL_A))
    at.pass(50)
    expect(await ask(at, 'min-fresh=10')).toBe('0')
    expect(await ask(at, 'min-fresh=11')).toBe('1')
    await using forever = world(numbered({}), { cacheControl: false })
    await text(forever.fetch(URL_A))
    expect(await ask(forever, 'min-fresh=999999999')).toBe('0')
  })

  test('stale-if-error=N allows it where no option says otherwise (RC-147)', async () => {
    for (const [options, past, served] of [
      [{}, 30, true],
      [{}, 31, false],
      [{ staleIfError: false }, 30, false],
      [{ staleIfError: true }, 31, true],
    ] as const) {
      await using at = world(failing(cc('max-age=60')), options)
      await text(at.fetch(URL_A))
      at.pass(60 + past)
      const answer = at.fetch(URL_A, { headers: cc('stale-if-error=30') })
      expect(await outcome(answer)).toBe(served ? '0' : 'down')
    }
  })

  test('stale-while-revalidate=N allows it where no option says otherwise (RC-147)', async () => {
    for (const [options, past, served] of [
      [{}, 30, true],
      [{}, 31, false],
      [{ staleWhileRevalidate: false }, 30, false],
      [{ staleWhileRevalidate: true }, 31, true],
    ] as const) {
      await using at = world(numbered(), options)
      await text(at.fetch(URL_A))
      at.pass(60 + past)
      expect(await ask(at, 'stale-while-revalidate=30')).toBe(served ? '0' : '1')
      await settled()
      expect(at.sent).toHaveLength(2)
    }
  })

  test('Pragma: no-cache counts as no-cache where there is no Cache-Control, and no-transform reaches the origin (RC-149)', async () => {
    await using at = world(confirming(TAGGED))
    await text(at.fetch(URL_A))
    await text(at.fetch(URL_A, { headers: { pragma: 'no-cache' } }))
    expect(at.sent).toHaveLength(2)
    await text(at.fetch(URL_A, { headers: { pragma: 'no-cache', ...cc('no-transform') } }))
    expect(at.sent).toHaveLength(2)
    await text(at.fetch(URL_A, { headers: cc('no-transform, no-cache') }))
    expect(at.sent[2]?.headers.get('cache-control')).toBe('no-transform, no-cache')
  })
})

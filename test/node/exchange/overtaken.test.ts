/** Two requests for one key under way: what is kept is the answer to the one that was sent later, whichever comes first. */
import { describe, expect, test } from 'vitest'
import { bytes, given, isPending, respond, scriptedBody, scriptedFetch, settled, storeWith, URL_A } from './given.ts'
import type { Given, Script, ScriptedFetch } from './given.ts'
import type { CachedRequestInit } from '../../../src/cache.ts'
import type { CachedResponse } from '../../../src/response.ts'
import type { Entry, Store } from '../../../src/store.ts'

interface Asked {
  readonly response: Promise<CachedResponse>
  readonly body: Script
}

/** A request that was sent, and whose answer has begun to come. */
async function ask({ cache }: Given, up: ScriptedFetch, init: CachedRequestInit = {}, headers = {}): Promise<Asked> {
  const response = cache.fetch(URL_A, init)
  const body = scriptedBody()
  ;(await up.request(up.sent.length)).answer(respond(body.stream, headers))
  await response
  return { response, body }
}

const RELOAD = { cache: 'reload' } as const
const text = async ({ response }: Asked): Promise<string> => (await response).text()
const hit = async ({ cache }: Given, init: CachedRequestInit = {}): Promise<string> =>
  (await cache.fetch(URL_A, { ...init, cache: 'only-if-cached' })).text()

describe('an older response that comes to its end after a newer one is stored', () => {
  test.each([10, 100_000])('is not stored, and its caller gets all %i bytes of it', async (length) => {
    const up = scriptedFetch()
    const made = given(up)
    const older = await ask(made, up)
    const whole = 'o'.repeat(length)
    older.body.push(whole.slice(0, length - 1))
    const newer = await ask(made, up, { httpCache: { forceRefresh: true } })
    newer.body.push('newer')
    newer.body.end()
    expect(await text(newer)).toBe('newer')
    await settled()
    older.body.push(whole.slice(length - 1))
    older.body.end()
    expect(await text(older)).toBe(whole)
    await settled()
    expect(await hit(made)).toBe('newer')
    expect(made.errors).toEqual([])
  })

  test('is not stored when it has not even begun by then', async () => {
    const up = scriptedFetch()
    const made = given(up)
    const older = made.cache.fetch(URL_A)
    const first = await up.request(0)
    const newer = await ask(made, up, RELOAD)
    newer.body.push('newer')
    newer.body.end()
    await text(newer)
    await settled()
    first.answer(respond('older'))
    expect(await (await older).text()).toBe('older')
    await settled()
    expect(await hit(made)).toBe('newer')
  })

  test('is not stored where the newer one is a 304', async () => {
    const up = scriptedFetch()
    const made = given(up)
    const stored = await ask(made, up, {}, { etag: '"1"' })
    stored.body.push('confirmed')
    stored.body.end()
    await text(stored)
    const older = await ask(made, up, RELOAD)
    const newer = made.cache.fetch(URL_A, { cache: 'no-cache', headers: { 'cache-control': 'no-cache' } })
    ;(await up.request(2)).answer(new Response(null, { status: 304, headers: { etag: '"1"' } }))
    expect((await newer).revalidated).toBe(true)
    older.body.push('older')
    older.body.end()
    expect(await text(older)).toBe('older')
    await settled()
    expect(await hit(made)).toBe('confirmed')
  })

  test('is not joined by who comes then', async () => {
    const up = scriptedFetch()
    const made = given(up)
    await ask(made, up)
    const newer = await ask(made, up, RELOAD)
    newer.body.push('newer')
    newer.body.end()
    await text(newer)
    await settled()
    made.pass(30)
    expect(await hit(made)).toBe('newer')
    await made.store.delete([{ namespace: 'http' }])
    const next = made.cache.fetch(URL_A)
    ;(await up.request(2)).answer(respond('next'))
    expect(await (await next).text()).toBe('next')
  })

  test('is stored where it is another variant (§4.1)', async () => {
    const up = scriptedFetch()
    const made = given(up)
    const vary = { vary: 'accept-language' }
    const german = { headers: { 'accept-language': 'de' } }
    const older = await ask(made, up, german, vary)
    const newer = await ask(made, up, { ...RELOAD, headers: { 'accept-language': 'fr' } }, vary)
    newer.body.end()
    await text(newer)
    await settled()
    older.body.push('older')
    older.body.end()
    await text(older)
    await settled()
    expect(await hit(made, german)).toBe('older')
  })

  test('is stored where the newer one was not', async () => {
    const up = scriptedFetch()
    const made = given(up)
    const older = await ask(made, up)
    const newer = await ask(made, up, RELOAD, { 'cache-control': 'no-store' })
    newer.body.end()
    await text(newer)
    older.body.push('older')
    older.body.end()
    await text(older)
    await settled()
    expect(await hit(made)).toBe('older')
  })
})

test('a newer response replaces an older one that comes to its end first', async () => {
  const up = scriptedFetch()
  const made = given(up)
  const older = await ask(made, up)
  const newer = await ask(made, up, RELOAD)
  for (const one of [older, newer]) {
    one.body.push(one === older ? 'older' : 'newer')
    one.body.end()
    await text(one)
    await settled()
  }
  expect(await hit(made)).toBe('newer')
})

describe('in a store that takes its time to commit', () => {
  /** Puts that wait for the test, each when it has all of its body. */
  function slowly(): { store: Store; commits: (() => void)[] } {
    const commits: (() => void)[] = []
    const store = storeWith((inner) => ({
      async put(key, meta, body): Promise<Entry> {
        const whole = new Uint8Array(await new Response(body).arrayBuffer())
        await new Promise<void>((resolve) => commits.push(resolve))
        return inner.put(key, meta, whole)
      },
    }))
    return { store, commits }
  }

  test.each([
    ['older', ['newer', 'older'], 1],
    ['newer', ['older', 'newer'], 2],
  ] as const)('the one that was sent later stays when the %s one ends last', async (_, order, puts) => {
    const up = scriptedFetch()
    const { commits, store } = slowly()
    const made = given(up, {}, store)
    const asked = { older: await ask(made, up), newer: await ask(made, up, RELOAD) }
    for (const name of order) {
      asked[name].body.push(name)
      asked[name].body.end()
      await text(asked[name])
      await settled()
    }
    expect(commits).toHaveLength(1)
    commits[0]?.()
    await settled()
    expect(commits).toHaveLength(puts)
    commits[1]?.()
    expect(await hit(made)).toBe('newer')
  })

  test('an older one of more than 64 KiB waits, too, until it is certain that the newer one is stored', async () => {
    const up = scriptedFetch()
    const { commits, store } = slowly()
    const made = given(up, {}, store)
    const older = await ask(made, up)
    const newer = await ask(made, up, RELOAD)
    newer.body.push('newer')
    newer.body.end()
    older.body.push(bytes(100_000))
    older.body.end()
    expect(await text(newer)).toBe('newer')
    expect((await text(older)).length).toBeGreaterThan(0)
    await settled()
    expect(commits).toHaveLength(1)
    const answer = hit(made)
    expect(await isPending(answer)).toBe(true)
    commits[0]?.()
    expect(await answer).toBe('newer')
  })
})

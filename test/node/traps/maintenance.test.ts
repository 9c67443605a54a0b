/** Looking after what is stored: mistakes that caches have made. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../../adapters/memory.ts'
import { createCache, getCache, installCache, isInstalled, uninstallCache } from '../../../src/index.ts'
import type { CacheOptions, Filter } from '../../../src/index.ts'
import { temporary } from '../../support/temporary.ts'
import { START, URL_A, cc, numbered, settled, text, world } from '../api/given.ts'

const O = 'https://example.org'

describe('maintenance', () => {
  test('conditions narrow each other, and an age alone narrows (trap 58, RC-215)', async () => {
    await using at = world(
      ({ url }) => new Response('x', { headers: cc(`max-age=${url.endsWith('short') ? 1 : 1000}`) }),
    )
    await text(at.fetch(`${O}/old/short`))
    await text(at.fetch(`${O}/old/long`))
    at.pass(100)
    await text(at.fetch(`${O}/new/long`))
    const found = async (filter: Filter): Promise<string[]> => {
      const urls: string[] = []
      for await (const entry of at.cache.filter(filter)) urls.push(entry.url.slice(O.length))
      return urls
    }
    expect(await found({ olderThan: 50 })).toEqual(['/old/short', '/old/long'])
    expect(await found({ olderThan: 50, expired: true })).toEqual(['/old/short'])
    expect(await found({ olderThan: 50, valid: true })).toEqual(['/old/long'])
    expect(await found({ valid: true, expired: true })).toEqual(['/old/short', '/old/long', '/new/long'])
    expect(await found({ expired: true, url: '/new/*' })).toEqual([])
    expect(await found({})).toEqual(['/old/short', '/old/long', '/new/long'])
  })

  test('a listing goes on while entries are deleted (trap 59)', async () => {
    await using at = world()
    for (let n = 0; n < 250; n++) await text(at.fetch(`${O}/${n}`))
    let seen = 0
    for await (const entry of at.cache.filter()) {
      seen++
      await at.cache.delete(entry.url)
    }
    expect([seen, await at.cache.count()]).toEqual([250, 0])
  })

  test('new keys keep variants apart, and everything hits under them (trap 60, RC-220)', async () => {
    const store = createMemoryStore({ now: () => START })
    const origin = numbered({ vary: 'accept', ...cc('max-age=60') })
    const ask = (accept: string, query: string): [string, RequestInit] => [
      `${O}/?session=${query}`,
      { headers: { accept } },
    ]
    await using before = world(origin, {}, store)
    await text(before.fetch(...ask('a/a', '1')))
    await text(before.fetch(...ask('b/b', '1')))
    await using after = world(origin, { ignoredParameters: ['session'] }, store)
    expect(await after.cache.recreateKeys()).toBe(2)
    expect(await text(after.fetch(...ask('a/a', '2')))).toBe('0')
    expect(await text(after.fetch(...ask('b/b', '3')))).toBe('1')
    expect(after.sent).toEqual([])
    expect(JSON.stringify(await after.entries())).not.toContain('session=1')
  })

  test.each([
    ['site.com', 'https://site.com.evil.org/', false],
    ['site.com', 'https://evil.org/?u=https://site.com/x', false],
    ['site.com', 'https://notsite.com/', false],
    ['site.com/re', 'https://site.com/resource', false],
    ['*.site.com', 'https://site.com/', false],
    ['*.site.com', 'https://a.site.com/', true],
    ['site.com', 'https://site.com/a?b=c', true],
  ])('%s and %s: %s (trap 61, RC-131, RC-132)', async (pattern, url, matches) => {
    await using at = world(numbered({}), { rules: [{ match: pattern, expireAfter: 60 }] })
    expect((await at.cache.explain(url)).rule !== null).toBe(matches)
  })

  test('patches of the global fetch are undone in order, and two of them cache once (trap 62, RC-21, RC-23)', async () => {
    const original = globalThis.fetch
    let asked = 0
    globalThis.fetch = async () => new Response(`${asked++}`, { headers: cc('max-age=60') })
    const below = globalThis.fetch
    const options: CacheOptions = { backend: 'memory' }
    try {
      installCache(options)
      const outer = getCache()
      installCache(options)
      await text(fetch(URL_A) as never)
      await settled()
      expect(await text(fetch(URL_A) as never)).toBe('0')
      expect(Number(await outer?.count()) + Number(await getCache()?.count())).toBe(1)
      uninstallCache()
      expect(getCache()).toBe(outer)
      uninstallCache()
      expect([isInstalled(), globalThis.fetch === below]).toEqual([false, true])
    } finally {
      globalThis.fetch = original
    }
  })

  test.each([
    ['createCache', () => createCache({ expire_afer: 5 } as never)],
    ['a rule', () => createCache({ rules: { '*': { expire_after: 5 } } } as never)],
    [
      'httpCache',
      async () => createCache({ backend: 'memory' }).fetch(URL_A, { httpCache: { forceRefesh: true } as never }),
    ],
    ['filter', async () => createCache({ backend: 'memory' }).count({ olderthan: 5 } as never)],
  ])('an unknown option of %s is an error (trap 63, RC-6)', async (_, call) => {
    await expect((async () => call())()).rejects.toMatchObject({ code: 'unknown-option' })
  })

  test('a store that is no database is put aside, reported once, and replaced (trap 64, RC-283)', async () => {
    await using place = await temporary()
    const path = place.join('c.sqlite')
    await writeFile(path, 'this is no database'.repeat(1000))
    const errors: Error[] = []
    await using cache = createCache({
      backend: 'sqlite',
      path,
      onError: (error) => void errors.push(error),
      fetch: async () => new Response('x', { headers: cc('max-age=60') }),
    })
    await text(cache.fetch(URL_A))
    expect((await cache.fetch(URL_A)).fromCache).toBe(true)
    expect(errors).toMatchObject([{ code: 'corrupt' }])
  })

  test('a clock that goes back makes neither a negative age nor an immortal entry (trap 65)', async () => {
    await using at = world(numbered(cc('max-age=60')))
    await text(at.fetch(URL_A))
    at.pass(-86_400)
    const hit = await at.fetch(URL_A)
    expect(Number(hit.headers.get('age'))).toBeGreaterThanOrEqual(0)
    at.pass(86_400 + 61)
    expect(await text(at.fetch(URL_A))).not.toBe('0')
  })
})

import { describe, expect, test } from 'vitest'
import { DO_NOT_CACHE } from '../../../src/index.ts'
import type { Match } from '../../../src/index.ts'
import { numbered, text, world } from '../api/given.ts'

/** Whether a rule with this pattern is for a URL. */
async function matches(match: Match, url: string): Promise<boolean> {
  await using at = world(numbered(), { rules: [{ match, expireAfter: 1 }] })
  return (await at.cache.explain(url)).rule !== null
}

describe('patterns of rules', () => {
  test.each([
    ['site.com', 'https://site.com/', true],
    ['site.com', 'http://site.com/any/path?q=1', true],
    ['site.com/a/*', 'https://site.com/a/b/c', true],
    ['site.com/a/*', 'https://site.com/b/a/', false],
    ['site.com/a', 'https://site.com/a/b', false],
    ['https://site.com/*', 'http://site.com/a', false],
    ['/image/*', 'https://any.example/image/1', true],
    ['site.com/a', 'https://site.com/a?q=1', true],
    ['site.com/a?q=1', 'https://site.com/a?q=2', false],
    ['site.com/[a]', 'https://site.com/a', false],
    ['SITE.com/a', 'https://site.com/a', true],
    ['site.com/A', 'https://site.com/a', false],
    ['*', 'http://any.example:8080/x', true],
  ])('%s and %s: %s (RC-131)', async (match, url, expected) => {
    expect(await matches(match, url)).toBe(expected)
  })

  test.each([
    ['site.com', 'https://site.com.evil.org/', false],
    ['site.com/re', 'https://site.com/resource', false],
    ['*.site.com', 'https://site.com/', false],
    ['*.site.com', 'https://a.b.site.com/', true],
    ['*.site.com', 'https://evilsite.com/', false],
    ['site.com:8080', 'https://site.com:8080/a', true],
    ['site.com', 'https://site.com:8080/a', false],
    ['site.com/*', 'https://evil.com/?u=https://site.com/x', false],
    ['site.com/*', 'https://evil.com/https://site.com/x', false],
  ])('hosts are whole: %s and %s: %s (RC-132)', async (match, url, expected) => {
    expect(await matches(match, url)).toBe(expected)
  })

  test('a regular expression is searched for in the whole URL, but not in its fragment (RC-133)', async () => {
    expect(await matches(/^https:.*\/b\?q=\d$/, 'https://site.com/a/b?q=1#x')).toBe(true)
    expect(await matches(/SITE/i, 'https://site.com/')).toBe(true)
    expect(await matches(/frag/, 'https://site.com/#frag')).toBe(false)
    expect(await matches(/^http:/, 'https://site.com/')).toBe(false)
  })

  test('what is not named is kept out by a last rule for everything (RC-134)', async () => {
    await using at = world(numbered({}), { rules: { 'a.com': 60, '*': DO_NOT_CACHE } })
    for (const url of ['https://a.com/', 'https://b.com/', 'https://a.com.b.com/']) await text(at.fetch(url))
    expect((await at.entries()).map(({ key }) => key.url)).toEqual(['https://a.com/'])
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_IGNORED_PARAMETERS, ignoredNames, REDACTED, redactUrl } from '../../../src/key/redact.ts'
import { redactHeaders, redactsLocation } from '../../../src/key/redact-fields.ts'

const defaults = ignoredNames()
const withSession = ignoredNames(new Set(['Session', 'user[id]']))

describe('ignoredNames', () => {
  test.each(DEFAULT_IGNORED_PARAMETERS)('%s is a secret in any case', (name) => {
    for (const form of [name, name.toLowerCase(), name.toUpperCase()]) {
      expect(defaults.isSecret(form)).toBe(true)
      expect(defaults.isIgnored(form)).toBe(true)
    }
  })

  test('a name that the developer adds is ignored but no secret', () => {
    expect(withSession.isIgnored('sEssion')).toBe(true)
    expect(withSession.isSecret('session')).toBe(false)
    expect(defaults.isIgnored('session')).toBe(false)
  })

  test('a default name stays a secret when the developer adds it', () => {
    expect(ignoredNames(new Set(['api_key'])).isSecret('api_key')).toBe(true)
  })
})

describe('redactUrl', () => {
  test.each([
    ['a secret', '?access_token=s3cret&b=2', '?access_token=REDACTED&b=2', ['access_token', 's3cret']],
    ['any case of the name', '?ApiKey=s', '?ApiKey=REDACTED', ['ApiKey', 's']],
    ['an escaped name', '?acc%65ss%5ftoken=s', '?acc%65ss%5ftoken=REDACTED', ['access_token', 's']],
    ['each occurrence', '?apikey=1&x&apikey=2', '?apikey=REDACTED&x&apikey=REDACTED', ['apikey', '1', 'apikey', '2']],
    ['an empty value', '?apikey=', '?apikey=REDACTED', ['apikey', '']],
    ['a value with =', '?apikey=a=b', '?apikey=REDACTED', ['apikey', 'a=b']],
    ['a token in the fragment', '?a=1#access_token=s&b', '?a=1#access_token=REDACTED&b', ['access_token', 's']],
    ['an added name, without a secret', '?session=1&b=%7e', '?session=REDACTED&b=%7e', []],
    ['an added name that is escaped', '?user%5Bid%5D=1', '?user%5Bid%5D=REDACTED', []],
  ])('%s is redacted, all else stays', (_, query, expected, secrets) => {
    expect(redactUrl(`https://a.test/p${query}`, withSession)).toEqual({ url: `https://a.test/p${expected}`, secrets })
  })

  test.each([
    'https://a.test/access_token=x',
    'https://a.test/?',
    'https://a.test/?access_token',
    'https://a.test/?a=access_token=x',
    'https://a.test/?a?access_token=x',
    'https://a.test/??access_token=x',
    'https://a.test/??access%5Ftoken=x',
    'https://a.test/?a;access_token=x',
    'https://a.test/?%=1&%zz=2&+=3&&=',
    'https://a.test/x@y?z@',
  ])('%s stays as it is', (url) => {
    expect(redactUrl(url, withSession)).toEqual({ url, secrets: [] })
  })

  test.each([
    ['https://me:pw@a.test/x@y', 'https://REDACTED@a.test/x@y', 'me:pw'],
    ['//me@a.test', '//REDACTED@a.test', 'me'],
  ])('user information of %s is redacted', (url, expected, secret) => {
    expect(redactUrl(url, defaults)).toEqual({ url: expected, secrets: ['userinfo', secret] })
  })

  test('what was found clean is redacted for who ignores more, also among many URLs', () => {
    const url = 'https://a.test/?session=1'
    for (let page = 0; page < 2500; page++) {
      expect(redactUrl(url, defaults).url).toBe(url)
      expect(redactUrl(url, withSession).url).toBe('https://a.test/?session=REDACTED')
      expect(redactUrl(`${url}&page=${page}`, defaults).url).toBe(`${url}&page=${page}`)
      expect(redactUrl(`${url}&apikey=${page}`, defaults)).toEqual({
        url: `${url}&apikey=REDACTED`,
        secrets: ['apikey', `${page}`],
      })
    }
  })

  test('any URL survives, and the rest of it is untouched', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        expect(redactUrl(url, defaults).url).toBe(url)
      }),
    )
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const url = `x?${before.replace(/[#?@]/g, '')}&apikey=s3cret${after ? `&${after.replaceAll('s3cret', '')}` : ''}`
        expect(redactUrl(url, defaults).url).not.toContain('s3cret')
      }),
    )
  })

  test('takes time in proportion to the length of a hostile URL', () => {
    const hostile = [`?${'&'.repeat(1e5)}`, `?${'#'.repeat(1e5)}`, `${'//'.repeat(5e4)}?`, `//${'a'.repeat(1e5)}#`]
    for (const url of hostile) expect(redactUrl(url, defaults).url).toBe(url)
  }, 2000)
})

describe('redactsLocation', () => {
  test.each([
    ['/next', false],
    ['/cb?access_token=x', true],
    ['/cb?access%5Ftoken=x', true],
    ['/cb?acc\tess_token=x', true],
    ['https://u:p@b.test/', true],
    ['\\\\u:p@b.test/', true],
    ['/cb#access_token=x', true],
    ['/cb?access_token=REDACTED', false],
    ['http://[', true],
  ])('%j: %s', (location, expected) => {
    expect(redactsLocation(location, 'https://a.test/', defaults)).toBe(expected)
  })
})

describe('redactHeaders', () => {
  test('credentials and ignored names lose their values, in any case', () => {
    const pairs: [string, string][] = [
      ['AUTHORIZATION', 'Bearer s'],
      ['Cookie', 'id=s'],
      ['x-api-key', 's'],
      ['Session', 's'],
      ['Accept', 'text/html'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]
    expect(redactHeaders(pairs, withSession)).toEqual([
      ['AUTHORIZATION', REDACTED],
      ['Cookie', REDACTED],
      ['x-api-key', REDACTED],
      ['Session', REDACTED],
      ['Accept', 'text/html'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])
  })

  test('URLs in fields are redacted as URLs', () => {
    const headers = new Headers({ Referer: 'https://a.test/?apikey=s&b', 'Content-Location': '/x?access_token=s' })
    expect(Object.fromEntries(redactHeaders(headers, defaults))).toEqual({
      referer: 'https://a.test/?apikey=REDACTED&b',
      'content-location': '/x?access_token=REDACTED',
    })
  })

  test('the fields that the cache counts with stay, whatever parameters the developer ignores', () => {
    const pairs: [string, string][] = [
      ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
      ['Vary', 'Accept'],
      ['Content-Type', 'text/html'],
      ['X-Date', '1'],
    ]
    const ignored = ignoredNames(new Set(['date', 'vary', 'content-type', 'x-date']))
    expect(redactHeaders(pairs, ignored)).toEqual([...pairs.slice(0, 3), ['X-Date', REDACTED]])
  })
})

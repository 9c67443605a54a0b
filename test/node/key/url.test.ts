import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeUrl } from '../../../src/key/url.ts'

const normal = (url: string): string => normalizeUrl(new URL(url).href)

describe('normalizeUrl', () => {
  test.each([
    ['host case', 'HTTPS://EXAMPLE.com/', 'https://example.com/'],
    ['the default port', 'http://a.test:80/', 'http://a.test/'],
    ['dot segments', 'http://a.test/x/../y', 'http://a.test/y'],
    ['an international host', 'http://bücher.test/', 'http://xn--bcher-kva.test/'],
    ['an escaped tilde', 'http://a.test/%7Eme', 'http://a.test/~me'],
    ['escaped unreserved characters in the query', 'http://a.test/?%61%2D%5f=%39', 'http://a.test/?a-_=9'],
    ['the case of hex digits', 'http://a.test/%2f?q=%c3%a9', 'http://a.test/%2F?q=%C3%A9'],
    ['the fragment', 'http://a.test/#x?y#z', 'http://a.test/'],
    ['the fragment after a query', 'http://a.test/?q#%2f', 'http://a.test/?q'],
  ])('%s does not count', (_, one, other) => {
    expect(normal(one)).toBe(other)
    expect(normal(other)).toBe(other)
  })

  test.each([
    ['http://a.test/', 'https://a.test/'],
    ['http://a.test/a', 'http://a.test/A'],
    ['http://a.test/a', 'http://a.test/a/'],
    ['http://a.test/a//b', 'http://a.test/a/b'],
    ['http://a.test/a%2Fb', 'http://a.test/a/b'],
    ['http://a.test/?a%2Bb', 'http://a.test/?a+b'],
    ['http://a.test/?a%26b', 'http://a.test/?a&b'],
    ['http://a.test/?a=1&b=2', 'http://a.test/?b=2&a=1'],
    ['http://a.test/?a=1&a=2', 'http://a.test/?a=2&a=1'],
    ['http://a.test/?a=', 'http://a.test/?a'],
    ['http://a.test/?a=', 'http://a.test/'],
    ['http://a.test/?', 'http://a.test/'],
    ['http://a.test/%2541', 'http://a.test/%41'],
    ['http://a.test/%%341', 'http://a.test/A'],
  ])('%s and %s stay different', (one, other) => {
    expect(normal(one)).not.toBe(normal(other))
  })

  test('an escape is never made out of a malformed one', () => {
    expect(normal('http://a.test/%%34%31')).toBe('http://a.test/%%34%31')
    expect(normal('http://a.test/%4%31')).toBe('http://a.test/%4%31')
    expect(normal('http://a.test/%7E%')).toBe('http://a.test/%7E%')
  })

  test('normalising twice changes nothing more', () => {
    const piece = fc.constantFrom('%', '%7E', '%7e', '%2f', '%25', '4', '1', 'a', '/', '?', '&', '=', '#', 'é')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const once = normal(`http://a.test/${pieces.join('')}`)
        expect(normalizeUrl(once)).toBe(once)
        expect(normal(once)).toBe(once)
      }),
    )
  })

  test('escapes that are decoded leave the decoded URL the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const url = `http://a.test/?${encodeURIComponent(text).replace(/[a-y]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)}`
        expect(decodeURIComponent(normal(url))).toBe(decodeURIComponent(url))
        expect(normal(url)).toBe(normal(`http://a.test/?${encodeURIComponent(text)}`))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { URLPattern as Polyfill } from 'urlpattern-polyfill/urlpattern'
import { StowawayError } from '../../../src/errors.ts'
import type { URLPatternConstructor } from '../../../src/options/patterns.ts'
import { compileRules } from '../../../src/options/rules.ts'
import type { MatchedRule } from '../../../src/options/rules.ts'
import type { Match, RequestLike, Rules } from '../../../src/options/types.ts'

const request = (url: string, method = 'GET'): RequestLike => ({ url, method, headers: new Headers({ accept: 'a' }) })

const outcomeOf = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

const errorOf = (run: () => unknown): unknown => {
  const outcome = outcomeOf(run)
  if (outcome instanceof Error) return outcome
  throw new Error('was accepted')
}

const unasked = (): URLPatternConstructor => {
  throw new Error('was asked')
}

// Node 22 has no native class, and there the polyfill is what the package uses.
const Native: URLPatternConstructor = 'URLPattern' in globalThis ? globalThis.URLPattern : Polyfill

const classes: [string, URLPatternConstructor][] = [
  ["the runtime's URLPattern", Native],
  ['the polyfill', Polyfill],
]

describe.for(classes)('by %s', ([, URLPattern]) => {
  const matches = (match: Match, url: string): boolean =>
    compileRules([{ match }], () => URLPattern)(request(url)) !== undefined

  test.for<[string, string[], string[]]>([
    ['*', ['https://a.com/', 'http://[::1]:8/x?y', 'blob:https://a.com/b', 'data:,x'], []],
    [
      '/image/*',
      [
        'https://a.com/image/x',
        'http://b.org:8080/image/x/y?q=1',
        'http://[::1]:3000/image/',
        'https://u:p@a.com/image/x',
      ],
      [
        'https://a.com/image',
        'https://a.com/x/image/y',
        'https://a.com/?x=/image/y',
        'https://image/x',
        'https://a.com/Image/x',
      ],
    ],
    ['/', ['https://a.com/', 'https://a.com/?q'], ['https://a.com/x']],
    ['/a/:id', ['https://a.com/a/5?x'], ['https://a.com/a/', 'https://a.com/a/5/6']],
    ['/a/(\\d+)', ['https://a.com/a/55'], ['https://a.com/a/b', 'https://a.com/a/5b']],
    ['/a/*?', ['https://a.com/a', 'https://a.com/a/b'], ['https://a.com/ab']],
    [
      '/s?q=*',
      ['https://a.com/s?q=', 'https://a.com/s?q=1&r=2'],
      ['https://a.com/s', 'https://a.com/s?r=2&q=1', 'https://a.com/s/x?q=1'],
    ],
    ['/s/*?q=*', ['https://a.com/s/x?q=1', 'https://a.com/s/?q='], ['https://a.com/s/x', 'https://a.com/s/x?r=1']],
    ['/s/*\\?q=*', ['https://a.com/s/x?q=1'], ['https://a.com/s/x']],
    [
      'site.com',
      [
        'https://site.com/',
        'http://site.com/a/b?c=d',
        'http://site.com:80/',
        'https://site.com:443/x',
        'https://u:p@site.com/',
        'https://SITE.com/x',
      ],
      [
        'https://site.com.evil.org/',
        'https://evilsite.com/',
        'https://www.site.com/',
        'https://site.com:8080/',
        'https://evil.org/site.com',
        'https://evil.org/?u=https://site.com/x',
        'https://evil.org/?://site.com',
        'https://site.com@evil.org/',
        'https://site.com:80@evil.org/',
        'https://siteXcom/',
        'ftp://site.com/',
      ],
    ],
    ['SITE.com', ['https://site.com/x'], []],
    ['site.com/', ['https://site.com/', 'https://site.com/?q'], ['https://site.com/x']],
    [
      'site.com/re',
      ['https://site.com/re', 'https://site.com/re?x'],
      ['https://site.com/resource', 'https://site.com/re/x'],
    ],
    [
      'site.com/go?u=https\\://x.org',
      ['https://site.com/go?u=https://x.org'],
      ['https://x.org/', 'https://site.com/go'],
    ],
    ['site.com?u=http\\://x.org', ['https://site.com/?u=http://x.org'], ['https://x.org/', 'https://site.com/']],
    ['site.com/*?page=*', ['https://site.com/a?page=2'], ['https://site.com/a']],
    [
      '*.a.com',
      ['https://x.a.com/', 'http://x.y.a.com/z?q'],
      ['https://a.com/', 'https://ba.com/', 'https://x.a.com.evil.org/', 'https://evil.org/?https://x.a.com'],
    ],
    ['{*.}?a.com', ['https://x.a.com/', 'https://a.com/'], ['https://ba.com/']],
    ['*.a.com/img/*', ['https://x.a.com/img/1'], ['https://x.a.com/', 'https://a.com/img/1']],
    [
      'localhost:3000',
      ['http://localhost:3000/x', 'https://localhost:3000/'],
      ['http://localhost/', 'http://localhost:30000/'],
    ],
    [
      'site.com:*/x',
      ['https://site.com:9/x', 'https://site.com/x'],
      ['https://site.com:9/y', 'https://site.com.org:9/x'],
    ],
    ['site.com:443/x', ['https://site.com/x'], ['http://site.com/x']],
    ['site.com:80', ['http://site.com/x'], ['https://site.com/x', 'http://site.com:8080/']],
    ['[::1]', ['http://[::1]/x'], ['http://[::2]/', 'http://[::1]:3000/']],
    ['[0:0:0:0:0:0:0:1]:3000/a/*', ['http://[::1]:3000/a/b'], ['http://[::1]/a/b', 'http://[::1]:3000/b']],
    ['https://[2001:DB8::443]/', ['https://[2001:db8::443]/?q'], ['http://[2001:db8::443]/']],
    ['site.com//x', ['https://site.com//x'], ['https://site.com/x', 'https://x/']],
    ['/z', ['https://a.com/z'], ['https://a.com//x.y/z', 'https://a.com//z']],
    ['127.0.0.1', ['http://127.0.0.1/x'], ['http://127.0.0.2/', 'http://1270001/']],
    ['https://site.com', ['https://site.com/x?y'], ['http://site.com/x']],
    ['HTTPS://site.com/*', ['https://site.com/x'], ['http://site.com/x']],
    ['http{s}?://site.com', ['https://site.com/x', 'http://site.com/x'], ['ftp://site.com/x']],
    ['(http|ftp)://site.com/*', ['http://site.com/x', 'ftp://site.com/x'], ['https://site.com/x']],
    ['münchen.de/ü', ['https://münchen.de/ü', 'https://xn--mnchen-3ya.de/%C3%BC'], ['https://munchen.de/ü']],
  ])('%s', ([pattern, yes, no]) => {
    // URLs as WHATWG writes them, which is how a Request has them.
    for (const url of yes) expect([url, matches(pattern, new URL(url).href)]).toEqual([url, true])
    for (const url of no) expect([url, matches(pattern, new URL(url).href)]).toEqual([url, false])
  })

  test.for<[string, RegExp]>([
    ['', /"" is not accepted/],
    ['//site.com/x', /one slash/],
    ['?q=1', /./],
    ['#x', /./],
    ['/(', /./],
    ['/{', /./],
    ['/(?<', /./],
    ['site .com', /./],
    ['https://', /./],
    ['site.com/a?u=https://b', /./],
    ['[::zz]', /./],
    ['[1::2::3]', /./],
    ['user@site.com', /credentials/],
    ['user:secret@site.com/*', /credentials/],
    ['site.com\\@evil.org', /credentials/],
    ['/x#part', /the fragment never counts/],
    ['https://site.com/x#*y', /the fragment never counts/],
  ])('%o is refused at the call', ([pattern, message]) => {
    const listed = errorOf(() => compileRules([{ match: '*' }, { match: pattern }], () => URLPattern))
    expect(listed).toMatchObject({ name: 'StowawayError', code: 'invalid-pattern' })
    expect(listed).toHaveProperty(
      'message',
      expect.stringMatching(/^rules\[1\]\.match: ".* is not accepted; give a pattern such as '\/image/),
    )
    expect(listed).toHaveProperty('message', expect.stringMatching(message))
    expect(listed).toHaveProperty('cause', expect.any(Error))
    expect(errorOf(() => compileRules({ [pattern]: 60 }, () => URLPattern))).toMatchObject({
      code: 'invalid-pattern',
      message: expect.stringContaining(`rules[${JSON.stringify(pattern)}]: `) as unknown,
    })
  })

  test('a host matches itself alone, whatever else is in a URL', () => {
    const host = fc.domain()
    const find = (match: string, url: string) => compileRules([{ match }], () => URLPattern)(request(url)) !== undefined
    fc.assert(
      fc.property(host, host, fc.webPath(), (mine, other, path) => {
        const url = `https://${other}${path}?u=https://${mine}/`
        expect(find(mine, new URL(url).href)).toBe(mine.toLowerCase() === other.toLowerCase())
        expect(find(mine, new URL(`https://${mine}${path}`).href)).toBe(true)
        expect(find(mine, new URL(`https://${mine}.${other}${path}`).href)).toBe(false)
        expect(find(`*.${mine}`, new URL(`https://${other}.${mine}${path}`).href)).toBe(true)
        expect(find(`*.${mine}`, new URL(`https://${mine}${path}`).href)).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  test('any text is a pattern, or refused with invalid-pattern', () => {
    const piece = fc.constantFrom(
      '*',
      '/',
      'a',
      '.com',
      ':',
      '?',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '::1',
      '\\',
      '#',
      '@',
      '://',
      'https',
      '=',
      '%7E',
      ' ',
      'é',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const accepted = outcomeOf(() => matches(pieces.join(''), 'https://a.com/'))
        expect([true, false, 'invalid-pattern']).toContain(accepted instanceof StowawayError ? accepted.code : accepted)
      }),
    )
  })

  test('a URLPattern itself is taken as it is', () => {
    const pattern = new Polyfill('https://site.com/a/*')
    const find = compileRules([{ match: pattern }], unasked)
    expect(find(request('https://site.com/a/b#c'))).toMatchObject({ index: 0, pattern: 'URLPattern site.com /a/*' })
    expect(find(request('https://site.com/b'))).toBeUndefined()
  })
})

describe('which rule holds', () => {
  const compile = (rules: unknown) => compileRules(rules, () => Native)
  const indices = (rules: unknown, ...urls: string[]): (number | undefined)[] => {
    const find = compile(rules)
    return urls.map((url) => find(request(url))?.index)
  }

  test('none without rules', () => {
    for (const rules of [undefined, {}, []])
      expect(compileRules(rules, unasked)(request('https://a.com/'))).toBeUndefined()
  })

  test('the first that matches, with its settings', () => {
    const find = compile({
      '/image/*': '7d',
      '/live/*': 'do-not-cache',
      'a.com': { cacheControl: false, expireAfter: 1 },
      '*': { hours: 1 },
    } satisfies Rules)
    const rule = (url: string): MatchedRule | undefined => find(request(url))
    expect(rule('https://a.com/image/x')).toMatchObject({
      index: 0,
      pattern: '/image/*',
      settings: { expireAfter: { for: 604_800_000 } },
    })
    expect(rule('https://a.com/live/x')).toMatchObject({ index: 1, settings: { expireAfter: 'do-not-cache' } })
    expect(rule('https://a.com/x')).toMatchObject({
      index: 2,
      settings: { cacheControl: false, expireAfter: { for: 1000 } },
    })
    expect(rule('https://b.com/x')).toMatchObject({
      index: 3,
      pattern: '*',
      settings: { expireAfter: { for: 3_600_000 } },
    })
  })

  test('a list of what may be cached ends with everything else', () => {
    expect(indices({ 'a.com': 60, '*': 'do-not-cache' }, 'https://a.com/x', 'https://b.com/')).toEqual([0, 1])
  })

  test('a rule without settings stops the search; one that is undefined does not', () => {
    expect(indices({ '/a': {}, '/*': 1 }, 'https://x.com/a', 'https://x.com/b')).toEqual([0, 1])
    expect(indices({ '/a': undefined, '/*': 1 }, 'https://x.com/a')).toEqual([0])
  })

  test('names that are whole numbers come first in a record, and stay in place in an array', () => {
    expect(compile({ '*': 1, '42': 2 })(request('http://0.0.0.42/'))?.pattern).toBe('42')
    expect(errorOf(() => compile({ '*': 1, '42': -1 }))).toHaveProperty(
      'message',
      expect.stringContaining('rules["42"]'),
    )
    expect(compile([{ match: '*' }, { match: '42' }])(request('http://a.com/'))?.index).toBe(0)
  })

  test('a RegExp is searched for in the whole URL without its fragment', () => {
    expect(
      indices([{ match: /^https:.*[.]jpg$/ }], 'https://a.com/x.jpg#y', 'http://a.com/x.jpg', 'https://a.com/x#.jpg'),
    ).toEqual([0, undefined, undefined])
  })

  test.for(['g', 'y', 'gy', 'gi', 'iy'])('the flags %s do not count, and the RegExp is left alone', (flags) => {
    const match = new RegExp('a[.]com', flags)
    match.lastIndex = 3
    const urls = ['https://a.com/1', 'https://a.com/2', 'https://a.com/3', 'https://b.com/']
    expect(indices([{ match }], ...urls)).toEqual([0, 0, 0, undefined])
    expect(indices([{ match }, { match: () => false }], ...urls)).toEqual([0, 0, 0, undefined])
    expect(match.lastIndex).toBe(3)
  })

  test('a function is given the request and asked each time', () => {
    const asked: RequestLike[] = []
    const post = (given: RequestLike): boolean => {
      asked.push(given)
      return given.method === 'POST' && given.headers.get('Accept') === 'a'
    }
    const find = compileRules([{ match: post }], unasked)
    const [get, posted] = [request('https://a.com/'), request('https://a.com/', 'POST')]
    expect([find(get), find(posted)?.pattern, find(get)]).toEqual([undefined, 'post', undefined])
    expect(asked).toEqual([get, posted, get])
  })

  test('a function that gives anything but true does not match', () => {
    expect(indices([{ match: async () => false }, { match: () => 1 }], 'https://a.com/')).toEqual([undefined])
  })

  test('an answer is remembered by URL, for a thousand of them', () => {
    let tests = 0
    const match = { hostname: '*', pathname: '/x', test: (url: string) => (tests++, url.endsWith('/x')) }
    const find = compileRules([{ match }], unasked)
    for (const url of ['https://a.com/x', 'https://a.com/x#1', 'https://a.com/x'])
      expect(find(request(url))?.index).toBe(0)
    for (const _ of [1, 2]) expect(find(request('https://a.com/y'))).toBeUndefined()
    expect(tests).toBe(2)
    for (let n = 0; n < 2000; n++) find(request(`https://a.com/${n}`))
    expect(tests).toBe(2002)
    expect(find(request('https://a.com/x'))?.index).toBe(0)
    expect(tests).toBe(2003)
  })

  test('URLPattern is asked for only where a pattern needs it', () => {
    for (const rules of [[{ match: /x/ }, { match: '*' }, { match: () => true }], { '*': 1 }]) {
      expect(() => compileRules(rules, unasked)).not.toThrow()
    }
    expect(() => compileRules({ '/x': 1 }, unasked)).toThrow('was asked')
  })
})

describe('rules that are refused at the call', () => {
  const codeAndMessage = (rules: unknown) => errorOf(() => compileRules(rules, () => Native))

  test.for<[unknown, string, string]>([
    [5, 'invalid-option', 'rules: 5 is not accepted; give an object'],
    [null, 'invalid-option', 'rules: null is not accepted'],
    ['/x', 'invalid-option', 'rules: "/x" is not accepted'],
    [new Map([['/x', 1]]), 'invalid-option', 'rules: '],
    [[undefined], 'invalid-option', 'rules[0]: null is not accepted'],
    [[{ match: '/x' }, '/y'], 'invalid-option', 'rules[1]: "/y"'],
    [[{ expireAfter: 5 }], 'invalid-pattern', 'rules[0].match: undefined is not accepted; give a pattern'],
    [[{ match: null }], 'invalid-pattern', 'rules[0].match: null'],
    [[{ match: 5 }], 'invalid-pattern', 'rules[0].match: 5'],
    [[{ match: {} }], 'invalid-pattern', 'rules[0].match: {}'],
    [[{ match: ['/x'] }], 'invalid-pattern', 'rules[0].match: an Array'],
    [[{ match: '/x', expireAfter: '60' }], 'invalid-duration', 'rules[0].expireAfter: "60"'],
    [[{ match: '/x', pattern: '/y' }], 'unknown-option', 'rules[0]."pattern" is not an option; use '],
    [[{ match: '/x', refresh: true }], 'unknown-option', 'rules[0]."refresh"'],
    [{ '/x': '60' }, 'invalid-duration', 'rules["/x"]: "60"'],
    [{ '/x': null }, 'invalid-duration', 'rules["/x"]: null is not accepted; give NEVER_EXPIRE'],
    [{ '/x': true }, 'invalid-duration', 'rules["/x"]: true'],
    [{ '/x': { hour: 1 } }, 'unknown-option', 'rules["/x"]."hour" is not an option'],
    [{ '/x': { hours: 1, expireAfter: 1 } }, 'invalid-duration', 'rules["/x"]: { hours, expireAfter }'],
    [{ '/x': { match: '/y' } }, 'unknown-option', '"match"'],
    [{ '/x': [60] }, 'invalid-option', 'rules["/x"]: an Array'],
  ])('%o: %s', ([rules, code, message]) => {
    expect(codeAndMessage(rules)).toMatchObject({
      name: 'StowawayError',
      code,
      message: expect.stringContaining(message) as unknown,
    })
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { merge, parseCacheOptions, parseRequestOptions, parseSettings } from '../../../src/options/settings.ts'
import type { CacheOptions, RequestOptions, Settings } from '../../../src/options/types.ts'

const failure = (code: string, message: string | RegExp): object => {
  const said: unknown = typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message)
  return { name: 'StowawayError', code, message: said }
}

const errorOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('was accepted')
}

const store = { get() {}, put() {} }

describe('settings', () => {
  test.for<[string, unknown, unknown]>([
    ['expireAfter', '1h', { for: 3_600_000 }],
    ['expireAfter', new Date(7), { until: 7 }],
    ['expireAfter', 'do-not-cache', 'do-not-cache'],
    ['cacheControl', false, false],
    ['staleIfError', true, Infinity],
    ['staleIfError', false, 0],
    ['staleIfError', 60, 60_000],
    ['staleWhileRevalidate', true, Infinity],
    ['staleWhileRevalidate', false, 0],
    ['staleWhileRevalidate', { minutes: 1 }, 60_000],
    ['onlyIfCached', true, true],
    ['alwaysRevalidate', true, true],
    ['matchHeaders', true, true],
    ['matchHeaders', ['Accept-Language', 'accept', 'ACCEPT'], ['accept', 'accept-language']],
    ['matchHeaders', [], []],
    ['ignoredParameters', ['Token', 'token', 'utm source'], new Set(['token', 'utm source'])],
    ['allowableCodes', [200, 404, 999], new Set([200, 404, 999])],
    ['allowableMethods', ['get', 'Post'], new Set(['GET', 'POST'])],
  ])('%s: %o becomes %o', ([name, value, parsed]) => {
    expect(parseSettings({ [name]: value }, 'rules[0]')).toEqual({ [name]: parsed })
    expect(parseRequestOptions({ [name]: value })).toEqual({ [name]: parsed })
    expect(parseCacheOptions({ [name]: value }).settings).toEqual({ [name]: parsed })
  })

  test('noVarySearch has the members of the field', () => {
    expect(parseSettings({ noVarySearch: { keyOrder: true } }, '').noVarySearch).toEqual({
      keyOrder: true,
      params: false,
      except: [],
    })
  })

  test.for<[string, unknown, RegExp]>([
    ['cacheControl', 'true', /^rules\[0\]\.cacheControl: "true" is not accepted; give true or false$/],
    ['cacheControl', null, /null is not accepted/],
    ['onlyIfCached', 1, /true or false/],
    ['alwaysRevalidate', {}, /true or false/],
    ['matchHeaders', false, /matchHeaders: false is not accepted; give true, or an array of header names$/],
    ['matchHeaders', 'accept', /an array of header names/],
    ['matchHeaders', ['accept', 'a b'], /^rules\[0\]\.matchHeaders\[1\]: "a b" is not accepted; give header names$/],
    ['ignoredParameters', ['a', ''], /ignoredParameters\[1\]: ""/],
    ['ignoredParameters', [1], /ignoredParameters\[0\]: 1/],
    ['ignoredParameters', new Set(['a']), /an array of names/],
    ['allowableCodes', [100], /final status codes/],
    ['allowableCodes', [1000], /final status codes/],
    ['allowableCodes', ['200'], /"200"/],
    ['allowableCodes', [200.5], /200\.5/],
    ['allowableCodes', 200, /an array of final status codes/],
    ['allowableMethods', ['GE T'], /methods/],
    ['allowableMethods', 'GET', /an array of methods/],
    ['noVarySearch', { except: ['a'] }, /params: true/],
    ['noVarySearch', 5, /an object/],
  ])('%s: %o is refused', ([name, value, message]) => {
    expect(errorOf(() => parseSettings({ [name]: value }, 'rules[0]'))).toMatchObject(
      failure('invalid-option', message),
    )
  })

  test('a duration that is none is named with its place', () => {
    expect(errorOf(() => parseRequestOptions({ expireAfter: '60' }))).toMatchObject(
      failure('invalid-duration', 'httpCache.expireAfter: "60"'),
    )
    expect(errorOf(() => parseRequestOptions({ staleIfError: -1 }))).toMatchObject(
      failure('invalid-duration', 'httpCache.staleIfError: -1'),
    )
    expect(errorOf(() => parseCacheOptions({ staleWhileRevalidate: new Date() }))).toMatchObject(
      failure('invalid-duration', 'staleWhileRevalidate: '),
    )
  })

  test('undefined counts as absent, and an inherited name as unknown', () => {
    expect(parseSettings({ expireAfter: undefined, nonsense: undefined }, '')).toEqual({})
    expect(parseSettings(undefined, '')).toEqual({})
    expect(parseRequestOptions(undefined)).toEqual({})
    expect(errorOf(() => parseSettings({ toString: 1 }, ''))).toMatchObject(
      failure('unknown-option', '"toString" is not an option'),
    )
    expect(errorOf(() => parseSettings(JSON.parse('{ "__proto__": {} }'), ''))).toMatchObject(
      failure('unknown-option', '"__proto__"'),
    )
  })

  test.for([[null], [5], ['1h'], [[]], [new Map()], [() => 1]])('%o is no set of options', ([options]) => {
    expect(errorOf(() => parseRequestOptions(options))).toMatchObject(
      failure('invalid-option', /^httpCache: .* give an object$/),
    )
    expect(errorOf(() => parseCacheOptions(options))).toMatchObject(
      failure('invalid-option', /^options: .* give an object$/),
    )
  })

  test('an object that is changed later counts as it then is', () => {
    const options: { expireAfter: number } = { expireAfter: 1 }
    expect(parseRequestOptions(options).expireAfter).toEqual({ for: 1000 })
    options.expireAfter = 2
    expect(parseRequestOptions(options).expireAfter).toEqual({ for: 2000 })
  })

  test('an array that is changed later does not change what was parsed', () => {
    const codes = [200]
    const { allowableCodes } = parseSettings({ allowableCodes: codes }, '')
    codes.push(500)
    expect(allowableCodes).toEqual(new Set([200]))
  })
})

describe('an unknown name', () => {
  test.for<[string, string]>([
    ['urlsExpireAfter', 'use rules'],
    ['urls_expire_after', 'use rules'],
    ['cacheName', 'use name'],
    ['cache_name', 'use name'],
    ['oldDataOnError', 'use staleIfError'],
    ['include_get_headers', 'use matchHeaders'],
    ['ttl', 'use expireAfter'],
    ['maxAge', 'use expireAfter'],
    ['expire_after', 'use expireAfter'],
    ['expireafter', 'use expireAfter'],
    ['expireAfer', 'use expireAfter'],
    ['cache_control', 'use cacheControl'],
    ['chacheControl', 'use cacheControl'],
    ['staleIfErr', 'use staleIfError, staleWhileRevalidate'],
    ['refresh', 'use init.httpCache.refresh'],
    ['force_refresh', 'use init.httpCache.forceRefresh'],
  ])('%s is told: %s', ([name, instead]) => {
    const error = errorOf(() => parseCacheOptions({ [name]: 1 }))
    expect(error).toMatchObject(failure('unknown-option', `"${name}" is not an option; ${instead}`))
    expect(error).toHaveProperty('message', expect.stringMatching(new RegExp(`${instead}$`)))
  })

  test('that is close to nothing is told all names that are accepted there', () => {
    expect(errorOf(() => parseRequestOptions({ zzzz: 1 }))).toMatchObject(
      failure('unknown-option', 'httpCache."zzzz" is not an option; use expireAfter, cacheControl, '),
    )
    expect(errorOf(() => parseCacheOptions({ x: 1 }))).toMatchObject(failure('unknown-option', 'waitUntil'))
  })

  test('of another level is unknown', () => {
    for (const name of ['refresh', 'forceRefresh']) {
      const instead = `"${name}" is not an option; use init.httpCache.${name}`
      expect(() => parseCacheOptions({ [name]: true })).toThrow(instead)
      expect(() => parseSettings({ [name]: true }, 'rules[0]')).toThrow(instead)
    }
    expect(() => parseRequestOptions({ force_refresh: true })).toThrow('use init.httpCache.forceRefresh')
    for (const name of ['backend', 'rules', 'shared', 'mode', 'now', 'fetch']) {
      expect(() => parseRequestOptions({ [name]: undefined })).not.toThrow()
      expect(() => parseRequestOptions({ [name]: 1 })).toThrow('is not an option')
    }
  })

  test('whatever it is fails with unknown-option', () => {
    const known = new Set(Object.keys(parseCacheOptions({})).concat(['expireAfter']))
    fc.assert(
      fc.property(fc.string(), (name) => {
        fc.pre(!known.has(name))
        expect(errorOf(() => parseSettings({ [name]: 1 }, 'x'))).toMatchObject(
          failure('unknown-option', ' is not an option; use '),
        )
      }),
    )
  })

  test('is an error in types as well', () => {
    // @ts-expect-error
    const cache: CacheOptions = { expire_after: 5 }
    // @ts-expect-error
    const request: RequestOptions = { rules: {} }
    // @ts-expect-error
    const rule: Settings = { refresh: true }
    // @ts-expect-error
    const nested: CacheOptions = { rules: { '/x': { expireAfer: 5 } } }
    // @ts-expect-error
    const listed: CacheOptions = { rules: [{ match: '/x', urlsExpireAfter: 5 }] }
    // @ts-expect-error
    const matchless: CacheOptions = { rules: [{ expireAfter: 5 }] }
    // @ts-expect-error
    const duration: CacheOptions = { expireAfter: { hour: 1 } }
    // @ts-expect-error
    const nothing: CacheOptions = { expireAfter: null }
    // @ts-expect-error
    const staleness: CacheOptions = { staleIfError: new Date() }
    for (const options of [cache, duration, nothing, staleness]) expect(() => parseCacheOptions(options)).toThrow('; ')
    expect(() => parseRequestOptions(request)).toThrow('; ')
    expect(() => parseSettings(rule, '')).toThrow('; ')
    expect([nested, listed, matchless].length).toBe(3)
  })
})

describe("the request's options", () => {
  test('add refresh, forceRefresh and waitUntil', () => {
    const waitUntil = (work: Promise<unknown>) => void work
    expect(parseRequestOptions({ refresh: true, forceRefresh: false, waitUntil })).toEqual({
      refresh: true,
      forceRefresh: false,
      waitUntil,
    })
    expect(errorOf(() => parseRequestOptions({ refresh: 'yes' }))).toMatchObject(
      failure('invalid-option', 'httpCache.refresh: "yes"'),
    )
    expect(errorOf(() => parseRequestOptions({ waitUntil: Promise.resolve() }))).toMatchObject(
      failure('invalid-option', 'a function'),
    )
  })
})

describe("the cache's options", () => {
  test('have defaults', () => {
    const parsed = { name: 'http_cache', shared: false, targets: [], settings: {} }
    expect(parseCacheOptions(undefined)).toEqual(parsed)
    expect(parseCacheOptions({})).toEqual(parsed)
    expect(parseCacheOptions({ name: undefined, shared: undefined, targets: undefined })).toEqual(parsed)
  })

  test('are kept apart from its settings', () => {
    const fetch = async () => new Response()
    const [now, keyFn, onError] = [() => 0, () => '', () => {}]
    const options = {
      path: '/tmp/x',
      name: 'n',
      partition: '',
      maxBytes: 1,
      maxEntries: Infinity,
      maxEntryBytes: 5,
      fetch,
      now,
      onError,
    }
    expect(parseCacheOptions({ ...options, keyFn, expireAfter: 1 })).toEqual({
      ...options,
      shared: false,
      targets: [],
      settings: { expireAfter: { for: 1000 }, keyFn },
    })
  })

  test("a backend's name counts in any case, a store is passed on as it is", () => {
    expect(parseCacheOptions({ backend: 'SQLite' }).backend).toBe('sqlite')
    expect(parseCacheOptions({ backend: store }).backend).toBe(store)
  })

  test.for([[''], [5], [null], [{}], [{ get: 1, put: 1 }], [class {}], [Promise.resolve(store)]])(
    'backend %o is refused',
    ([backend]) => {
      expect(errorOf(() => parseCacheOptions({ backend }))).toMatchObject(
        failure('invalid-option', "give a backend's name or a store"),
      )
    },
  )

  test.for([
    ['name', 'x'],
    ['path', 'x'],
    ['maxBytes', 1],
    ['maxEntries', 1],
    ['maxEntryBytes', 1],
  ] as const)('%s beside a store object would be without effect, and is refused', ([name, value]) => {
    expect(errorOf(() => parseCacheOptions({ backend: store, [name]: value }))).toMatchObject(
      failure('invalid-option', new RegExp(`^${name}: .* to the store`)),
    )
    expect(parseCacheOptions({ backend: 'sqlite', [name]: value })).toHaveProperty(name, value)
  })

  test('a path for the memory backend would be without effect, and is refused', () => {
    expect(errorOf(() => parseCacheOptions({ backend: 'Memory', path: 'x' }))).toMatchObject(
      failure('invalid-option', /^path: "x" .* with another backend$/),
    )
    expect(parseCacheOptions({ backend: 'memory', path: undefined })).not.toHaveProperty('path')
  })

  test('targets need shared: true', () => {
    expect(parseCacheOptions({ shared: true, targets: ['CDN-Cache-Control', 'A'] }).targets).toEqual([
      'cdn-cache-control',
      'a',
    ])
    expect(errorOf(() => parseCacheOptions({ targets: ['CDN-Cache-Control'] }))).toMatchObject(
      failure('invalid-option', 'shared: true'),
    )
    expect(errorOf(() => parseCacheOptions({ shared: false, targets: ['A'] }))).toMatchObject(
      failure('invalid-option', 'shared: true'),
    )
    expect(parseCacheOptions({ targets: [] }).targets).toEqual([])
  })

  test.for([[0], [-1], [1.5], [NaN], ['1'], [2 ** 60], [null]])('a budget of %o is refused', ([value]) => {
    for (const name of ['maxBytes', 'maxEntries', 'maxEntryBytes']) {
      expect(errorOf(() => parseCacheOptions({ [name]: value }))).toMatchObject(
        failure('invalid-option', 'a whole number above 0'),
      )
    }
  })

  test('that should be functions or text are checked', () => {
    for (const name of ['keyFn', 'fetch', 'now', 'onError', 'waitUntil']) {
      expect(errorOf(() => parseCacheOptions({ [name]: 5 }))).toMatchObject(
        failure('invalid-option', `${name}: 5 is not accepted; give a function`),
      )
    }
    for (const name of ['name', 'path', 'partition']) {
      expect(errorOf(() => parseCacheOptions({ [name]: 5 }))).toMatchObject(
        failure('invalid-option', `${name}: 5 is not accepted; give text`),
      )
    }
  })
})

describe('merging', () => {
  const none = parseRequestOptions(undefined)

  test('per member the request wins over the rule, and the rule over the cache', () => {
    const cache = parseSettings({ expireAfter: 1, cacheControl: false, staleIfError: 1 }, '')
    const rule = parseSettings({ expireAfter: 2, staleIfError: 2, allowableCodes: [404] }, '')
    const request = parseRequestOptions({ expireAfter: 3, refresh: true })
    expect(merge(cache, rule, request)).toEqual({
      expireAfter: { for: 3000 },
      cacheControl: false,
      staleIfError: 2000,
      allowableCodes: new Set([404]),
      refresh: true,
    })
    expect(merge(cache, rule, none)).toMatchObject({ expireAfter: { for: 2000 } })
    expect(merge(cache, undefined, request)).toMatchObject({ expireAfter: { for: 3000 }, staleIfError: 1000 })
    expect(merge(cache, undefined, none)).toEqual(cache)
  })

  test('a narrower false or zero wins too', () => {
    const cache = parseSettings({ cacheControl: true, staleIfError: true, matchHeaders: true }, '')
    const rule = parseSettings({ cacheControl: false, staleIfError: false, matchHeaders: [] }, '')
    expect(merge(cache, rule, none)).toEqual({ cacheControl: false, staleIfError: 0, matchHeaders: [] })
  })

  test('ignored parameters add up, and those who gave them keep their own', () => {
    const cache = parseSettings({ ignoredParameters: ['a'] }, '')
    const rule = parseSettings({ ignoredParameters: ['B'] }, '')
    const request = parseRequestOptions({ ignoredParameters: ['c', 'a'] })
    expect(merge(cache, rule, request).ignoredParameters).toEqual(new Set(['a', 'b', 'c']))
    expect(merge({}, rule, none).ignoredParameters).toEqual(new Set(['b']))
    expect(cache.ignoredParameters).toEqual(new Set(['a']))
    expect(merge({}, {}, parseRequestOptions({}))).toEqual({})
  })
})

/** What promises to ask nobody, or to change nothing, where the store gets in its way. */
import { describe, expect, test } from 'vitest'
import { StowawayError, createCache } from '../../../src/index.ts'
import type { Cache } from '../../../src/index.ts'
import type { Entry, Store } from '../../../src/store.ts'
import { A, world } from '../management/given.ts'

/** One whose bodies have gone between the look-up and the answer. */
function bodiless(store: Store): Store {
  const gone = (entry: Entry): Entry => {
    const { bytes: _, ...rest } = entry
    return { ...rest, open: () => Promise.reject(new StowawayError('gone', 'removed meanwhile')) }
  }
  return { ...methodsOf(store), get: async (key, touch) => (await store.get(key, touch)).map(gone) }
}

/** Writes a store is asked for, by name; a look-up that counts as a use is one. */
function watched(store: Store): { readonly store: Store; readonly writes: readonly string[] } {
  const writes: string[] = []
  const { delete: remove, get, put, update, ...rest } = methodsOf(store)
  const watching: Store = {
    ...rest,
    get(key, touch) {
      if (touch !== false) writes.push(`touch ${key.namespace}`)
      return get(key, touch)
    },
    put: (key, ...more) => (writes.push(`put ${key.namespace}`), put(key, ...more)),
    update: (...given) => (writes.push('update'), update(...given)),
    delete: (targets) => (writes.push('delete'), remove(targets)),
  }
  return { store: watching, writes }
}

function methodsOf(store: Store): Store {
  return {
    limits: store.limits,
    open: () => store.open(),
    get: (...given) => store.get(...given),
    put: (...given) => store.put(...given),
    update: (...given) => store.update(...given),
    delete: (...given) => store.delete(...given),
    list: (query) => store.list(query),
    usage: (namespace) => store.usage(namespace),
    watch: (listener) => store.watch(listener),
    close: () => store.close(),
  }
}

const outcomeOf = (asked: ReturnType<Cache['fetch']>): Promise<unknown> =>
  asked
    .then(({ status }) => status)
    .catch((error: unknown) => (error instanceof StowawayError ? error.code : String(error)))

describe('where a stored body has gone, the origin is not asked', () => {
  test.each([
    ['offline', 504],
    ['replay', 'not-recorded'],
  ] as const)('in mode %s', async (mode, outcome) => {
    await using given = await world('memory', mode === 'replay' ? { mode: 'record' } : {})
    await given.get(A)
    const cache = given.other({ backend: bodiless(given.store), mode })
    expect(await outcomeOf(cache.fetch(A))).toBe(outcome)
    expect(given.sent).toHaveLength(1)
  })

  test.each([
    ['onlyIfCached', { httpCache: { onlyIfCached: true } }, 504],
    ['only-if-cached of the request', { headers: { 'cache-control': 'only-if-cached' } }, 504],
    ['RequestInit.cache', { cache: 'only-if-cached', mode: 'same-origin' }, expect.stringMatching('TypeError')],
  ] as const)('with %s', async (_, init, outcome) => {
    await using given = await world('memory')
    await given.get(A)
    const cache = given.other({ backend: bodiless(given.store) })
    expect(await outcomeOf(cache.fetch(A, init))).toEqual(outcome)
    expect(given.sent).toHaveLength(1)
  })
})

test('explaining a request with credentials makes no secret', async () => {
  await using given = await world('memory')
  const { store, writes } = watched(given.store)
  const cache = createCache({ backend: store, fetch: () => Promise.reject(new Error('asked')) })
  await cache.explain(A, { headers: { authorization: 'Bearer one' } })
  expect(writes).toEqual([])
})

test('a reader finds what is stored with credentials after it looked in vain', async () => {
  await using given = await world('memory')
  const reader = given.other({ readOnly: true })
  const init = { headers: { authorization: 'Bearer one' } }
  await (await reader.fetch(A, init)).text()
  await given.get(A, init)
  const { fromCache } = await reader.fetch(A, init)
  expect(fromCache).toBe(true)
})

describe.each(['offline', 'replay'] as const)('in mode %s nobody is asked, whatever the store does', (mode) => {
  const fault = new Error('broken')
  test.each<[string, Partial<Store>]>([
    ['it rejects', { get: () => Promise.reject(fault) }],
    [
      'it throws',
      {
        get: () => {
          throw fault
        },
      },
    ],
    ['it does not open', { open: () => Promise.reject(fault) }],
  ])('%s', async (_, broken) => {
    await using given = await world('memory')
    const cache = given.other({ backend: { ...methodsOf(given.store), ...broken }, mode, filterFn: () => false })
    const settings = { staleIfError: true, staleWhileRevalidate: true, forceRefresh: true } as const
    for (const init of [
      {},
      { method: 'POST', body: 'a' },
      { headers: { authorization: 'a' } },
      { httpCache: settings },
    ])
      expect(await outcomeOf(cache.fetch(A, init))).toBe(mode === 'offline' ? 504 : 'not-recorded')
    expect(given.sent).toEqual([])
  })
})

import type { Store, Target } from '../../../src/store.ts'
import type { Part } from './kit.ts'
import { bytes, first, key, listed, meta, source, target, text } from './kit.ts'

const [A, AB, POST] = [key('a'), key('ab'), key('a', 'POST 1')]
const NAMED = key('a', '', 'named')

/** Two variants each under three keys of `http`, and under one of another namespace. */
async function fill(store: Store): Promise<void> {
  for (const of of [A, AB, POST, NAMED])
    for (const variant of ['v', 'vw']) await store.put(of, meta(variant), bytes(variant))
}

async function left(store: Store): Promise<string[]> {
  const found = await Promise.all([A, AB, POST, NAMED].map(async (of) => store.get(of)))
  return found.flatMap((entries, i) => entries.map((entry) => `${'ABPN'[i]} ${entry.meta.variant}`)).toSorted()
}

const ALL = ['A v', 'A vw', 'B v', 'B vw', 'N v', 'N vw', 'P v', 'P vw']
const without = (...gone: readonly string[]): string[] =>
  ALL.filter((one) => !gone.includes(one[0] ?? '') && !gone.includes(one))

/** Deleting removes what is named, and nothing else. */
export function removal({ expect, check, checkListing, checkReopened }: Part): void {
  const removes = (what: string, targets: readonly Target[], rest: readonly string[], how = check): void => {
    how(`delete of ${what} removes that and nothing else`, async ({ store }) => {
      await fill(store)
      expect(await store.delete(targets)).toBe(ALL.length - rest.length)
      expect(await left(store)).toEqual(rest)
    })
  }

  removes('nothing', [], ALL)
  removes('a key', [target(A)], without('A'))
  removes('a variant', [target(A, { variant: 'v' })], without('A v'))
  removes('a key with a selector', [target(POST)], without('P'))
  removes('a URL with all its selectors', [{ namespace: 'http', url: 'a' }], without('A', 'P'), checkListing)
  removes('a URL and a variant', [{ namespace: 'http', url: 'a', variant: 'v' }], without('A v', 'P v'), checkListing)
  removes('a namespace', [{ namespace: 'http' }], without('A', 'B', 'P'), checkListing)
  removes('another namespace', [{ namespace: 'named' }], without('N'), checkListing)
  removes('a selector', [{ namespace: 'http', selector: '' }], without('A', 'B'), checkListing)
  removes('a variant anywhere', [{ namespace: 'http', variant: 'vw' }], without('A vw', 'B vw', 'P vw'), checkListing)
  removes('several targets', [target(A), target(NAMED, { variant: 'v' })], without('A', 'N v'))
  removes('targets that overlap', [target(A), target(A, { variant: 'v' }), target(A)], without('A'))
  removes(
    'what is unknown',
    [target(key('none')), { namespace: 'none' }, target(A, { variant: 'none' })],
    ALL,
    checkListing,
  )
  removes('an unknown key beside a known one', [target(key('none')), target(AB)], without('B'))

  check('delete with a version removes that very version only', async ({ store }) => {
    const old = await store.put(A, meta(), bytes('old'))
    const kept = await store.put(A, meta(), bytes('new'))
    expect(await store.delete([target(A, { version: old.version })])).toBe(0)
    expect(await text(await first(store, A))).toBe('new')
    expect(await store.delete([target(A, { variant: '', version: kept.version })])).toBe(1)
    expect(await store.get(A)).toEqual([])
  })

  check('delete with a version removes an updated entry, which is still that version', async ({ store }) => {
    const put = await store.put(A, meta(), bytes('x'))
    await store.update(put, meta('', { tags: ['new'] }))
    expect(await store.delete([target(A, { version: put.version })])).toBe(1)
  })

  check('what was deleted can be put again (RC-232)', async ({ store }) => {
    const old = await store.put(A, meta(), bytes('old'))
    await store.delete([target(A)])
    const put = await store.put(A, meta(), bytes('new'))
    expect(put.version === old.version).toBe(false)
    expect((await store.get(A)).map((entry) => entry.version)).toEqual([put.version])
  })

  check('a delete of thousands of targets is one call', async ({ store }) => {
    const some = Array.from({ length: 50 }, (_, i) => key(`u${i * 60}`))
    for (const of of some) await store.put(of, meta(), bytes(''))
    const targets = Array.from({ length: 3000 }, (_, i) => target(key(`u${i}`)))
    expect(await store.delete(targets)).toBe(50)
  })

  checkListing('a namespace of many entries is removed at once', async ({ store }) => {
    const many = Array.from({ length: 1200 }, (_, i) => key(`u${i}`))
    await Promise.all(many.map((of) => store.put(of, meta(), bytes('x'))))
    await store.put(key('large'), meta(), source(1, 2_000_000).stream)
    expect(await store.delete([{ namespace: 'http' }])).toBe(1201)
    expect(await listed(store)).toEqual([])
  })

  checkReopened('what was deleted is not there after opening again', async ({ store, reopen }) => {
    await fill(store)
    await store.delete([target(A), target(POST), target(NAMED, { variant: 'v' })])
    await store.close()
    expect(await left(await reopen())).toEqual(without('A', 'P', 'N v'))
  })
}

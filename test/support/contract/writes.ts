import type { Part, Source } from './kit.ts'
import {
  bytes,
  first,
  gate,
  key,
  KIB,
  listed,
  marked,
  meta,
  outcome,
  pattern,
  read,
  source,
  streamOf,
  target,
  text,
} from './kit.ts'

const A = key('https://a.test/')
const LIMIT = 100 * KIB
const CAPPED = { maxEntryBytes: LIMIT }

/** A source that fails with `error` once it has given 600,000 bytes. */
function failing(error: Error): Source {
  return source(1, 1_000_000, {
    before: (offset) => {
      if (offset > 600_000) throw error
    },
  })
}

/** A write is whole or it has not happened. */
export function writes({ expect, check, checkListing, checkReopened }: Part): void {
  check('a put of the same key and variant replaces, with a new version (RC-232)', async ({ store }) => {
    const one = await store.put(A, marked('1'), bytes('one'))
    const two = await store.put(A, marked('2'), bytes('two'))
    const same = await store.put(A, marked('2'), bytes('two'))
    const found = await store.get(A)
    expect(new Set([one.version, two.version, same.version]).size).toBe(3)
    expect(found.map((entry) => entry.version)).toEqual([same.version])
    expect(found[0]?.meta).toEqual(marked('2'))
    expect(await text(found[0])).toBe('two')
  })

  check('a large body gives way to a small one, and the reverse', async ({ store }) => {
    await store.put(A, meta(), pattern(1, 2_000_000))
    await store.put(A, meta(), bytes('small'))
    expect(await text(await first(store, A))).toBe('small')
    await store.put(A, meta(), pattern(1, 2_000_000))
    expect((await read(await first(store, A))).length).toBe(2_000_000)
  })

  check('a stream that errors rejects with its error and leaves nothing', async ({ store }) => {
    const error = new Error('reset by peer')
    expect(await outcome(() => store.put(A, meta(), failing(error).stream))).toBe(error)
    expect(await store.get(A)).toEqual([])
  })

  check('a stream that errors leaves what was there before', async ({ store }) => {
    const before = await store.put(A, marked('old'), pattern(7, 700_000))
    const error = new DOMException('The user left', 'AbortError')
    const aborted = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (controller) => controller.error(error) })
    expect(await rejection(() => store.put(A, marked('new'), aborted))).toBe(error)
    const late = new Error('late')
    expect(await outcome(() => store.put(A, marked('new'), failing(late).stream))).toBe(late)
    const found = await first(store, A)
    expect([found?.version, found?.meta]).toEqual([before.version, marked('old')])
    expect(await read(found)).toEqual(pattern(7, 700_000))
  })

  checkListing('a stream that errors leaves nothing to list', async ({ store }) => {
    await outcome(() => store.put(A, meta(), failing(new Error('late')).stream))
    expect(await listed(store)).toEqual([])
  })

  check('a stream that is written shows nothing of itself before it ends (HI-62)', async ({ store }) => {
    const [halfway, released] = [gate(), gate()]
    const slow = source(1, 800_000, {
      before: (offset) => {
        if (offset < 400_000) return
        halfway.open()
        return released.passed
      },
    })
    const put = store.put(A, meta('slow'), slow.stream)
    await halfway.passed
    expect(await store.get(A)).toEqual([])
    released.open()
    const { version } = await put
    expect((await store.get(A)).map((entry) => entry.version)).toEqual([version])
  })

  check('a stalled stream holds up no other member, nor another put', async ({ store }) => {
    const [started, released] = [gate(), gate()]
    const stalled = source(1, 200_000, {
      before: (offset) => {
        if (offset === 0) return
        started.open()
        return released.passed
      },
    })
    const other = await store.put(key('other'), meta(), bytes('old'))
    const put = store.put(A, meta(), stalled.stream)
    await started.passed
    await store.put(key('more'), meta(), source(2, 300_000).stream)
    expect(await store.update(other, marked('new'))).toBe(true)
    expect((await first(store, key('other')))?.meta).toEqual(marked('new'))
    expect(await store.delete([target(key('other'))])).toBe(1)
    expect(await store.get(A)).toEqual([])
    released.open()
    await put
    expect((await first(store, A))?.size).toBe(200_000)
  })

  check('close does not wait for a stalled stream, whose put rejects', async ({ store }) => {
    const started = gate()
    const stalled = source(1, 200_000, {
      before: (offset) => {
        if (offset === 0) return
        started.open()
        return new Promise(() => {})
      },
    })
    const put = outcome(() => store.put(A, meta(), stalled.stream))
    await started.passed
    await store.close()
    expect(await put).toBe('closed')
  })

  checkReopened('what was being written when the store closed is not there afterwards', async ({ store, reopen }) => {
    const started = gate()
    await store.put(A, marked('old'), bytes('old'))
    const stalled = source(1, 2_000_000, {
      before: (offset) => {
        if (offset < 1_000_000) return
        started.open()
        return new Promise(() => {})
      },
    })
    const put = outcome(() => store.put(A, marked('new'), stalled.stream))
    await started.passed
    await store.close()
    await put
    const found = await (await reopen()).get(A)
    expect(found.map((entry) => entry.meta)).toEqual([marked('old')])
    expect(await text(found[0])).toBe('old')
  })

  check(
    'a body as large as the limit is taken, a larger one is too-large, and the old entry stays',
    async ({ store }) => {
      expect(store.limits.maxEntryBytes).toBe(LIMIT)
      await store.put(A, marked('old'), pattern(1, LIMIT))
      await store.put(A, marked('old'), source(1, LIMIT).stream)
      expect(await outcome(() => store.put(A, marked('new'), pattern(2, LIMIT + 1)))).toBe('too-large')
      expect(await outcome(() => store.put(A, marked('new'), source(2, LIMIT + 1).stream))).toBe('too-large')
      const found = await store.get(A)
      expect(found.map((entry) => entry.meta)).toEqual([marked('old')])
      expect(await read(found[0])).toEqual(pattern(1, LIMIT))
    },
    CAPPED,
  )

  check(
    'a stream that passes the limit is read no further, and cancelled',
    async ({ store }) => {
      const endless = source(2, Number.MAX_SAFE_INTEGER, { chunk: 10 * KIB })
      expect(await outcome(() => store.put(A, meta(), endless.stream))).toBe('too-large')
      expect(endless.pulled).toBeLessThanOrEqual(LIMIT + 20 * KIB)
      expect(endless.cancelled).toBe(true)
    },
    CAPPED,
  )

  check('update changes the metadata alone', async ({ store }) => {
    const put = await store.put(A, marked('1', 'v'), pattern(3, 150_000))
    const changed = meta('v', { reclaimAt: put.meta.createdAt + 5, tags: ['t'], envelope: { mark: '2', more: [1] } })
    expect(await store.update(put, changed)).toBe(true)
    const found = await store.get(A)
    expect(found.map((entry) => [entry.meta, entry.version, entry.size])).toEqual([[changed, put.version, 150_000]])
    expect(await read(found[0])).toEqual(pattern(3, 150_000))
    expect(await read(put)).toEqual(pattern(3, 150_000))
  })

  check('update takes an entry from put, from get, and one that was updated since', async ({ store }) => {
    const put = await store.put(A, marked('1'), bytes('x'))
    const found = await first(store, A)
    expect(await store.update(put, marked('2'))).toBe(true)
    expect(found && (await store.update(found, marked('3')))).toBe(true)
    expect((await first(store, A))?.meta).toEqual(marked('3'))
  })

  check('update leaves the other variants, and their order', async ({ store }) => {
    const one = await store.put(A, marked('1', 'one'), bytes('1'))
    await store.put(A, marked('2', 'two'), bytes('2'))
    await store.update(one, marked('1b', 'one'))
    expect((await store.get(A)).map((entry) => entry.meta)).toEqual([marked('2', 'two'), marked('1b', 'one')])
  })

  check('update of a replaced entry is false and changes nothing', async ({ store }) => {
    const old = await store.put(A, marked('old'), bytes('old'))
    await store.put(A, marked('new'), bytes('new'))
    expect(await store.update(old, marked('lost'))).toBe(false)
    const found = await store.get(A)
    expect(found.map((entry) => entry.meta)).toEqual([marked('new')])
    expect(await text(found[0])).toBe('new')
  })

  check('update of a deleted entry is false and brings nothing back', async ({ store }) => {
    const old = await store.put(A, meta(), bytes('old'))
    await store.delete([target(A)])
    expect(await store.update(old, meta())).toBe(false)
    expect(await store.get(A)).toEqual([])
  })

  check('what update was given may be written to afterwards', async ({ store }) => {
    const put = await store.put(A, meta(), streamOf(bytes('x')))
    const tags = ['before']
    await store.update(put, meta('', { tags }))
    tags[0] = 'after'
    expect((await first(store, A))?.meta.tags).toEqual(['before'])
  })
}

/** `outcome` for errors that have a numeric code of their own, as a DOMException does. */
async function rejection(action: () => Promise<unknown>): Promise<unknown> {
  return action().then(
    () => 'done',
    (error: unknown) => error,
  )
}

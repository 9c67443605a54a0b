import type { Part } from './kit.ts'
import { first, key, MIB, meta, scan, source } from './kit.ts'

const A = key('https://a.test/large')
const ROOM = { maxBytes: 512 * MIB, maxEntryBytes: 128 * MIB }
/** Chunks in flight, a write buffer, a page cache: what a store may hold of a body that passes through it. */
const IN_PASSING = 16 * MIB
const MINUTES = 120_000

/** Bodies that must not be held at once. */
export function large({ expect, check, traits }: Part): void {
  const size = Math.min(64 * MIB, traits.largestBody ?? Number.POSITIVE_INFINITY)
  const held = IN_PASSING + (traits.resident ? 2 * size : 0)
  const live = async (): Promise<number> => (await traits.liveBytes?.()) ?? 0

  /** Samples the memory in use at every 4 MiB. */
  function gauge(): { readonly sample: (length: number) => Promise<void>; growth(): number } {
    let [base, peak, next] = [Number.NaN, 0, 0]
    const sample = async (length: number): Promise<void> => {
      if (length < next) return
      next = length + 4 * MIB
      const now = await live()
      if (Number.isNaN(base)) base = now
      peak = Math.max(peak, now)
    }
    return { sample, growth: () => peak - base }
  }

  check(
    'a large body passes in and out in bounded memory (RC-303, HI-69)',
    async ({ store }) => {
      const [written, taken] = [gauge(), gauge()]
      const made = source(9, size, { before: written.sample })
      const put = await store.put(A, meta(), made.stream)
      expect([put.size, made.pulled]).toEqual([size, size])
      expect(written.growth()).toBeLessThanOrEqual(held)

      await taken.sample(0)
      const found = await first(store, A)
      expect(found?.bytes === undefined || found.size <= IN_PASSING).toBe(true)
      const body = found && (await scan(await found.open(), 9, 0, taken.sample))
      expect(body).toEqual({ length: size, same: true })
      expect(taken.growth()).toBeLessThanOrEqual(IN_PASSING)
    },
    ROOM,
    MINUTES,
  )

  check(
    'a part of a large body is found without what lies before it',
    async ({ store }) => {
      const put = await store.put(A, meta(), source(9, size).stream)
      const start = size - 3 * MIB - 5
      expect(await scan(await put.open(start, start + MIB), 9, start)).toEqual({ length: MIB, same: true })
      expect(await scan(await put.open(start), 9, start)).toEqual({ length: 3 * MIB + 5, same: true })
    },
    ROOM,
    MINUTES,
  )

  if (!traits.liveBytes) return
  check(
    'a reader that stalls is not read ahead for',
    async ({ store }) => {
      const put = await store.put(A, meta(), source(9, size).stream)
      const before = await live()
      const reader = (await put.open()).getReader()
      const step = await reader.read()
      for (let i = 0; i < 20; i++) await store.get(A)
      const growth = (await live()) - before
      expect(growth).toBeLessThanOrEqual(IN_PASSING)
      expect(step.done).toBe(false)
      await reader.cancel()
    },
    ROOM,
    MINUTES,
  )
}

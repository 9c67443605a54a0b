import type { Entry, Key, Store } from '../../../src/store.ts'
import type { Part } from './kit.ts'
import {
  bytes,
  first,
  isPattern,
  key,
  listed,
  marked,
  meta,
  outcome,
  pattern,
  read,
  scan,
  source,
  target,
  text,
} from './kit.ts'
import { random } from '../random.ts'

const A = key('https://a.test/')
const SIZE = 3_000_000

/** Starts to read a body, lets something happen, reads on: the whole old body, or `gone`. */
async function readAround(entry: Entry | undefined, event: () => Promise<unknown>): Promise<string> {
  if (!entry) return 'missing'
  const stream = await entry.open()
  const reader = stream.getReader()
  const begun = (await reader.read()).value ?? new Uint8Array()
  reader.releaseLock()
  await event()
  let rest = { length: 0, same: false }
  const end = await outcome(async () => {
    rest = await scan(stream, 1, begun.length)
  })
  if (end !== 'done') return String(end)
  return isPattern(begun, 1) && rest.same && begun.length + rest.length === SIZE ? 'old' : 'mixed'
}

const isOneOf = (value: string, ...allowed: readonly string[]): string =>
  allowed.includes(value) ? 'as allowed' : value

/** Several things at once end as if one had come after the other. */
export function concurrency({ expect, check, checkListing }: Part): void {
  check('a body that is replaced while it is read is the old one or gone, never a mixture', async ({ store }) => {
    await store.put(A, meta(), source(1, SIZE).stream)
    const result = await readAround(await first(store, A), () => store.put(A, meta(), source(2, SIZE).stream))
    expect(isOneOf(result, 'old', 'gone')).toBe('as allowed')
    expect(isPattern(await read(await first(store, A)), 2)).toBe(true)
  })

  check('a body that is deleted while it is read is the old one or gone (HI-63)', async ({ store }) => {
    await store.put(A, meta(), source(1, SIZE).stream)
    const result = await readAround(await first(store, A), () => store.delete([target(A)]))
    expect(isOneOf(result, 'old', 'gone')).toBe('as allowed')
    expect(await store.get(A)).toEqual([])
  })

  check('a body that is opened after it was replaced or deleted is the old one or gone', async ({ store }) => {
    for (const end of [() => store.put(A, meta(), bytes('new')), () => store.delete([target(A)])]) {
      await store.put(A, meta(), source(1, SIZE).stream)
      const old = await first(store, A)
      await end()
      const result = await outcome(() => readWhole(old))
      expect(isOneOf(String(result), 'done', 'gone')).toBe('as allowed')
    }
  })

  check('a body whose metadata is updated while it is read stays whole', async ({ store }) => {
    const put = await store.put(A, meta(), source(1, SIZE).stream)
    expect(await readAround(await first(store, A), () => store.update(put, marked('new')))).toBe('old')
  })

  check('of two writers of one variant one wins whole', async ({ store }) => {
    const size = 500_000
    const puts = [1, 2].map((seed) =>
      store.put(A, marked(`${seed}`), source(seed, size, { chunk: 10_000 * seed }).stream),
    )
    const versions = (await Promise.all(puts)).map((entry) => entry.version)
    const found = await store.get(A)
    expect(found.length).toBe(1)
    const winner = versions.indexOf(found[0]?.version ?? '') + 1
    const body = await read(found[0])
    expect([found[0]?.meta, body.length, isPattern(body, winner)]).toEqual([marked(`${winner}`), size, true])
  })

  check('of many writers of one variant one wins whole (RC-232)', async ({ store }) => {
    const seeds = Array.from({ length: 20 }, (_, i) => i)
    await Promise.all(seeds.map((seed) => store.put(A, marked(`${seed}`), pattern(seed, 1000))))
    const found = await store.get(A)
    expect(found.length).toBe(1)
    const winner = Number(found[0]?.meta.envelope['mark'])
    expect(isPattern(await read(found[0]), winner)).toBe(true)
  })

  check('of writers of different variants all are there', async ({ store }) => {
    const names = Array.from({ length: 20 }, (_, i) => `${i}`)
    await Promise.all(names.map((name) => store.put(A, meta(name), bytes(name))))
    const found = await store.get(A)
    expect(found.map((entry) => entry.meta.variant).toSorted()).toEqual(names.toSorted())
    expect(await Promise.all(found.map(text))).toEqual(found.map((entry) => entry.meta.variant))
  })

  check('of concurrent updates of one version one wins whole', async ({ store }) => {
    const put = await store.put(A, marked('0'), bytes('x'))
    const marks = ['1', '2', '3', '4']
    const done = await Promise.all(marks.map((mark) => store.update(put, marked(mark))))
    expect(done).toEqual([true, true, true, true])
    expect(marks.map((mark) => marked(mark).envelope)).toContainEqual((await first(store, A))?.meta.envelope)
  })

  check('an update beside a delete brings nothing back', async ({ store }) => {
    const put = await store.put(A, meta(), bytes('x'))
    await Promise.all([store.delete([target(A)]), store.update(put, marked('new')), store.update(put, marked('newer'))])
    expect(await store.get(A)).toEqual([])
  })

  checkListing('a long run of random operations agrees with a model', async ({ store }) => {
    const model: Model = new Map()
    const next = random(11)
    const pick = (n: number): number => Math.floor(next() * n)
    for (let i = 0; i < 400; i++) {
      const of = key(`u${pick(6)}`, pick(3) ? '' : 's', pick(4) ? 'http' : 'named')
      const variant = `v${pick(3)}`
      await step(store, model, of, variant, pick(10), `${i}`)
    }
    for (const namespace of ['http', 'named']) {
      const kept = [...model.values()].filter(({ entry }) => entry.key.namespace === namespace)
      const found = await listed(store, { namespace })
      expect(found.map((entry) => entry.version).toSorted()).toEqual(kept.map(({ entry }) => entry.version).toSorted())
    }
    for (const { entry, body, mark } of model.values()) {
      const found = (await store.get(entry.key)).find(({ version }) => version === entry.version)
      expect([found?.meta, await text(found)]).toEqual([marked(mark, entry.meta.variant), body])
    }
  })
}

async function readWhole(entry: Entry | undefined): Promise<void> {
  const body = await read(entry)
  if (body.length !== SIZE || !isPattern(body, 1)) throw new Error('mixed')
}

type Model = Map<string, { entry: Entry; body: string; mark: string }>

/** One operation on the store and the same on its model; throws where their answers differ. */
async function step(store: Store, model: Model, of: Key, variant: string, dice: number, mark: string): Promise<void> {
  const name = JSON.stringify([of.namespace, of.url, of.selector, variant])
  const known = model.get(name)
  if (dice < 5) {
    model.set(name, { entry: await store.put(of, marked(mark, variant), bytes(mark)), body: mark, mark })
  } else if (dice < 7) {
    if (known && (await store.update(known.entry, marked(mark, variant)))) known.mark = mark
    else if (known) throw new Error(`${name} can't be updated`)
  } else {
    const count = await store.delete([target(of, { variant })])
    if (count !== Number(model.delete(name))) throw new Error(`${count} of ${name} were deleted`)
  }
}

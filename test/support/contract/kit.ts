import type { Entry, Envelope, Key, Meta, Query, Store, StoreOptions, Target } from '../../../src/store.ts'

/** What the suite needs of a test runner: Vitest's, Bun's, Playwright's and a dozen hand-written lines all fit. */
export interface Runner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>, timeoutMs?: number): void
  readonly expect: (actual: unknown) => Matchers
}

export interface Matchers {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toContainEqual(expected: unknown): void
  toBeLessThanOrEqual(expected: number): void
  toBeGreaterThanOrEqual(expected: number): void
}

/** One test's own data: never shared, empty at the start. */
export interface Place {
  readonly store: Store
  /** A further Store object on the same data and with the same options, where the backend persists. The suite closes it. */
  reopen?(): Store | Promise<Store>
  /** Called after `store` was closed, or not. */
  teardown?(): void | Promise<void>
}

/** Gives a fresh store that got these options, among them the clock. */
export type Setup = (options: StoreOptions) => Place | Promise<Place>

/** What a backend cannot do. Each default is what a complete one does. */
export interface Traits {
  /** False: `list` can't find entries, and deleting needs the whole key. Default: true. */
  readonly enumerates?: boolean
  /** True: `list` yields nothing that was not asked for. Default: false. */
  readonly exact?: boolean
  /** True: the data outlives the Store object, and `setup` gives `reopen`. Default: false. */
  readonly persists?: boolean
  /** False: another party evicts, so budgets but `maxEntryBytes` are not kept by the store. Default: true. */
  readonly budgets?: boolean
  /** False: what entries take can't be told from their lengths, as where they are compressed. Default: true. */
  readonly verbatim?: boolean
  /** True: bodies lie in the memory of this process. Default: false. */
  readonly resident?: boolean
  /** The largest body that the backend takes, in bytes. Default: no limit. */
  readonly largestBody?: number
  /** Bytes in use by this process, garbage not counted. Without it the cases on bounded memory measure nothing. */
  readonly liveBytes?: () => number | Promise<number>
}

/** What a case works on. */
export interface Subject {
  readonly store: Store
  readonly clock: Clock
  readonly reopen: () => Promise<Store>
}

export type Case = (
  name: string,
  body: (bench: Subject) => Promise<void>,
  options?: StoreOptions,
  timeoutMs?: number,
) => void

/** A file of cases. */
export interface Part {
  readonly expect: Runner['expect']
  readonly traits: Traits
  /** A case for every store. */
  readonly check: Case
  /** A case for stores that enumerate. */
  readonly checkListing: Case
  /** A case for stores that keep to budgets. */
  readonly checkBudget: Case
  /** A case for stores that keep to budgets, in which entries take as much as they are long. */
  readonly checkVerbatim: Case
  /** A case for stores whose data can be reopened. */
  readonly checkReopened: Case
}

export interface Clock {
  now: number
}

/** Far ahead of any real clock: a service that expires by its own can only be late. */
export const START: number = Date.UTC(2100, 0, 1)
export const KIB = 1024
export const MIB: number = 1024 * KIB

export type Bytes = Uint8Array<ArrayBuffer>

export const key = (url: string, selector = '', namespace = 'http'): Key => ({ namespace, url, selector })

export const meta = (variant = '', change: Partial<Meta> = {}): Meta => ({
  variant,
  createdAt: START,
  reclaimAt: null,
  expiresAt: null,
  basis: '',
  tags: [],
  envelope: { v: 1, status: 200 },
  ...change,
})

export const marked = (mark: string, variant = ''): Meta => meta(variant, { envelope: { mark } satisfies Envelope })

export const bytes = (text: string): Bytes => new TextEncoder().encode(text)

const byteAt = (seed: number, i: number): number => (seed * 97 + i * 31 + (i >>> 8) * 17 + (i >>> 16) * 7) & 255

/** Content that tells where it is from: no two offsets near each other look alike, nor do two seeds. */
export function pattern(seed: number, length: number, start = 0): Bytes {
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = byteAt(seed, start + i)
  return out
}

/** Whether these bytes are that pattern from `start` on. */
export function isPattern(chunk: Uint8Array, seed: number, start = 0): boolean {
  for (let i = 0; i < chunk.length; i++) if (chunk[i] !== byteAt(seed, start + i)) return false
  return true
}

/** A generated body that counts how far it was read. */
export interface Source {
  readonly stream: ReadableStream<Bytes>
  pulled: number
  cancelled: boolean
}

export interface SourceOptions {
  readonly chunk?: number
  /** Awaited before the chunk that starts at this offset, and before the end. */
  readonly before?: (offset: number) => unknown
}

export function source(seed: number, length: number, { chunk = 64 * KIB, before }: SourceOptions = {}): Source {
  const pull = async (controller: ReadableStreamDefaultController<Bytes>): Promise<void> => {
    await before?.(made.pulled)
    if (made.pulled >= length) return controller.close()
    const size = Math.min(chunk, length - made.pulled)
    controller.enqueue(pattern(seed, size, made.pulled))
    made.pulled += size
  }
  const cancel = (): void => {
    made.cancelled = true
  }
  const stream = new ReadableStream<Bytes>({ pull, cancel }, { highWaterMark: 0 })
  const made: Source = { stream, pulled: 0, cancelled: false }
  return made
}

export function streamOf(...chunks: readonly Bytes[]): ReadableStream<Bytes> {
  const rest = chunks.values()
  return new ReadableStream({
    pull(controller) {
      const { value, done } = rest.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

/** Counts a stream and compares it with a pattern, without keeping it. */
export async function scan(
  stream: ReadableStream<Bytes>,
  seed: number,
  start = 0,
  each?: (length: number) => unknown,
): Promise<{ length: number; same: boolean }> {
  const reader = stream.getReader()
  const result = { length: 0, same: true }
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    result.same &&= isPattern(step.value, seed, start + result.length)
    result.length += step.value.length
    await each?.(result.length)
  }
  return result
}

/** A body read through `open`. */
export async function read(entry: Entry | undefined, start?: number, end?: number): Promise<Bytes> {
  if (!entry) throw new Error('There is no entry to read')
  return new Uint8Array(await new Response(await entry.open(start, end)).arrayBuffer())
}

export const text = async (entry: Entry | undefined): Promise<string> => new TextDecoder().decode(await read(entry))

export async function first(store: Store, of: Key): Promise<Entry | undefined> {
  return (await store.get(of))[0]
}

export async function listed(store: Store, query: Partial<Query> = {}): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of store.list({ namespace: 'http', ...query })) entries.push(entry)
  return entries
}

export const urls = (entries: readonly Entry[]): string[] => entries.map((entry) => entry.key.url)

export const target = (of: Key, change: Partial<Target> = {}): Target => ({ ...of, ...change })

/** The code of the error that an action fails with, the error itself where it has none, `done` where it does not fail. */
export async function outcome(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return 'done'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

/** A promise to be kept by hand. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

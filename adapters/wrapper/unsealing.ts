/** Records and bodies as they are opened: what was changed by others is told of, and not found. */
import { StowawayError } from '../../src/errors.ts'
import type { Entry, Key, Meta } from '../../src/store.ts'
import type { Bytes } from '../bytes.ts'
import { checkEnd, openBytes, openedSize, openStream, type Seal, Tampered } from './blocks.ts'
import type { Passing } from './pass.ts'
import type { Opened, Scheme } from './scheme.ts'
import { streamOfBytes } from './streams.ts'

/** `foreign`: sealed with a key that is not given here. */
type Unreadable = 'broken' | 'foreign'

interface Origin {
  readonly inner: Entry
  readonly opened: Opened
}

const MESSAGE = 'was changed by others or sealed with another key'

export interface Unsealing {
  /** How the body of a record is sealed. */
  sealOf(opened: Opened): Promise<Seal>
  /** Notes what a record says, which need not be opened then. */
  know(inner: Entry, opened: Opened): void
  /** As a look-up finds it: a small body is checked at once. What is broken is removed if `touch`. */
  found(inner: Entry, touch: boolean): Promise<Entry | undefined>
  /** As a list finds it. */
  listed(inner: Entry): Promise<Entry | undefined>
  /** Undefined for a length that no sealed body has. */
  entryOf(inner: Entry, opened: Opened, bytes?: Bytes): Entry | undefined
  /** What an entry that was handed out is in the store. */
  originOf(entry: Entry): Origin | undefined
}

export function createUnsealing(scheme: Scheme, passing: Passing): Unsealing {
  const { overhead } = scheme
  const origins = new WeakMap<Entry, Origin>()
  // A store gives the same object for the same version, as far as it can; others may move it to another key meanwhile.
  const known = new WeakMap<Meta, { readonly at: Key; readonly opened: Opened }>()
  const seals = new WeakMap<Opened, Promise<Seal>>()

  function sealOf(opened: Opened): Promise<Seal> {
    let seal = seals.get(opened)
    if (!seal) seals.set(opened, (seal = scheme.blocks(opened)))
    return seal
  }

  function know({ key, meta }: Entry, opened: Opened): void {
    known.set(meta, { at: key, opened })
  }

  async function unsealed(inner: Entry): Promise<Opened | Unreadable> {
    const before = known.get(inner.meta)
    if (before && isSame(before.at, inner.key)) return before.opened
    // As text, in which they are bound to the record, these look like `null`.
    if (!hasTimes(inner.meta)) return 'broken'
    const opened = await scheme.unseal(inner).then(
      (made) => made ?? 'foreign',
      () => 'broken' as const,
    )
    if (typeof opened === 'object') know(inner, opened)
    return opened
  }

  function entryOf(inner: Entry, opened: Opened, bytes?: Bytes): Entry | undefined {
    const size = bytes?.length ?? openedSize(inner.size, overhead)
    if (size === undefined) return undefined
    const common = { key: opened.key, meta: opened.meta, version: inner.version, size }
    const used = inner.usedAt === undefined ? {} : { usedAt: inner.usedAt }
    const open: Entry['open'] = bytes
      ? async (start, end) => streamOfBytes(bytes, start, end)
      : (start, end) => openBody(inner, opened, size, start, end)
    const entry: Entry = { ...common, ...used, ...(bytes && { bytes }), open }
    origins.set(entry, { inner, opened })
    return entry
  }

  async function openBody(
    inner: Entry,
    opened: Opened,
    size: number,
    start = 0,
    end = size,
  ): ReturnType<Entry['open']> {
    const seal = await sealOf(opened)
    const lost = async (cause: unknown): Promise<never> => {
      if (!(cause instanceof Tampered)) throw cause
      await passing.discard(inner, `The body of ${opened.key.url} ${MESSAGE}`)
      throw new StowawayError('gone', 'The body is not what was stored', { cause })
    }
    try {
      if (end < size) await checkEnd(inner, seal, size)
      return guarded(await openStream(inner, seal, size, start, end), lost)
    } catch (error) {
      return lost(error)
    }
  }

  async function found(inner: Entry, touch: boolean): Promise<Entry | undefined> {
    const opened = await unsealed(inner)
    const entry = typeof opened === 'object' ? await whole(inner, opened) : undefined
    if (entry) return entry
    // With a key that is not given here, others may still read it.
    if (touch && opened !== 'foreign') await passing.discard(inner, `An entry ${MESSAGE}`)
    else passing.report(inner, `An entry ${MESSAGE}`)
    return undefined
  }

  async function whole(inner: Entry, opened: Opened): Promise<Entry | undefined> {
    if (!inner.bytes) return entryOf(inner, opened)
    const bytes = await openBytes(inner.bytes, await sealOf(opened)).catch(() => undefined)
    return bytes && entryOf(inner, opened, bytes)
  }

  async function listed(inner: Entry): Promise<Entry | undefined> {
    const opened = await unsealed(inner)
    const entry = typeof opened === 'object' ? entryOf(inner, opened) : undefined
    if (!entry) passing.report(inner, `An entry ${MESSAGE}`)
    return entry
  }

  return {
    sealOf,
    know,
    found,
    listed,
    entryOf,
    originOf: (entry) => origins.get(entry),
  }
}

const hasTimes = ({ createdAt, reclaimAt, expiresAt }: Meta): boolean =>
  [createdAt, reclaimAt, expiresAt].every((time) => time === null || Number.isFinite(time))

const isSame = (one: Key, other: Key): boolean =>
  one.url === other.url && one.namespace === other.namespace && one.selector === other.selector

/** A stream whose failure is first told to `lost`, which throws what the reader gets. */
function guarded(stream: ReadableStream<Bytes>, lost: (error: unknown) => Promise<never>): ReadableStream<Bytes> {
  const reader = stream.getReader()
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const step = await reader.read().catch(lost)
        if (step.done) controller.close()
        else controller.enqueue(step.value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

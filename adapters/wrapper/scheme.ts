import type { Entry, Key, Meta, Store, StoreEvent } from '../../src/store.ts'
import type { Bytes } from '../bytes.ts'
import type { Seal } from './blocks.ts'

/** What a record says once it is opened. */
export interface Opened {
  /** Of the key that it was sealed with. */
  readonly id: string
  readonly key: Key
  readonly meta: Meta
  /** 32 random bytes of this put, kept in the record, which tie the body to it. */
  readonly secret: Bytes
}

export type Part = 'namespace' | 'selector' | 'tag' | 'url' | 'variant'

/** How records are sealed, where they lie, and how they are opened. */
export interface Scheme {
  readonly ids: readonly string[]
  /** What each block of a body grows by. */
  readonly overhead: number
  /** What stands in the store for a part of a key; `space`: of which namespace, but for a namespace itself. */
  nameOf(id: string, part: Part, text: string, space?: string): string | Promise<string>
  /** The metadata for the store, to lie under the key `at`. */
  seal(opened: Opened, at: Key): Promise<Meta>
  /** Rejects for all that `seal` has not made for this key; undefined where the key for it is not given. */
  unseal(entry: Entry): Promise<Opened | undefined>
  blocks(opened: Opened): Promise<Seal>
  translate(event: StoreEvent): StoreEvent
}

/** A store with several keys, of which only the first is written with. */
export interface KeyedStore extends Store {
  /**
   * Writes anew, with the first key, what was written with the others, which then can go. Entries that are put meanwhile are
   * not disturbed; what fails, or is interrupted, can be begun again.
   *
   * @param namespaces Where to look: names can't be listed. Default: the HTTP cache, `http`, and `secret`, the key of its digests.
   * @returns How many entries were written.
   */
  rotate(namespaces?: readonly string[]): Promise<number>
}

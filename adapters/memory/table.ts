import type { Entry, Key } from '../../src/store.ts'
import type { Candidate } from './eviction.ts'

/** The variants under one key. */
export interface Group {
  readonly key: Key
  /** Newest first. */
  slots: readonly Slot[]
  /** The entries of `slots`: handed out as it is, and therefore replaced, never changed. */
  entries: readonly Entry[]
  hits: number
  /** When it was last looked up, in ms since the epoch. 0: never. */
  usedAt: number
}

export interface Slot extends Candidate {
  readonly group: Group
  /** Grows with each insertion. */
  readonly order: number
  /** In ms since the epoch. */
  readonly putAt: number
  entry: Entry
}

/** Keys with a selector lie apart: nearly all have none, and need neither a map of their own nor a second look-up. */
interface Space {
  readonly plain: Map<string, Group>
  readonly selected: Map<string, Map<string, Group>>
  readonly slots: Set<Slot>
}

export interface Table {
  find(key: Key): Group | undefined
  /** The group of a key, a new and empty one where it has none. */
  group(key: Key): Group
  add(slot: Slot): void
  remove(slot: Slot): void
  /** To be called after a change of the entry of one of its slots. */
  refresh(group: Group): void
  has(slot: Slot): boolean
  /** In the order of insertion; what is added and removed meanwhile does no harm. */
  slots(namespace: string, url?: string): Iterable<Slot>
}

const NONE: readonly Slot[] = []

/** Entries by key, and by insertion. */
export function createTable(): Table {
  const spaces = new Map<string, Space>()

  function ofUrl({ plain, selected }: Space, url: string): Slot[] {
    const groups = [...(selected.get(url)?.values() ?? [])]
    const bare = plain.get(url)
    if (bare) groups.push(bare)
    return groups.flatMap((group) => group.slots).sort((a, b) => a.order - b.order)
  }

  function setSlots(group: Group, slots: readonly Slot[]): void {
    group.slots = slots
    group.entries = Object.freeze(slots.map((slot) => slot.entry))
  }

  const table: Table = {
    find({ namespace, url, selector }) {
      const space = spaces.get(namespace)
      return selector === '' ? space?.plain.get(url) : space?.selected.get(url)?.get(selector)
    },
    group({ namespace, url, selector }) {
      const key = Object.freeze({ namespace, url, selector })
      return table.find(key) ?? { key, slots: [], entries: [], hits: 0, usedAt: 0 }
    },
    add(slot) {
      const { group } = slot
      const { namespace, url, selector } = group.key
      const space: Space = spaces.get(namespace) ?? { plain: new Map(), selected: new Map(), slots: new Set() }
      spaces.set(namespace, space)
      space.slots.add(slot)
      setSlots(group, [slot, ...group.slots])
      if (selector === '') return void space.plain.set(url, group)
      const groups = space.selected.get(url) ?? new Map<string, Group>()
      space.selected.set(url, groups.set(selector, group))
    },
    remove(slot) {
      const { group } = slot
      const { namespace, url, selector } = group.key
      const space = spaces.get(namespace)
      space?.slots.delete(slot)
      setSlots(
        group,
        group.slots.filter((other) => other !== slot),
      )
      if (!space || group.slots.length > 0) return
      if (space.slots.size === 0) spaces.delete(namespace)
      if (selector === '') return void space.plain.delete(url)
      const groups = space.selected.get(url)
      if (groups?.delete(selector) && groups.size === 0) space.selected.delete(url)
    },
    refresh: (group) => setSlots(group, group.slots),
    has: (slot) => spaces.get(slot.group.key.namespace)?.slots.has(slot) ?? false,
    slots(namespace, url) {
      const space = spaces.get(namespace)
      return (space && (url === undefined ? space.slots : ofUrl(space, url))) ?? NONE
    },
  }
  return table
}

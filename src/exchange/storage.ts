/** The store as it is read: it never fails a fetch, and what goes wrong is reported. Writing is in writing.ts. */
import { StowawayError } from '../errors.ts'
import { readEntry } from '../record.ts'
import type { Stored } from '../record.ts'
import type { TargetedReader } from '../rfc9111/messages.ts'
import type { Entry, Key, Store } from '../store.ts'
import { later } from './timers.ts'

/** A look-up that takes longer is a miss. */
const DEADLINE = 5_000

export interface Storage {
  readonly store: Store
  readonly targeted: TargetedReader | undefined
  readonly report: (error: unknown) => void
  /** All that is stored under a key, or under a URL that No-Vary-Search makes equal to it. */
  find(key: Key): Found
  /** Only the latter. */
  alike(key: Key): Found
}

type Found = readonly Stored[] | Promise<readonly Stored[]>

export function createStorage(store: Store, targeted: TargetedReader | undefined, report: (error: unknown) => void): Storage {
  function read(entries: readonly Entry[]): readonly Stored[] {
    const found: Stored[] = []
    for (const entry of entries) {
      const stored = readEntry(entry, targeted)
      if (stored) found.push(stored)
    }
    return found
  }

  function get(key: Key): Found {
    try {
      const entries = store.get(key)
      return entries instanceof Promise ? withDeadline(entries).then(read).catch(failed) : read(entries)
    } catch (error) {
      return failed(error)
    }
  }

  function failed(error: unknown): readonly Stored[] {
    report(error)
    return []
  }

  function find(key: Key): Found {
    const found = get(key)
    if (found instanceof Promise) return found.then((stored) => (stored.length > 0 ? stored : alike(key)))
    return found.length > 0 ? found : alike(key)
  }

  /** No-Vary-Search: the rule stands under the path, the response under the URL that the rule makes of its own. */
  function alike(key: Key): Found {
    const found = get(ruleKey(key))
    if (found instanceof Promise) return found.then((rules) => under(key, rules))
    return found.length > 0 ? under(key, found) : found
  }

  async function under(key: Key, [rule]: readonly Stored[]): Promise<readonly Stored[]> {
    const url = await simplified(key.url, rule?.facts.fields.get('no-vary-search') ?? null)
    return url === key.url ? [] : get({ ...key, url })
  }

  return { store, targeted, report, find, alike }
}

/** The URL that stands for all that a No-Vary-Search field makes equal; few responses have one. */
export async function simplified(url: string, field: string | null): Promise<string> {
  if (field === null) return url
  const { parseNoVarySearch, simplifySearch } = await import('../standards/no-vary-search.ts')
  const rule = parseNoVarySearch(field)
  return rule ? simplifySearch(url, rule) : url
}

export const ruleKey = ({ namespace, url }: Key): Key => ({ namespace, url: url.replace(/[?#].*/s, ''), selector: 'no-vary-search' })

function withDeadline<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = later(DEADLINE, () => reject(new StowawayError('store-failure', `the store did not answer within ${DEADLINE / 1000} s`)))
    work.then(resolve, reject).finally(cancel)
  })
}

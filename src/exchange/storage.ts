/** The store as it is read: it never fails a fetch, and what goes wrong is reported. Writing is in writing.ts. */
import { readEntry } from '../record.ts'
import type { Stored } from '../record.ts'
import type { TargetedReader } from '../rfc9111/messages.ts'
import type { Entry, Key, Meta, Store } from '../store.ts'
import { inTime } from './timers.ts'

export interface Storage {
  readonly store: Store
  readonly targeted: TargetedReader | undefined
  readonly report: (error: unknown) => void
  /** What of it can be read by this release. */
  read(entries: readonly Entry[]): readonly Stored[]
  /** All that is stored under a key, or under a URL that No-Vary-Search makes equal to it. `touch`: see `Store.get`. */
  find(key: Key, touch?: boolean): Found
  /** Only what is stored under a URL that No-Vary-Search makes equal to the key's. */
  alike(key: Key, touch?: boolean): Found
}

type Got = readonly Stored[] | undefined
type Found = readonly Stored[] | Promise<readonly Stored[]>

export function createStorage(
  store: Store,
  targeted: TargetedReader | undefined,
  report: (error: unknown) => void,
): Storage {
  function read(entries: readonly Entry[]): readonly Stored[] {
    const found: Stored[] = []
    for (const entry of entries) {
      const stored = readEntry(entry, targeted)
      if (stored) found.push(stored)
    }
    return found
  }

  /** Undefined after a failure: a store that fails is not asked again for the same. */
  function get(key: Key, touch = true): Got | Promise<Got> {
    try {
      const entries = store.get(key, touch)
      return entries instanceof Promise ? inTime(entries).then(read).catch(failed) : read(entries)
    } catch (error) {
      return failed(error)
    }
  }

  function failed(error: unknown): undefined {
    report(error)
  }

  function find(key: Key, touch?: boolean): Found {
    const orAlike = (stored: Got): Found => (stored?.length === 0 ? alike(key, touch) : (stored ?? []))
    const found = get(key, touch)
    return found instanceof Promise ? found.then(orAlike) : orAlike(found)
  }

  /** No-Vary-Search: the rule stands under the path, the response under the URL that the rule makes of its own. */
  function alike(key: Key, touch?: boolean): Found {
    if (isCustom(key)) return []
    const byRule = (rules: Got): Found => (rules?.length ? under(key, rules, touch) : [])
    const found = get(ruleKey(key), touch)
    return found instanceof Promise ? found.then(byRule) : byRule(found)
  }

  async function under(key: Key, [rule]: readonly Stored[], touch?: boolean): Promise<readonly Stored[]> {
    const url = await simplified(key.url, rule?.facts.fields.get('no-vary-search') ?? null)
    return url === key.url ? [] : ((await get({ ...key, url }, touch)) ?? [])
  }

  return { store, targeted, report, read, find, alike }
}

/** By `keyFn`: what a response says of its URL's query is not about such a text, which may stand for several origins. */
export const isCustom = ({ selector }: Key): boolean => selector.startsWith('custom:')

/** The URL that stands for all that a No-Vary-Search field makes equal; few responses have one. */
export async function simplified(url: string, field: string | null): Promise<string> {
  if (field === null) return url
  const { parseNoVarySearch, simplifySearch } = await import('../standards/no-vary-search.ts')
  const rule = parseNoVarySearch(field)
  return rule ? simplifySearch(url, rule) : url
}

/** The selector of rules of No-Vary-Search, which are no responses. */
export const RULE_SELECTOR = 'no-vary-search'

export const ruleKey = ({ namespace, url }: Key): Key => ({
  namespace,
  url: url.replace(/[?#].*/s, ''),
  selector: RULE_SELECTOR,
})

/** Finds the rules, and no others: no header and no option can spell a line feed in a tag. */
export const RULE_TAG = 'rule\nno-vary-search'

/** What a rule is stored with, from the metadata of the response that gave it. */
export const ruleMeta = (meta: Meta): Meta => ({ ...meta, variant: '', tags: [RULE_TAG] })

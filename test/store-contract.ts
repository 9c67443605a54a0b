import { StowawayError } from '../src/errors.ts'
import type { StoreOptions } from '../src/store.ts'
import { budgets } from './support/contract/budgets.ts'
import { concurrency } from './support/contract/concurrency.ts'
import { content } from './support/contract/content.ts'
import type { Subject, Case, Clock, Part, Place, Runner, Setup, Traits } from './support/contract/kit.ts'
import { START } from './support/contract/kit.ts'
import { keys } from './support/contract/keys.ts'
import { large } from './support/contract/large.ts'
import { lifetime } from './support/contract/lifetime.ts'
import { looking } from './support/contract/looking.ts'
import { listing } from './support/contract/listing.ts'
import { querying } from './support/contract/querying.ts'
import { removal } from './support/contract/removal.ts'
import { writes } from './support/contract/writes.ts'

export type { Runner, Setup, Traits } from './support/contract/kit.ts'

const PARTS = { content, keys, writes, concurrency, large, removal, listing, querying, looking, budgets, lifetime }

/**
 * The cases that every store passes, in the runtime where it lives. The clock is the suite's own: nothing here sleeps.
 *
 * @param runner The runner's `describe`, `test` and `expect`.
 * @param setup Called once for each case, with that case's options.
 * @param traits What the backend can't do; the cases that need it are then not defined.
 */
export function storeContract(runner: Runner, setup: Setup, traits: Traits = {}): void {
  const check: Case = (name, body, options, timeoutMs) => {
    runner.test(name, () => run(setup, options, body), timeoutMs)
  }
  const when = (capable: boolean): Case => (capable ? check : () => {})
  const part: Part = {
    expect: runner.expect,
    traits,
    check,
    checkListing: when(traits.enumerates !== false),
    checkBudget: when(traits.budgets !== false && traits.enumerates !== false),
    checkVerbatim: when(traits.verbatim !== false && traits.budgets !== false && traits.enumerates !== false),
    checkReopened: when(traits.persists === true),
  }
  for (const [name, define] of Object.entries(PARTS)) runner.describe(name, () => define(part))
}

async function run(setup: Setup, options: StoreOptions = {}, body: (bench: Subject) => Promise<void>): Promise<void> {
  const clock: Clock = { now: START }
  const place: Place = await setup({ now: () => clock.now, ...options })
  const opened = [place.store]
  const reopen: Subject['reopen'] = async () => {
    if (!place.reopen) throw new StowawayError('store-failure', 'A store that persists needs a setup with reopen()')
    const store = await place.reopen()
    opened.push(store)
    return store
  }
  try {
    await body({ store: place.store, clock, reopen })
  } finally {
    for (const store of opened) await store.close()
    await place.teardown?.()
  }
}

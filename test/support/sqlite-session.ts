import { loadCodec } from '../../adapters/codec.ts'
import { loadDriver, type SqliteDriver } from '../../adapters/sqlite/driver.ts'
import { openFile } from '../../adapters/sqlite/open.ts'
import { createSession, type Session } from '../../adapters/sqlite/session.ts'
import type { StoreEvent } from '../../src/store.ts'
import { START } from './contract/kit.ts'

/** What a store has inside, with a clock of the test's own, to call the upkeep on it that is otherwise left to timers. */
export async function openSession(
  driver: SqliteDriver,
  path: string,
): Promise<{ session: Session; clock: { now: number }; events: StoreEvent[] }> {
  const codec = await loadCodec()
  const clock = { now: START }
  const events: StoreEvent[] = []
  const session = createSession(openFile(path, await loadDriver(driver), codec.name), {
    path,
    codec,
    maxBytes: 2 ** 30,
    maxEntries: Number.POSITIVE_INFINITY,
    busyTimeout: 5000,
    now: () => clock.now,
    emit: (event) => events.push(event),
    damaged() {},
  })
  return { session, clock, events }
}

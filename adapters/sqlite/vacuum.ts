import { sweepBodies } from './loose.ts'
import { read, type Session, turn } from './session.ts'
import { flushUses, PAGES_AT_ONCE } from './upkeep.ts'

/**
 * Gives all free pages back to the system: in slices where the file was made for that, as each of ours is, else by VACUUM,
 * which blocks. Then the log is written into the file and emptied; `store-failure` where others are in the way for too long.
 */
export async function vacuum(session: Session): Promise<void> {
  const { sql, database } = session
  await flushUses(session)
  await sweepBodies(session)
  const freePages = (): Promise<number> => read(session, () => Number(sql.freePages.all()[0]?.[0]))
  let free = await freePages()
  for (let before = Infinity; free > 0 && free < before; await turn()) {
    before = free
    await read(session, () => database.exec(`PRAGMA incremental_vacuum(${PAGES_AT_ONCE})`))
    free = await freePages()
  }
  if (free > 0) await read(session, () => database.exec('VACUUM'))
  await read(session, () => {
    // A row says that it was in vain, where other statements throw; the number is SQLite's for that.
    if (sql.truncate.all()[0]?.[0] === 1) throw Object.assign(new Error('The log is in use'), { errcode: 5 })
  })
}

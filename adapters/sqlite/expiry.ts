import type { Row, Value } from './driver.ts'
import { NEVER } from './schema.ts'

/** What of one basis is read ahead: expiry and id. */
interface Lane {
  readonly basis: Value
  buffer: Row[]
  after: Row
}

type Ask = (text: string, values: readonly Value[]) => Promise<readonly Row[]>

const FROM = "FROM stowaway_entries INDEXED BY stowaway_expires WHERE namespace = 'http'"

/**
 * The ids of `http` up to `last` by expiry, a batch at a time. The index that tells what has expired has them in order for
 * each basis by itself, of which there are few: these are merged.
 */
export async function* idsByExpiry(
  ask: Ask,
  last: number,
  descending: boolean,
  batch: number,
): AsyncGenerator<readonly number[], void> {
  const lanes = await lanesOf(ask, descending)
  const ahead = Math.max(2, Math.ceil(batch / Math.max(1, lanes.length)))
  const [sign, direction] = descending ? ['<', ' DESC'] : ['>', '']
  const page = `SELECT expires_at, id ${FROM} AND basis = ? AND (expires_at, id) ${sign} (?, ?) AND id <= ?
    ORDER BY expires_at${direction}, id${direction} LIMIT ?`
  const fill = async (lane: Lane): Promise<void> => {
    lane.buffer = [...(await ask(page, [lane.basis, ...lane.after, last, ahead]))].reverse()
    lane.after = lane.buffer[0] ?? lane.after
  }
  let open = lanes
  for (const lane of open) await fill(lane)
  for (let ids: number[] = []; ; ids = []) {
    open = open.filter((lane) => lane.buffer.length > 0)
    while (open.length > 0 && ids.length < batch) {
      const next = open.reduce((one, other) => (isBefore(headOf(other), headOf(one), descending) ? other : one))
      ids.push(Number(next.buffer.pop()?.[1]))
      if (next.buffer.length > 0) continue
      await fill(next)
      if (next.buffer.length === 0) open = open.filter((lane) => lane !== next)
    }
    yield ids
    if (ids.length < batch) return
  }
}

/** One for each basis that there is, found by a step in the index for each. */
async function lanesOf(ask: Ask, descending: boolean): Promise<Lane[]> {
  const start = descending ? [NEVER, NEVER] : [-NEVER, 0]
  const lanes: Lane[] = []
  let [row] = await ask(`SELECT min(basis) ${FROM}`, [])
  while (row && row[0] !== null && row[0] !== undefined) {
    lanes.push({ basis: row[0], buffer: [], after: start })
    row = (await ask(`SELECT min(basis) ${FROM} AND basis > ?`, [row[0]]))[0]
  }
  return lanes
}

const headOf = ({ buffer }: Lane): Row => buffer.at(-1) ?? []

function isBefore(a: Row, b: Row, descending: boolean): boolean {
  const difference = Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1])
  return descending ? difference > 0 : difference < 0
}

/** `vacuum` and `verify`. */
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { FAILED } from '../failure.ts'
import { json, line, printable } from '../output.ts'
import { bytesOf, LATER, withCache } from '../place.ts'
import { createProgress } from '../progress.ts'
import { counted, size } from '../units.ts'

export const vacuum: Command = command({
  synopsis: 'vacuum [OPTIONS]',
  about: `Gives space that is no longer used back to the system. Removes no response. Bodies above 64 KiB keep theirs for a minute
after their removal, since another process may be reading them.`,
  options: {},
  operands: [0, 0],
  async run({ values }, signal) {
    const { before, place, used } = await withCache(values, 'change', async ({ bytes, cache, place }) => {
      await cache.vacuum()
      return { before: bytes, place, used: await cache.size() }
    })
    // The log is written back when it is closed.
    const after = bytesOf(place)
    if (values.json) await json({ before: before ?? null, after: after ?? null }, signal)
    else await line(vacuumed(before, after, used), signal)
    return 0
  },
})

/** Bytes of a file that are no responses, as long as nothing large was removed. */
const OVERHEAD = 1_000_000

function vacuumed(before: number | undefined, after: number | undefined, used: number): string {
  if (before === undefined || after === undefined) return 'done'
  return `${size(before)} before, ${size(after)} after${after - used > used / 2 + OVERHEAD ? LATER : ''}`
}

export const verify: Command = command({
  synopsis: 'verify [OPTIONS]',
  about: 'Reads everything that is stored. Ends with 1 when something is damaged and stays so.',
  options: { repair: { type: 'boolean', help: 'remove what is damaged; a file that is no database is renamed' } },
  operands: [0, 0],
  async run({ values }, signal) {
    const { repair = false } = values
    return withCache(values, repair ? 'repair' : 'look', async ({ cache, survived }) => {
      const progress = createProgress('verify')
      const { checked, damaged } = await cache
        .verify({ repair, signal, onProgress: progress.update })
        .finally(progress.end)
      if (values.json) await json({ checked, damaged, repaired: repair }, signal)
      else {
        for (const { cacheKey, why } of damaged) await line(`${printable(cacheKey)}: ${printable(why)}`, signal)
        const found = damaged.length === 0 ? 'none damaged' : `${damaged.length} damaged${repair ? ' and removed' : ''}`
        await line(`${counted(checked, 'response')} read, ${found}`, signal)
      }
      return (damaged.length > 0 || survived.length > 0) && !repair ? FAILED : 0
    })
  },
})

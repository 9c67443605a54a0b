/**
 * What a cached fetch costs, as ratios to a floor measured in turns in the same run: `npm run bench`, or a part of it:
 * `npm run bench -- hits`, `misses`, `revalidations`, `crowds`. Absolute times are this machine's, and of this moment.
 * Only when asked for, `npm run bench -- scale`: the first page of each question about 1,000 to 1,000,000 entries in SQLite;
 * a number after it is the most entries to try.
 */
import { availableParallelism, cpus } from 'node:os'
import type { Comparison } from './compare.ts'
import { hits } from './hits.ts'
import { crowds, misses, revalidations } from './network.ts'
import { COUNTS, scale } from './scale.ts'

const compared = { hits, misses, revalidations }
const wanted = process.argv.slice(2)
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name)

const micros = (time: number): string => `${time < 100 ? time.toFixed(1) : time.toFixed(0)} µs`

function print({ floor, floorTime, name, ratio, time }: Comparison): void {
  const columns = [
    name.padEnd(34),
    micros(time).padStart(9),
    micros(floorTime).padStart(9),
    ratio.toFixed(2).padStart(6),
    floor,
  ]
  console.log(columns.join('  '))
}

console.log(`Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'CPU'}; medians\n`)
if (Object.keys(compared).some(isWanted))
  console.log(`${''.padEnd(34)}  ${'time'.padStart(9)}  ${'floor'.padStart(9)}  ${'×'.padStart(6)}  of`)
for (const [name, measure] of Object.entries(compared)) {
  if (isWanted(name)) for await (const comparison of measure()) print(comparison)
}
if (isWanted('crowds')) {
  console.log()
  for await (const { atOrigin, backend, requests } of crowds()) {
    console.log(`${requests} requests at once, ${backend}`.padEnd(34), `${atOrigin} at the origin`)
  }
}
if (wanted.includes('scale')) {
  const largest = Math.max(...wanted.map(Number).filter(Boolean), 0) || Infinity
  const row = (name: string, values: readonly string[]): void =>
    console.log(name.padEnd(34), ...values.map((value) => value.padStart(11)))
  row(
    'first 100 of',
    COUNTS.filter((count) => count <= largest).map((count) => count.toLocaleString('en')),
  )
  for (const { name, values } of await scale(largest)) row(name, values)
}

/**
 * Prints what `import 'stowaway'` loads in each runtime, what its first fetch loads (beside a store's adapter) and what its first
 * miss loads, and fails when one is too much, or when a page would get a server's code.
 */
import { bundle, conditions } from './bundle.ts'
import type { Chunk } from './bundle.ts'
import { traces } from './traces.ts'

/**
 * Budgets in bytes, minified and gzipped: what importing loads, then that with what each stage adds. All that `.` exports counts;
 * who imports `createCache` alone gets 1.6 kB less of each. Rolldown, and so Vite, makes the same pieces, see src/loaded.ts.
 */
const LIMITS = { import: 12_000, fetch: 22_000, miss: 31_500 }

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(2).padStart(7)} kB`
const failures: string[] = []

const total = (chunks: Iterable<Chunk>): number => [...chunks].reduce((sum, { gzip }) => sum + gzip, 0)
const named = (chunks: readonly Chunk[], name: string): Chunk[] => chunks.filter((chunk) => chunk.name === name)

/** Those, and all that they import at once. */
function withNeeds(chunks: readonly Chunk[], first: readonly Chunk[]): ReadonlySet<Chunk> {
  const found = new Set(first)
  for (const { needs } of found) for (const chunk of chunks) if (needs.includes(chunk.file)) found.add(chunk)
  return found
}

for (const condition of conditions) {
  const chunks = await bundle(condition)
  const core = chunks.filter(({ lazy }) => !lazy)
  const hit = withNeeds(chunks, [...core, ...named(chunks, 'src/loaded.js')])
  const miss = withNeeds(chunks, [...hit, ...named(chunks, 'src/exchange/network.js')])
  console.log(`${kB(total(core))}  ${condition}`)
  console.log(`${kB(total(hit))}    with what the first fetch loads`)
  console.log(`${kB(total(miss))}    with what the first miss loads`)
  for (const [stage, limit, loaded] of [
    ['import', LIMITS.import, core],
    ['fetch', LIMITS.fetch, hit],
    ['miss', LIMITS.miss, miss],
  ] as const) {
    if (total(loaded) > limit) failures.push(`${condition}: ${stage} loads more than ${kB(limit).trim()}`)
  }
  for (const { gzip, name } of chunks.filter(({ lazy }) => lazy)) console.log(`${kB(gzip)}    later: ${name}`)
  if (condition !== 'browser') continue
  for (const { name, text } of chunks) {
    for (const found of traces(text)) failures.push(`${condition}: ${name} holds ${found}`)
  }
}

for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 ? 1 : 0

/** Prints what `import 'stowaway'` costs in each runtime and fails when that is too much, or when a page would get a server's code. */
import { bundle, conditions } from './bundle.ts'
import type { Chunk } from './bundle.ts'
import { traces } from './traces.ts'

/** The budget of the core, without the backends, which are loaded lazily; in bytes, minified and gzipped. */
const CORE_LIMIT = 12_000

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
  const core = chunks.filter(({ lazy }) => !lazy).reduce((total, { gzip }) => total + gzip, 0)
  console.log(`${kB(core)}  ${condition}`)
  const hit = withNeeds(chunks, [...chunks.filter(({ lazy }) => !lazy), ...named(chunks, 'src/engine.js')])
  console.log(`${kB(total(hit))}    with what the first fetch loads beside a store`)
  console.log(
    `${kB(total(withNeeds(chunks, [...hit, ...named(chunks, 'src/exchange/network.js')])))}    with what the first miss loads`,
  )
  for (const { gzip, name } of chunks.filter(({ lazy }) => lazy)) console.log(`${kB(gzip)}    later: ${name}`)
  if (core > CORE_LIMIT) failures.push(`${condition}: the core is above ${kB(CORE_LIMIT).trim()}`)
  if (condition !== 'browser') continue
  for (const { name, text } of chunks) {
    for (const found of traces(text)) failures.push(`${condition}: ${name} holds ${found}`)
  }
}

for (const failure of failures) console.error(failure)
process.exitCode = failures.length > 0 ? 1 : 0

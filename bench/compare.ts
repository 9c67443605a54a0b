/** Two ways to do the same, measured in turns, so that what else the machine does hits both alike. */
import { Bench } from 'tinybench'

export interface Subject {
  readonly name: string
  readonly run: () => Promise<unknown>
}

export interface Comparison {
  readonly name: string
  readonly floor: string
  /** Medians, in µs. */
  readonly time: number
  readonly floorTime: number
  /** Median over the rounds of `time / floorTime` of one round. */
  readonly ratio: number
}

const ROUNDS = 15
/** Of one subject in one round, in ms. */
const TIME = 100

export async function compare(subject: Subject, floor: Subject): Promise<Comparison> {
  const pairs: (readonly [number, number])[] = []
  // The first rounds warm up what both share.
  for (let round = -3; round < ROUNDS; round++) {
    const [first, second] = round % 2 === 0 ? [subject, floor] : [floor, subject]
    const [a, b] = [await median(first), await median(second)]
    if (round >= 0) pairs.push(first === subject ? [a, b] : [b, a])
  }
  const [times, floorTimes] = [pairs.map(([time]) => time), pairs.map(([, time]) => time)]
  const ratio = middle(pairs.map(([time, floorTime]) => time / floorTime))
  return { name: subject.name, floor: floor.name, time: middle(times), floorTime: middle(floorTimes), ratio }
}

/** µs */
async function median({ name, run }: Subject): Promise<number> {
  globalThis.gc?.()
  const bench = new Bench({ time: TIME, iterations: 10, warmup: false, throws: true })
  const [task] = await bench.add(name, run).run()
  const result = task?.result
  if (!result || !('latency' in result)) throw new Error(`${name} was not measured`)
  return result.latency.p50 * 1_000
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

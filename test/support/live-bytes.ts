import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
// The flag defines it, in contexts made from now on.
const collect = runInNewContext('gc') as () => void

/** What this process holds in its heap and in array buffers, garbage not counted. */
export async function liveBytes(): Promise<number> {
  collect()
  // Array buffers of the first round are freed in the background; the second waits for that.
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const BITS = 1024

/** A set of ids, a bit for each: where they lie close together a million takes less than 200 kB. */
export function createIds(): { /** Whether it is new. */ add(id: number): boolean } {
  const blocks = new Map<number, Uint32Array>()
  return {
    add(id) {
      const block = Math.floor(id / BITS)
      let words = blocks.get(block)
      if (!words) blocks.set(block, (words = new Uint32Array(BITS / 32)))
      const at = (id % BITS) >> 5
      const bit = 1 << (id & 31)
      const word = words[at] ?? 0
      words[at] = word | bit
      return (word & bit) === 0
    },
  }
}

export type Bytes = Uint8Array<ArrayBuffer>

/** Chunks in one piece. `size` is their sum, which who gathers them knows. */
export function joined(chunks: readonly Bytes[], size: number): Bytes {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

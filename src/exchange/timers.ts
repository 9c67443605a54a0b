/** Calls back once after `ms` unless cancelled; does not keep a process alive (Node, Deno and Bun have `unref`). */
export function later(ms: number, callback: () => void): () => void {
  const timer: unknown = setTimeout(callback, ms)
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref()
  // What setTimeout returned just above; its type differs by runtime.
  return () => clearTimeout(timer as number)
}

/** RFC 9110 §9.2.1, RFC 10008 §2. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

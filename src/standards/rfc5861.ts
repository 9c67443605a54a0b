/** RFC 5861. `staleFor` is in ms, counted from when the response became stale; windows are in seconds, as the directives give them. */

/** §4: the answers that count as an error. */
export const ERROR_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504])

/** §3 */
export function mayServeWhileRevalidating(staleFor: number, window: number | undefined): boolean {
  return window !== undefined && staleFor <= window * 1000
}

/** §4 */
export function mayServeOnError(staleFor: number, window: number | undefined): boolean {
  return mayServeWhileRevalidating(staleFor, window)
}

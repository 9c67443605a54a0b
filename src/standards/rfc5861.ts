/** RFC 5861 §4: the answers that count as an error. */
export const ERROR_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504])

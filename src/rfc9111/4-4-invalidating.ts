/** §4.4 */
import type { FieldReader } from '../standards/fields.ts'

/** RFC 9110 §9.2.1, RFC 10008 §2. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/** The URLs whose stored responses a non-error response to an unsafe method makes invalid: its own, and same-origin ones that it names. */
export function urlsToInvalidate(method: string, url: string, status: number, fields: FieldReader): readonly string[] {
  if (isSafe(method) || status < 200 || status > 399) return []
  const { origin } = new URL(url)
  const named = ['location', 'content-location'].map((name) => resolve(fields.get(name), url))
  return [url, ...named.filter((target) => target !== undefined && target.origin === origin).map(String)]
}

function resolve(reference: string | null, base: string): URL | undefined {
  return reference !== null && URL.canParse(reference, base) ? new URL(reference, base) : undefined
}

/** §4.4 */
import type { FieldReader } from '../standards/fields.ts'
import { isSafe } from '../standards/safe-methods.ts'

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

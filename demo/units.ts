/** Numbers for people. */

const SPANS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/** In the largest unit of which there is at least one. */
export function span(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'ever'
  const [size, name] = SPANS.find(([size]) => Math.round(seconds) >= size) ?? [1, 's']
  return `${Math.round(seconds / size)} ${name}`
}

export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

export function time(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}

/** Numbers for people, and theirs. */
import { NEVER_EXPIRE, parseDuration } from '../src/options/duration.ts'
import { usage } from './failure.ts'

const SPANS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** In the largest unit of which there is at least one; ms. */
export function span(ms: number): string {
  if (!Number.isFinite(ms)) return 'ever'
  const sign = Math.round(ms / 1000) < 0 ? '-' : ''
  const [unit, name] = SPANS.find(([unit]) => Math.abs(ms) >= unit) ?? [1000, 's']
  return `${sign}${Math.round(Math.abs(ms) / unit)} ${name}`
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB']

export function size(bytes: number): string {
  let [amount, unit] = [bytes, 0]
  for (; amount >= 999.95 && unit < BYTES.length - 1; unit++) amount /= 1000
  return `${unit === 0 ? amount : amount.toFixed(1)} ${BYTES[unit]}`
}

export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** Digits alone are seconds, `never` has no end. Throws a usage error. */
export function duration(option: string, text: string): number | string {
  if (text === 'never') return NEVER_EXPIRE
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : text
  try {
    parseDuration(option, value)
    return value
  } catch {
    throw usage(`${option}: ${JSON.stringify(text)} is no duration, such as 90s, 12h, 1h30m, 7d or never`)
  }
}

/** A duration, or a date as ISO 8601 writes it. */
export function moment(option: string, text: string): number | string | Date {
  const date = /^\d{4}-\d\d/.test(text) ? new Date(text) : undefined
  return date && date.getTime() === date.getTime() ? date : duration(option, text)
}

/** A whole number from `least` on. */
export function count(option: string, text: string, least = 1): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : -1
  if (value < least) throw usage(`${option}: ${JSON.stringify(text)} is not a whole number from ${least} on`)
  return value
}

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 }

/** `1500`, `10kB`, `1.5 MB`. */
export function bytes(option: string, text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmg]?)b?$/i.exec(text) ?? []
  if (amount === undefined)
    throw usage(`${option}: ${JSON.stringify(text)} is no number of bytes, such as 1500, 10kB or 1.5MB`)
  return Math.floor(Number(amount) * (FACTORS[unit.toLowerCase()] ?? 1))
}

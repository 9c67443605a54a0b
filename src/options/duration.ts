import { refuse } from './refuse.ts'

/** Never becomes stale by itself. */
export const NEVER_EXPIRE: number = Infinity
/** Stored, and validated before each use. */
export const EXPIRE_IMMEDIATELY: number = 0
/** Neither read, nor written, overwritten or deleted: the request passes by the cache. */
export const DO_NOT_CACHE = 'do-not-cache' as const

/** At least one member; all are added up. A day is 24 hours. */
export interface DurationParts {
  readonly weeks?: number
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

/** What a `Temporal.Duration` has that counts here; one with years or months is refused, for these have no fixed length. */
export interface TemporalDurationLike extends Required<DurationParts> {
  readonly years: number
  readonly months: number
  readonly microseconds: number
  readonly nanoseconds: number
  readonly sign: number
}

/**
 * A length of time, zero or more: a number of seconds (fractions count), text such as `'1h30m'`, `'1.5d'`, `'500ms'`
 * (units `ms s m h d w`), `{ hours: 1, minutes: 30 }`, or a `Temporal.Duration`. Kept in whole milliseconds, at least one
 * unless zero; `NEVER_EXPIRE` has no end. Digits without a unit, negative numbers and `null` are errors with code `invalid-duration`.
 */
export type Duration = number | string | DurationParts | TemporalDurationLike

/** How long a response counts as fresh: for a `Duration`, until a `Date`, or `DO_NOT_CACHE`. */
export type Lifetime = Duration | Date | typeof DO_NOT_CACHE

/** `for`: ms, may be `Infinity`; `until`: ms since the epoch. */
export type ParsedLifetime = { readonly for: number } | { readonly until: number } | typeof DO_NOT_CACHE

type Units = Readonly<Record<string, number>>
const PARTS: Units = { weeks: 6048e5, days: 864e5, hours: 36e5, minutes: 6e4, seconds: 1e3, milliseconds: 1 }
const TEMPORAL: Units = { ...PARTS, microseconds: 1e-3, nanoseconds: 1e-6, months: NaN, years: NaN }
const LETTERS: Units = { w: 6048e5, d: 864e5, h: 36e5, m: 6e4, s: 1e3, ms: 1 }
const TEXT = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw])(?: (?!$))?)+$/

const ACCEPTED = `seconds as a number, '1h30m' (ms s m h d w), { hours: 1 }, a Temporal.Duration without years or months`

/** Beyond this a sum with the present is no longer a valid Date, which `expires` has to be. */
const LONGEST = 8e15

/** ms, `Infinity` without an end. Throws `invalid-duration`. */
export function parseDuration(option: string, value: unknown): number {
  return toMilliseconds(option, value, ACCEPTED)
}

/** Throws `invalid-duration`. */
export function parseLifetime(option: string, value: unknown): ParsedLifetime {
  if (value === DO_NOT_CACHE) return DO_NOT_CACHE
  // An invalid Date is NaN, and falls through to the error.
  if (value instanceof Date && value.getTime() === value.getTime()) return { until: value.getTime() }
  return { for: toMilliseconds(option, value, `${ACCEPTED}, a valid Date, or DO_NOT_CACHE`) }
}

/** Whether an object stands for a lifetime and not for settings. */
export function isLifetime(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Date || isTemporal(value)) return true
  return Object.keys(value).some((name) => Object.hasOwn(PARTS, name))
}

function toMilliseconds(option: string, value: unknown, accepted: string): number {
  const ms = measure(value)
  if (ms >= 0) return ms > LONGEST ? Infinity : ms > 0 ? Math.max(1, Math.round(ms)) : 0
  const never = value === null || (typeof value === 'number' && value < 0)
  return refuse('invalid-duration', option, value, `${never ? 'NEVER_EXPIRE for no end, or ' : ''}${accepted}`)
}

/** NaN, or less than zero, for what is no duration. */
function measure(value: unknown): number {
  if (typeof value === 'number') return value * 1e3
  if (typeof value === 'string') return TEXT.test(value) ? fromText(value) : NaN
  return typeof value === 'object' && value !== null ? fromParts(value) : NaN
}

function fromText(value: string): number {
  let ms = 0
  for (const [, count, unit = ''] of value.matchAll(/([\d.]+)([a-z]+)/g)) ms += Number(count) * (LETTERS[unit] ?? NaN)
  return ms
}

function fromParts(value: object): number {
  // Members are only read, and checked before they count.
  const parts = value as Readonly<Record<string, unknown>>
  const temporal = isTemporal(value)
  const units = temporal ? TEMPORAL : PARTS
  const names = Object.keys(temporal ? TEMPORAL : parts)
  let ms = names.length > 0 ? 0 : NaN
  for (const name of names) {
    const count = parts[name]
    if (temporal && count === 0) continue
    ms += typeof count === 'number' && count >= 0 && Object.hasOwn(units, name) ? count * (units[name] ?? NaN) : NaN
  }
  return ms
}

function isTemporal(value: object): boolean {
  return 'sign' in value && 'nanoseconds' in value
}

/** RFC 9110 §5.6.7 */

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec'
const DAY = '(?:sun|mon|tue|wed|thu|fri|sat)'
const MONTH = '(?<month>[a-z]{3})'
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)'

const FORMS = [
  `${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} gmt`,
  `(?:sun|mon|tues|wednes|thurs|fri|satur)day, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} gmt`,
  `${DAY} ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`, 'i'))

/**
 * The instant in ms since the epoch, or undefined for anything but the three forms; letter case and whether the weekday
 * is the right one do not count. `now` (ms) places the two-digit years of the rfc850 form.
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups
    if (parts) return instant(parts, now)
  }
  return undefined
}

/** The IMF-fixdate for an instant in ms since the epoch, cut to seconds. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

function instant(parts: Readonly<Record<string, string>>, now: number): number | undefined {
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts
  const index = MONTHS.indexOf(month.toLowerCase()) / 3
  if (!Number.isInteger(index) || index < 0 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
    return undefined
  const at = (fullYear: number): Date => {
    const date = new Date(0)
    date.setUTCFullYear(fullYear, index, Number(day))
    return date
  }
  const date = at(year.length === 2 ? nearYear(Number(year), now, at) : Number(year))
  if (date.getUTCDate() !== Number(day)) return undefined
  return date.setUTCHours(Number(hour), Number(minute), Number(second))
}

/** The latest year with these last two digits that is not more than 50 years ahead. */
function nearYear(digits: number, now: number, at: (year: number) => Date): number {
  const limit = new Date(now)
  limit.setUTCFullYear(limit.getUTCFullYear() + 50)
  let year = limit.getUTCFullYear()
  year += digits - (year % 100)
  return at(year) > limit ? year - 100 : year
}

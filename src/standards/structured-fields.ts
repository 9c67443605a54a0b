/** RFC 9651 */

export type BareItem =
  /** Dates are in seconds since the epoch. */
  | { readonly type: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly type: 'string' | 'token' | 'display'; readonly value: string }
  | { readonly type: 'bytes'; readonly value: Uint8Array<ArrayBuffer> }
  | { readonly type: 'boolean'; readonly value: boolean }

export type Parameters = ReadonlyMap<string, BareItem>
export type Item = BareItem & { readonly params: Parameters }
export interface InnerList {
  readonly type: 'list'
  readonly value: readonly Item[]
  readonly params: Parameters
}
export type Member = Item | InnerList

/** Takes what a sticky pattern matches at the current position, and moves behind it. */
type Cursor = (pattern: RegExp) => RegExpExecArray | null

const TRUE: BareItem = { type: 'boolean', value: true }
const KEY = /[a-z*][a-z\d_.*-]*/y

/** §4.2.3.1, in the order of the groups: number, string, token, bytes, boolean, date, display string. */
const BARE_ITEM = new RegExp(
  [
    /(-?(?:\d{1,12}\.\d{1,3}|\d{1,15}))/,
    /"([ !#-[\]-~]*(?:\\["\\][ !#-[\]-~]*)*)"/,
    /([A-Za-z*][!#$%&'*+.^_`|~\w:/-]*)/,
    /:([A-Za-z\d+/]*={0,2}):/,
    /\?([01])/,
    /@(-?\d{1,15})/,
    /%"([ !#$&-~]*(?:%[\da-f]{2}[ !#$&-~]*)*)"/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'y',
)

/** §4.2.1. Undefined where the text is not entirely a list; an empty one has no members. */
export function parseList(text: string): readonly Member[] | undefined {
  const take = cursor(text)
  const members: Member[] = []
  take(/ */y)
  if (take(/$/y)) return members
  do {
    const member = parseMember(take)
    if (!member) return undefined
    members.push(member)
    if (take(/[\t ]*$/y)) return members
  } while (take(/[\t ]*,[\t ]*/y))
  return undefined
}

/** §4.2.2. Undefined where the text is not entirely a dictionary; an empty one has no members. */
export function parseDictionary(text: string): Map<string, Member> | undefined {
  const take = cursor(text)
  const members = new Map<string, Member>()
  take(/ */y)
  if (take(/$/y)) return members
  do {
    const key = take(KEY)?.[0]
    const member = key === undefined ? undefined : take(/=/y) ? parseMember(take) : withParameters(take, TRUE)
    if (key === undefined || !member) return undefined
    members.set(key, member)
    if (take(/[\t ]*$/y)) return members
  } while (take(/[\t ]*,[\t ]*/y))
  return undefined
}

function cursor(text: string): Cursor {
  let position = 0
  return (pattern) => {
    pattern.lastIndex = position
    const match = pattern.exec(text)
    if (match) position = pattern.lastIndex
    return match
  }
}

function parseMember(take: Cursor): Member | undefined {
  if (!take(/\(/y)) return parseItem(take)
  const value: Item[] = []
  take(/ */y)
  while (!take(/\)/y)) {
    const item = parseItem(take)
    if (!item || !take(/ +|(?=\))/y)) return undefined
    value.push(item)
  }
  return withParameters(take, { type: 'list' as const, value })
}

function parseItem(take: Cursor): Item | undefined {
  const bare = parseBareItem(take)
  return bare && withParameters(take, bare)
}

function withParameters<T extends object>(take: Cursor, value: T): (T & { readonly params: Parameters }) | undefined {
  const params = new Map<string, BareItem>()
  while (take(/; */y)) {
    const key = take(KEY)?.[0]
    const bare = take(/=/y) ? parseBareItem(take) : TRUE
    if (key === undefined || !bare) return undefined
    params.set(key, bare)
  }
  return { ...value, params }
}

function parseBareItem(take: Cursor): BareItem | undefined {
  const [text, number, string, token, bytes, boolean, date, display] = take(BARE_ITEM) ?? []
  if (number !== undefined) return { type: number.includes('.') ? 'decimal' : 'integer', value: Number(number) }
  if (string !== undefined) return { type: 'string', value: string.replace(/\\(.)/g, '$1') }
  if (token !== undefined) return { type: 'token', value: token }
  if (bytes !== undefined) return decodeBytes(bytes)
  if (boolean !== undefined) return { type: 'boolean', value: boolean === '1' }
  if (date !== undefined) return { type: 'date', value: Number(date) }
  return text === undefined || display === undefined ? undefined : decodeDisplay(display)
}

/** Padding may be missing, as §4.2.7 asks parsers to bear. */
function decodeBytes(base64: string): BareItem | undefined {
  const digits = base64.replace(/=+$/, '')
  if (digits.length % 4 === 1) return undefined
  return { type: 'bytes', value: Uint8Array.from(atob(digits), (char) => char.charCodeAt(0)) }
}

function decodeDisplay(text: string): BareItem | undefined {
  try {
    return { type: 'display', value: decodeURIComponent(text) }
  } catch {
    return undefined // not UTF-8
  }
}

/** An entry's first line, which anybody may have written: held against all that the core counts on. */
import { RULE_SELECTOR } from '../exchange/storage.ts'
import { decodeRecord, encodeRecord, RECORD_VERSION } from '../record.ts'
import type { ResponseRecord } from '../record.ts'
import type { Envelope, Key, Meta } from '../store.ts'

export interface Described {
  readonly cursor: string
  readonly key: Key
  readonly meta: Meta
  /** Undefined for one of another release. */
  readonly record: ResponseRecord | undefined
  readonly size: number
}

export type Members = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isFlag: Check = (value) => typeof value === 'boolean'
const isInstant: Check = (value) => typeof value === 'number' && Math.abs(value) <= 8.64e15
const isInstantOrNull: Check = (value) => value === null || isInstant(value)
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const isTextOrNull: Check = (value) => value === null || isText(value)
const absentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const ENTRY: Readonly<Record<string, Check>> = {
  cursor: isText,
  url: isText,
  selector: (value) => isText(value) && value !== RULE_SELECTOR,
  variant: isText,
  createdAt: isInstant,
  reclaimAt: isInstantOrNull,
  expiresAt: isInstantOrNull,
  basis: isText,
  tags: (value) => Array.isArray(value) && value.length <= 1000 && value.every(isText),
  size: isCount,
  envelope: isObject,
}

const RECORD: Readonly<Record<string, Check>> = {
  method: (value) => isText(value) && /^[!#$%&'*+.^_`|~\w-]+$/.test(String(value)),
  url: (value) => isText(value) && URL.canParse(String(value)),
  status: (value) => isCount(value) && Number(value) >= 200 && Number(value) <= 599,
  statusText: (value) => isText(value) && isFieldValue(String(value)),
  fields: (value) => isText(value) && areFields(String(value)),
  requestTime: isInstant,
  responseTime: isInstant,
  selecting: (value) => isObject(value) && Object.values(value).every(isTextOrNull),
  identity: isTextOrNull,
  lifetime: absentOr(
    (value) => isObject(value) && ('for' in value ? isAmount(value['for']) : isInstant(value['until'])),
  ),
  decoded: isFlag,
  bodyless: isFlag,
  type: absentOr((value) => value === 'basic' || value === 'cors'),
  invalid: isFlag,
  followedTo: absentOr(isText),
  part: absentOr((value) => isObject(value) && [value['start'], value['end'], value['size']].every(isCount)),
}

const isAmount: Check = (value) => value === null || Number.isFinite(value)

/** Fetch, "header value". */
const isFieldValue = (text: string): boolean => /^[^\0\r\n\u0100-\uffff]*$/.test(text)

const areFields = (text: string): boolean =>
  text === '' || text.split('\n').every((line) => /^[!#$%&'*+.^_`|~\w-]+:/.test(line) && isFieldValue(line))

/** The first member that is not as it must be. */
const wrong = (value: Members, table: Readonly<Record<string, Check>>): string | undefined =>
  Object.keys(table).find((name) => !table[name]?.(Object.hasOwn(value, name) ? value[name] : undefined))

/** Or what is wrong with it. */
export function describeEntry(value: Members): Described | string {
  const member = wrong(value, ENTRY)
  if (member !== undefined) return `${member} is not as in an export`
  // Checked just now.
  const { cursor, url, selector, size, ...rest } = value as unknown as Meta & Omit<Key, 'namespace'> & Described
  const { basis, createdAt, envelope, expiresAt, reclaimAt, tags, variant } = rest
  const labels = { variant, createdAt, reclaimAt, expiresAt, basis, tags: [...new Set(tags)] }
  const key = { namespace: 'http', url, selector }
  const found = { cursor, key, meta: { ...labels, envelope }, size }
  if (typeof envelope['v'] === 'number' && envelope['v'] !== RECORD_VERSION) return { ...found, record: undefined }
  const broken = wrong(envelope, RECORD)
  const record = broken === undefined ? decodeRecord(envelope) : undefined
  if (!record) return `${broken ?? 'v'} of the envelope is not as in an export`
  const { part } = record
  if (part && (part.end - part.start !== size || part.end > part.size)) return 'part does not fit the size'
  return { ...found, meta: { ...labels, envelope: known(record) }, record }
}

/** Without members that no release wrote. */
function known(record: ResponseRecord): Envelope {
  return Object.fromEntries(
    Object.entries(encodeRecord(record)).filter(([name]) => name === 'v' || Object.hasOwn(RECORD, name)),
  )
}

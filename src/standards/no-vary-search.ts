/** No-Vary-Search (draft-ietf-httpbis-no-vary-search) */
import { parseDictionary } from './structured-fields.ts'
import type { Member } from './structured-fields.ts'

/** Which differences between two queries do not count. */
export interface NoVarySearch {
  /** True: the order of the parameters, but not that of repeated ones. */
  readonly keyOrder: boolean
  /** True: all parameters but those in `except`; a list: these, decoded. */
  readonly params: boolean | readonly string[]
  readonly except: readonly string[]
}

/** Undefined where every difference counts: no field, one that violates the draft, or one that says so. */
export function parseNoVarySearch(value: string | null): NoVarySearch | undefined {
  const members = parseDictionary(value ?? '')
  const excepting = members?.get('except')
  const keyOrder = truth(members?.get('key-order'))
  const params = truth(members?.get('params')) ?? names(members?.get('params'))
  const except = excepting ? names(excepting) : []
  if (keyOrder === undefined || params === undefined || !except || (excepting && params !== true)) return undefined
  const differs = keyOrder || (typeof params === 'boolean' ? params : params.length > 0)
  return differs ? { keyOrder, params, except } : undefined
}

/** The URL that stands for all that are equivalent to it under the rule. The fragment goes. */
export function simplifySearch(url: string, { keyOrder, params, except }: NoVarySearch): string {
  const [, base = '', search = ''] = /^([^?#]*)(\?[^#]*)?/.exec(url) ?? []
  const listed = new Set(params === true ? except : params || [])
  const counts = ([name]: [string, string]): boolean => listed.has(name) === (params === true)
  const kept = new URLSearchParams([...new URLSearchParams(search)].filter(counts))
  if (keyOrder) kept.sort()
  const simplified = kept.toString()
  return simplified === '' ? base : `${base}?${simplified}`
}

/** False where it is absent, undefined where it is no boolean. */
function truth(member: Member | undefined): boolean | undefined {
  if (!member) return false
  return member.type === 'boolean' ? member.value : undefined
}

/** An inner list of strings, each read like the name in a query, so that it can hold what is not ASCII. */
function names(member: Member | undefined): string[] | undefined {
  if (member?.type !== 'list' || member.value.some(({ type }) => type !== 'string')) return undefined
  return member.value.map(({ value }) => new URLSearchParams(`=${String(value).replaceAll('&', '%26')}`).get('') ?? '')
}

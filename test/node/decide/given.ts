/** What decisions are made from: a stored response of some age, a policy, a request. */
import type { Policy } from '../../../src/policy.ts'
import type { ResponseRecord, Stored } from '../../../src/record.ts'
import { fieldReader } from '../../../src/record.ts'
import type { RequestFacts } from '../../../src/rfc9111/messages.ts'
import { requestFacts, responseFacts } from '../../../src/rfc9111/messages.ts'
import type { Presented } from '../../../src/select.ts'
import type { Entry } from '../../../src/store.ts'

export const NOW = Date.UTC(2026, 0, 1)
export const cc = (value: string): Record<string, string> => ({ 'cache-control': value })

export function request(headers: HeadersInit = {}, method = 'GET'): RequestFacts {
  return requestFacts(method, 'https://example.org/a', new Headers(headers))
}

export interface StoredOptions {
  readonly status?: number
  /** Seconds since it was received. */
  readonly since?: number
  readonly record?: Partial<ResponseRecord>
}

export function stored(headers: Record<string, string> = {}, options: StoredOptions = {}): Stored {
  const { record: given = {}, since = 0, status = 200 } = options
  const received = NOW - since * 1000
  const record: ResponseRecord = {
    method: 'GET',
    url: 'https://example.org/a',
    status,
    statusText: '',
    fields: Object.entries(headers),
    requestTime: received,
    responseTime: received,
    selecting: {},
    identity: '',
    decoded: false,
    bodyless: false,
    invalid: false,
    ...given,
  }
  const entry: Entry = {
    key: { namespace: 'http', url: record.url, selector: '' },
    meta: { variant: '', createdAt: received, reclaimAt: null, expiresAt: null, basis: '', tags: [], envelope: {} },
    version: '1',
    size: 0,
    open: () => Promise.reject(new Error('no body is asked for')),
  }
  return { entry, record, facts: responseFacts(status, fieldReader(record.fields), record) }
}

export function policy(given: Partial<Policy> = {}): Policy {
  return {
    mode: 'default',
    shared: false,
    targeted: undefined,
    cacheControl: true,
    methods: new Set(['GET', 'HEAD']),
    codes: new Set([200]),
    requestLifetime: undefined,
    ruleLifetime: undefined,
    cacheLifetime: undefined,
    staleWhileRevalidate: undefined,
    staleIfError: undefined,
    onlyIfCached: false,
    alwaysRevalidate: false,
    matchHeaders: [],
    tags: [],
    noVarySearch: undefined,
    readOnly: false,
    filter: undefined,
    taped: false,
    basis: '',
    ...given,
  }
}

export function presented(headers: HeadersInit = {}, given: Partial<Presented> = {}): Presented {
  const fields = new Headers(headers)
  return {
    method: 'GET',
    identity: '',
    follows: true,
    range: null,
    selecting: (names) => Object.fromEntries(names.map((name) => [name, fields.get(name)])),
    ...given,
  }
}

/** Arguments, as Web IDL converts them: callers without types may give anything. */
import type { FetchInput } from '../cache.ts'
import type { CacheQueryOptions } from './types.ts'

/** Throws TypeError where there are fewer. */
export function required(given: readonly unknown[], count: number, method: string): void {
  if (given.length < count) throw new TypeError(`${method}: ${count} argument(s) required, ${given.length} given`)
}

/** Throws TypeError for what makes no request. */
export function requestOf(input: FetchInput): Request {
  if (input instanceof Request) return input
  // Of another implementation, which the constructor below would take for text.
  if (isRequest(input)) return new Request(input.url, { method: input.method, headers: input.headers })
  return new Request(`${input}`)
}

const isRequest = (input: unknown): input is Request =>
  isObject(input) &&
  typeof input['url'] === 'string' &&
  typeof input['method'] === 'string' &&
  isObject(input['headers'])

/** Throws TypeError; another implementation's counts. */
export function checkResponse(value: unknown): asserts value is Response {
  if (!isObject(value) || typeof value['status'] !== 'number' || !isObject(value['headers']))
    throw new TypeError('the response is no Response')
}

/** Throws TypeError for what is no object. */
export function queryOptions(given: CacheQueryOptions | null | undefined): CacheQueryOptions {
  if (given === undefined || given === null) return {}
  if (!isObject(given)) throw new TypeError('the options are no object')
  const { ignoreMethod, ignoreSearch, ignoreVary } = given
  return { ignoreMethod: Boolean(ignoreMethod), ignoreSearch: Boolean(ignoreSearch), ignoreVary: Boolean(ignoreVary) }
}

/** A request that can't have been stored is looked up in vain. */
export const isFor = (request: Request, { ignoreMethod }: CacheQueryOptions): boolean =>
  request.method === 'GET' || ignoreMethod === true

const isObject = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

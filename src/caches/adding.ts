/** The standard's `addAll` (§5.4.4). */
import { checkResponse } from './webidl.ts'
import type { Fetch } from '../exchange/upstream.ts'
import type { RequestResponseList } from './list.ts'
import { supersedes, varyOf } from './matching.ts'
import type { Item } from './record.ts'

/** Throws TypeError for what can't be stored under a request. */
export function checkRequest({ method, url }: Request): void {
  if (!/^https?:/.test(url)) throw new TypeError(`the scheme of ${url} is neither http nor https`)
  if (method !== 'GET') throw new TypeError(`the method is ${method}, not GET`)
}

/** Throws TypeError for what must not be stored, or can't be. */
export function checkStorable(response: unknown): asserts response is Response {
  checkResponse(response)
  const { headers, status, type } = response
  if (status === 206) throw new TypeError('the response is a 206, a part')
  if (varyOf([...headers]).includes('*')) throw new TypeError('the response varies by *')
  if (type === 'opaque' || type === 'opaqueredirect') throw new TypeError(`the response is ${type}, not to be read`)
  if (type !== 'error' && (status < 200 || status > 599)) throw new TypeError(`the status ${status} can't be kept`)
}

export async function addAll(list: RequestResponseList, requests: readonly Request[], fetch: Fetch): Promise<void> {
  const controller = new AbortController()
  const get = (request: Request): Promise<Response> => fetched(request, fetch, controller.signal)
  const [first] = requests
  if (!first) return
  if (requests.length === 1) return list.put(first, await get(first))
  const batch = crypto.randomUUID()
  const staged: Item[] = []
  let failure: { readonly error: unknown } | undefined
  await Promise.all(
    requests.map(async (request, index) => {
      try {
        staged[index] = await list.stage(request, await get(request), batch, index)
      } catch (error) {
        // What the others fail with is only that they were aborted.
        failure ??= { error }
        controller.abort()
      }
    }),
  )
  try {
    if (failure) throw failure.error
    checkDuplicates(staged)
    await list.commit(batch, staged)
  } catch (error) {
    await list.abandon(staged.filter((item) => item !== undefined))
    throw error
  }
}

/** Rejects with AbortError, or TypeError, of which a failing network is one. */
async function fetched(request: Request, fetch: Fetch, aborted: AbortSignal): Promise<Response> {
  const response = await fetch(new Request(request, { signal: AbortSignal.any([request.signal, aborted]) })).catch(
    (error: unknown) => {
      if (request.signal.aborted) throw new DOMException('the request was aborted', 'AbortError')
      throw error instanceof TypeError ? error : new TypeError(`no response for ${request.url}`, { cause: error })
    },
  )
  try {
    checkStorable(response)
    if (response.type === 'error' || !response.ok) throw new TypeError(`${request.url} gave ${response.status}`)
    return response
  } catch (error) {
    response.body?.cancel(error).catch(() => {})
    throw error
  }
}

/** "Batch Cache Operations": each is held against those before it, and so by their Vary. */
function checkDuplicates(items: readonly Item[]): void {
  const double = items.find((item, index) => items.slice(0, index).some((earlier) => supersedes(item, earlier)))
  if (double) throw new DOMException(`${double.request.url} would be added twice`, 'InvalidStateError')
}

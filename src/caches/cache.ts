/** The standard's `Cache` (§5.4). */
import type { FetchInput } from '../cache.ts'
import { hasCode } from '../errors.ts'
import { addAll, checkRequest, checkStorable } from './adding.ts'
import { lateBody, openBody } from './body.ts'
import { refuseReadOnly } from './context.ts'
import type { Context } from './context.ts'
import { translated } from './errors.ts'
import type { RequestResponseList } from './list.ts'
import { requestFrom, responseFrom } from './record.ts'
import type { Item } from './record.ts'
import type { CacheLike, CacheQueryOptions } from './types.ts'
import { isFor, queryOptions, requestOf, required } from './webidl.ts'

/** As many bodies are open at a time for one call; those of larger answers are opened as they are read. */
const OPEN = 64
/** How often an entry is looked for again that another process replaced just when it was to be opened. */
const TRIES = 3

/** A class, for its objects tell what they are by it. */
export class StoredCache implements CacheLike {
  readonly #list: RequestResponseList
  readonly #context: Context

  constructor(list: RequestResponseList, context: Context) {
    this.#list = list
    this.#context = context
  }

  get [Symbol.toStringTag](): string {
    return 'Cache'
  }

  match(...given: [request: FetchInput, options?: CacheQueryOptions]): Promise<Response | undefined> {
    return translated(async () => {
      required(given, 1, 'Cache.match')
      return firstMatch(this.#list, this.#context, ...given)
    })
  }

  matchAll(request?: FetchInput, options?: CacheQueryOptions): Promise<readonly Response[]> {
    return translated(async () => {
      const found = await this.#query(request, options)
      const few = found.length <= OPEN
      const open = (item: Item): ReturnType<typeof openBody> | ReturnType<typeof lateBody> =>
        few ? openBody(item).catch(() => lateBody(item)) : lateBody(item)
      const { now } = this.#context
      return Object.freeze(await Promise.all(found.map(async (item) => responseFrom(item, await open(item), now))))
    })
  }

  add(...given: [request: FetchInput]): Promise<undefined> {
    return translated(async () => {
      required(given, 1, 'Cache.add')
      return this.#addAll(given)
    })
  }

  addAll(...given: [requests: Iterable<FetchInput>]): Promise<undefined> {
    return translated(async () => {
      required(given, 1, 'Cache.addAll')
      return this.#addAll([...given[0]])
    })
  }

  put(...given: [request: FetchInput, response: Response]): Promise<undefined> {
    return translated(async () => {
      required(given, 2, 'Cache.put')
      const request = requestOf(given[0])
      checkRequest(request)
      checkStorable(given[1])
      await this.#list.put(request, given[1])
      return undefined
    })
  }

  delete(...given: [request: FetchInput, options?: CacheQueryOptions]): Promise<boolean> {
    return translated(async () => {
      required(given, 1, 'Cache.delete')
      const options = queryOptions(given[1])
      const request = requestOf(given[0])
      return isFor(request, options) && this.#list.remove(request, options)
    })
  }

  keys(request?: FetchInput, options?: CacheQueryOptions): Promise<readonly Request[]> {
    return translated(async () => Object.freeze((await this.#query(request, options)).map(requestFrom)))
  }

  async #query(input: FetchInput | undefined, given: CacheQueryOptions | undefined): Promise<readonly Item[]> {
    const options = queryOptions(given)
    const request = input === undefined ? undefined : requestOf(input)
    return request && !isFor(request, options) ? [] : this.#list.query(request, options)
  }

  async #addAll(inputs: readonly FetchInput[]): Promise<undefined> {
    refuseReadOnly(this.#context)
    // §5.4.4 3: what is wrong with any of them is said before anything is fetched.
    const requests = inputs.map(requestOf)
    requests.forEach(checkRequest)
    await addAll(this.#list, requests, this.#context.fetch())
    return undefined
  }
}

export async function firstMatch(
  list: RequestResponseList,
  { now }: Context,
  input: FetchInput,
  given?: CacheQueryOptions,
): Promise<Response | undefined> {
  const options = queryOptions(given)
  const request = requestOf(input)
  if (!isFor(request, options)) return undefined
  for (let tries = 1; ; tries++) {
    const [item] = await list.query(request, options)
    try {
      return item && responseFrom(item, await openBody(item), now)
    } catch (error) {
      if (!hasCode(error, 'gone') || tries === TRIES) throw error
    }
  }
}

/** What a response knows of its way through the cache, without being less of a `Response`. */

/** What stowaway adds to a `Response`; `clone()` keeps it. */
export interface CachedProperties {
  /** Whether the body came from the store: true for a hit, stale or not, and for one that was revalidated. */
  readonly fromCache: boolean
  /** When it was first stored; `null` when it neither came from the store nor goes there. */
  readonly createdAt: Date | null
  /** When it stops being fresh; `null`: never, or not stored. */
  readonly expires: Date | null
  /** Whether it came from the store and is not fresh, at the moment of asking. */
  readonly isExpired: boolean
  /** Whether the origin confirmed it for this very call (304). */
  readonly revalidated: boolean
  /** What it is stored under, printable and without secrets; `null` when the cache had no part in it. */
  readonly cacheKey: string | null
}

/** A `Response`, of whatever class the underlying fetch gives, with what stowaway knows of it. */
export type CachedResponse = Response & CachedProperties

export interface ResponseInfo {
  readonly fromCache: boolean
  readonly createdAt: number | null
  /** ms since the epoch; Infinity: never. */
  readonly expires: number | null
  readonly revalidated: boolean
  readonly cacheKey: string | null
  readonly now: () => number
  /** What the constructor of `Response` can't be told; undefined leaves what the response itself says. */
  readonly url?: string | undefined
  readonly redirected?: boolean | undefined
  /** The member appended to the Cache-Status of a response that can't be rebuilt. */
  readonly cacheStatus?: string | undefined
}

const infos = new WeakMap<Response, ResponseInfo>()
const shownHeaders = new WeakMap<Response, Headers>()

/** Instants as `Date`, which has no Infinity. */
const date = (ms: number | null): Date | null => (ms === null || !Number.isFinite(ms) ? null : new Date(ms))

const properties: PropertyDescriptorMap & ThisType<Response> = {
  ...getters({
    fromCache: ({ fromCache }) => fromCache,
    createdAt: ({ createdAt }) => date(createdAt),
    expires: ({ expires }) => date(expires),
    isExpired: ({ expires, fromCache, now }) => fromCache && expires !== null && now() >= expires,
    revalidated: ({ revalidated }) => revalidated,
    cacheKey: ({ cacheKey }) => cacheKey,
  }),
}

function getters(read: Record<string, (info: ResponseInfo) => unknown>): PropertyDescriptorMap {
  const descriptors: PropertyDescriptorMap = {}
  for (const [name, get] of Object.entries(read)) {
    descriptors[name] = {
      configurable: true,
      enumerable: true,
      get(this: Response): unknown {
        const info = infos.get(this)
        return info && get(info)
      },
    }
  }
  return descriptors
}

/** Overrides of what `Response` itself has, for a class or an object whose own answers come from `base`. */
function overrides(base: object): PropertyDescriptorMap {
  const native = (name: string): ((this: Response) => unknown) => {
    for (let at: object | null = base; at; at = Object.getPrototypeOf(at)) {
      const found = Object.getOwnPropertyDescriptor(at, name)
      if (found) return found.get ?? (() => found.value)
    }
    return () => undefined
  }
  const [url, redirected, headers, clone] = [native('url'), native('redirected'), native('headers'), native('clone')]
  return {
    url: { configurable: true, enumerable: true, get(this: Response) { return infos.get(this)?.url ?? url.call(this) } },
    redirected: { configurable: true, enumerable: true, get(this: Response) { return infos.get(this)?.redirected ?? redirected.call(this) } },
    headers: { configurable: true, enumerable: true, get(this: Response) { return shown(this, headers) } },
    clone: {
      configurable: true,
      writable: true,
      value(this: Response): Response {
        // What the class's own `clone` returns.
        const copy = (clone.call(this) as () => Response).call(this)
        const info = infos.get(this)
        return info ? decorate(copy, info) : copy
      },
    },
  }
}

/** The headers with our Cache-Status, where they could not be given to the constructor. */
function shown(response: Response, headers: (this: Response) => unknown): Headers {
  // The getter of a `Response`.
  const own = headers.call(response) as Headers
  const status = infos.get(response)?.cacheStatus
  if (status === undefined) return own
  let copy = shownHeaders.get(response)
  if (!copy) {
    copy = new Headers(own)
    copy.append('cache-status', status)
    shownHeaders.set(response, copy)
  }
  return copy
}

const prototype: object = Object.create(Response.prototype, { ...properties, ...overrides(Response.prototype) })

/** Adds the properties. Changing the prototype costs nothing measurable; defining them on each response doubles a hit. */
export function decorate(response: Response, info: ResponseInfo): CachedResponse {
  infos.set(response, info)
  const base: object = Object.getPrototypeOf(response)
  if (base === Response.prototype) Object.setPrototypeOf(response, prototype)
  // Another implementation's Response, or a subclass: its own prototype stays.
  else if (base !== prototype) Object.defineProperties(response, { ...properties, ...overrides(base) })
  // The members were defined just above.
  return response as CachedResponse
}

/** For the last of several hops. */
export function overrideUrl(response: CachedResponse, url: string, redirected: boolean): CachedResponse {
  const info = infos.get(response)
  return info ? decorate(response, { ...info, url: url.replace(/#.*/s, ''), redirected }) : response
}

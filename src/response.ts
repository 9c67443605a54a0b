/** What a response knows of its way through the cache, without being less of a `Response`. */
import { withoutFragment } from './key/url.ts'

/** What stowaway adds to a `Response`; `clone()` keeps it. */
export interface CachedProperties {
  /** Whether it came from here: true for a hit, stale or not, for one that was revalidated, and for a 504 of `onlyIfCached`. */
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
  readonly type?: Response['type'] | undefined
  /** The member appended to the Cache-Status of a response that can't be rebuilt. */
  readonly cacheStatus?: string | undefined
}

const infos = new WeakMap<Response, ResponseInfo>()
const shownHeaders = new WeakMap<Response, Headers>()

/** Instants as `Date`, which has no Infinity. */
const date = (ms: number | null): Date | null => (ms === null || !Number.isFinite(ms) ? null : new Date(ms))

const getter = (get: (this: Response) => unknown): PropertyDescriptor => ({ configurable: true, enumerable: true, get })

function known(read: (info: ResponseInfo) => unknown): PropertyDescriptor {
  return getter(function () {
    const info = infos.get(this)
    return info && read(info)
  })
}

const properties: PropertyDescriptorMap = {
  fromCache: known(({ fromCache }) => fromCache),
  createdAt: known(({ createdAt }) => date(createdAt)),
  expires: known(({ expires }) => date(expires)),
  isExpired: known(({ expires, fromCache, now }) => fromCache && expires !== null && now() >= expires),
  revalidated: known(({ revalidated }) => revalidated),
  cacheKey: known(({ cacheKey }) => cacheKey),
}

/** What `Response` itself has, where we know better than the class below. */
function overrides(base: object): PropertyDescriptorMap {
  const own = (name: 'url' | 'redirected' | 'type' | 'headers' | 'clone', self: Response): unknown =>
    Reflect.get(base, name, self)
  return {
    url: getter(function () {
      return infos.get(this)?.url ?? own('url', this)
    }),
    redirected: getter(function () {
      return infos.get(this)?.redirected ?? own('redirected', this)
    }),
    type: getter(function () {
      return infos.get(this)?.type ?? own('type', this)
    }),
    headers: getter(function () {
      // What every `Response` has there.
      return shown(this, own('headers', this) as Headers)
    }),
    clone: {
      configurable: true,
      writable: true,
      value(this: Response): Response {
        // The method of the class below.
        const copy = (own('clone', this) as () => Response).call(this)
        const info = infos.get(this)
        return info ? decorate(copy, info) : copy
      },
    },
  }
}

/** The headers with our Cache-Status, where they could not be given to the constructor. */
function shown(response: Response, own: Headers): Headers {
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

// `Object.create` is typed as giving anything.
const prototype = Object.create(Response.prototype, { ...properties, ...overrides(Response.prototype) }) as object

/** Adds the properties. Changing the prototype costs nothing measurable; defining them on each response doubles a hit. */
export function decorate(response: Response, info: ResponseInfo): CachedResponse {
  const again = infos.has(response)
  infos.set(response, info)
  const base = Reflect.getPrototypeOf(response)
  if (base === Response.prototype) Object.setPrototypeOf(response, prototype)
  // Another implementation's Response, or a subclass: its own prototype stays, and what it keeps in the object itself.
  else if (!again && base !== prototype) {
    // `Object.create` is typed as giving anything.
    const below = Object.create(base, Object.getOwnPropertyDescriptors(response)) as object
    Object.defineProperties(response, { ...properties, ...overrides(below) })
  }
  // The members were defined just above, or by an earlier call.
  return response as CachedResponse
}

/** For the last of several hops. */
export function overrideUrl(response: CachedResponse, url: string, redirected: boolean): CachedResponse {
  const info = infos.get(response)
  return info ? decorate(response, { ...info, url: withoutFragment(url), redirected }) : response
}

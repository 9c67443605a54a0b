/** What a response knows of its way through the cache, without being less of a `Response`. */
import { withoutFragment } from './key/url.ts'
import { parseDuration, parseLifetime } from './options/duration.ts'
import type { Duration } from './options/duration.ts'

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
  /** Seconds since the origin gave or confirmed it, whole, at the moment of asking (RFC 9111 §4.2.3); `null` where the cache keeps none. */
  readonly age: number | null
  /** Seconds until it stops being fresh, rounded, at the moment of asking; negative when that was before. `null` as for `expires`. */
  readonly expiresDelta: number | null
  /** `expires` in seconds since the epoch, rounded. */
  readonly expiresUnix: number | null
  /** Bytes of the stored body; `null` where it did not come from the store. */
  readonly size: number | null
  /** How long the origin took to begin its answer, in ms: now, or when what is stored came. `null`: it was made here. */
  readonly elapsed: number | null
  /** Why it was answered like this: what let the stored response be used, or why the origin was asked. As in `explain`. */
  readonly why: string
  /** The redirects that led here, in order, each as it was answered, without its body. */
  readonly history: readonly CachedResponse[]
  /** As `Response` has it, with all of this. */
  clone(): CachedResponse
  /** Whether it was first stored longer ago than that, or before that date; false for what is not stored. Throws `invalid-duration`. */
  isOlderThan(time: Duration | Date): boolean
  /** What it is stored under, printable and without secrets; `null` when the cache had no part in it. */
  readonly cacheKey: string | null
}

/** A `Response`, of whatever class the underlying fetch gives, with what stowaway knows of it. */
export type CachedResponse = CachedProperties & Response

export interface ResponseInfo {
  readonly fromCache: boolean
  readonly createdAt: number | null
  /** ms since the epoch; Infinity: never. */
  readonly expires: number | null
  readonly revalidated: boolean
  readonly cacheKey: string | null
  readonly now: () => number
  /** When its age was 0, in ms since the epoch. */
  readonly born: number | null
  /** ms */
  readonly elapsed: number | null
  /** bytes */
  readonly size: number | null
  readonly why: string
  readonly history?: readonly CachedResponse[]
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

/** Whole ones. */
const seconds = (ms: number | null): number | null =>
  ms === null || !Number.isFinite(ms) ? null : Math.round(ms / 1000)

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
  age: known(({ born, now }) => (born === null ? null : Math.max(0, Math.floor((now() - born) / 1000)))),
  expiresDelta: known(({ expires, now }) => seconds(expires === null ? null : expires - now())),
  expiresUnix: known(({ expires }) => seconds(expires)),
  size: known(({ size }) => size),
  elapsed: known(({ elapsed }) => elapsed),
  why: known(({ why }) => why),
  history: known(({ history = NOTHING }) => history),
  isOlderThan: {
    configurable: true,
    writable: true,
    value(this: Response, time: Duration | Date): boolean {
      const info = infos.get(this)
      const before = time instanceof Date ? instantOf(time) : (info?.now() ?? 0) - parseDuration('isOlderThan', time)
      return (info?.createdAt ?? Infinity) < before
    },
  },
}

const NOTHING: readonly CachedResponse[] = Object.freeze([])

function instantOf(time: Date): number {
  const parsed = parseLifetime('isOlderThan', time)
  return typeof parsed === 'object' && 'until' in parsed ? parsed.until : Infinity
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
export function ofRedirects(response: CachedResponse, url: string, history: readonly CachedResponse[]): CachedResponse {
  const info = infos.get(response)
  if (!info) return response
  // A runtime that followed by itself says where it got to.
  const moved = response.redirected ? {} : { url: withoutFragment(url), redirected: true }
  return decorate(response, { ...info, ...moved, history: Object.freeze([...history]) })
}

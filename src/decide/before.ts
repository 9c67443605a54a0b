/** Which action follows from what is stored, before any network. Pure: the exchange only does what is decided here. */
import { hasValidator } from '../rfc9111/4-3-validating.ts'
import { acceptsStale, mustValidate } from '../rfc9111/4-reusing.ts'
import type { RequestFacts } from '../rfc9111/messages.ts'
import { isFresh, lifeOf } from '../policy.ts'
import type { Life, Policy } from '../policy.ts'
import type { Stored } from '../record.ts'
import type { FieldReader } from '../standards/fields.ts'
import { select } from '../select.ts'
import type { Presented } from '../select.ts'
import { forbidsStaleUse, ifError, isConditional, whileRevalidating } from './staleness.ts'

/** RFC 9211 §2.2 */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial'

export type Before =
  /** Serve the stored response; `refresh`: and validate it behind the caller's back (RFC 5861 §3). */
  | {
      readonly do: 'reuse'
      readonly stored: Stored
      readonly life: Life
      readonly stale: boolean
      readonly refresh: boolean
      readonly why: string
    }
  /** Ask the origin whether the stored response still holds. */
  | {
      readonly do: 'validate'
      readonly stored: Stored
      readonly life: Life
      readonly fwd: ForwardReason
      readonly why: string
    }
  /** Ask the origin for a response; `stored` is what may stand in for it when that fails. */
  | {
      readonly do: 'forward'
      readonly stored?: Stored
      readonly life?: Life
      readonly fwd: ForwardReason
      readonly why: string
    }
  /** 504 (§5.2.1.7), or for `RequestInit.cache: 'only-if-cached'` a network error. */
  | { readonly do: 'refuse'; readonly why: string }

/** What was decided where the origin is to be asked. */
export type Asking = Extract<Before, { readonly do: 'validate' | 'forward' }>

export function before(
  request: RequestFacts,
  presented: Presented,
  candidates: readonly Stored[],
  policy: Policy,
  now: number,
): Before {
  const { mode } = policy
  const stored = mode === 'reload' || isForOrigin(request) ? undefined : select(mayReuse(candidates, policy), presented)
  const onlyCached = isOnlyCached(request, policy)
  if (!stored) {
    if (onlyCached) return { do: 'refuse', why: 'only-if-cached: nothing stored that matches' }
    if (mode === 'reload') return { do: 'forward', fwd: 'request', why: 'reload' }
    if (isForOrigin(request)) return { do: 'forward', fwd: 'request', why: 'RFC 9110 §13.1 condition for the origin' }
    return { do: 'forward', fwd: candidates.length > 0 ? 'vary-miss' : 'uri-miss', why: 'nothing stored that matches' }
  }
  const life = lifeOf(stored, policy, now)
  const fresh = isFresh(life)
  const reuse = (why: string, refresh = false): Before => ({ do: 'reuse', stored, life, stale: !fresh, refresh, why })
  if (mode === 'force-cache' || mode === 'only-if-cached') return reuse(mode)
  // The RFC only forbids to store; who says this wants the origin's answer, as with the mode of that name.
  if (request.cacheControl.noStore) {
    const why = '§5.2.1.5 no-store'
    return onlyCached ? { do: 'refuse', why } : { do: 'forward', fwd: 'request', why }
  }

  const asked = mode === 'no-cache' && !onlyCached ? 'no-cache' : undefined
  const reason =
    asked ??
    mustValidate(
      onlyCached ? { ...request.cacheControl, noCache: false } : request.cacheControl,
      respected(stored, policy),
      life,
    )
  if (fresh && reason === undefined && !(policy.alwaysRevalidate && !onlyCached && hasValidator(stored.facts)))
    return reuse('fresh')
  if (!fresh && reason === undefined) {
    const staleFor = life.age - life.lifetime
    const allowed = !forbidsStaleUse(stored, policy)
    if (allowed && staleFor <= whileRevalidating(request, stored, policy))
      // A refresh that can't be kept would be asked for again and again.
      return reuse('RFC 5861 §3 stale-while-revalidate', !onlyCached && !policy.readOnly)
    if (allowed && acceptsStale(request.cacheControl, staleFor)) return reuse('§5.2.1.2 max-stale')
    if (onlyCached && allowed && staleFor <= ifError(request, stored, policy))
      return reuse('RFC 5861 §4 stale-if-error')
  }
  if (onlyCached) return { do: 'refuse', why: 'only-if-cached: what is stored would have to be validated' }
  const why = reason ?? (fresh ? 'alwaysRevalidate' : stored.record.invalid ? '§4.3.5 invalidated' : '§4.2 stale')
  const fwd = fresh ? 'request' : 'stale'
  const validates = hasValidator(stored.facts) && !isConditional(request)
  return { do: validates ? 'validate' : 'forward', stored, life, fwd, why }
}

/** Whether the origin may not be asked, whatever is stored. */
export function isOnlyCached({ cacheControl }: RequestFacts, { mode, onlyIfCached }: Policy): boolean {
  return onlyIfCached || cacheControl.onlyIfCached || mode === 'only-if-cached'
}

/** What must not have been stored at all: an update, or another cache on the same store, can bring it about. */
function mayReuse(candidates: readonly Stored[], { cacheControl, shared, taped }: Policy): readonly Stored[] {
  if (taped) return candidates
  return candidates.filter(
    ({ facts: { cacheControl: said, fields, vary } }) =>
      !(shared && isPrivate(said.private, fields)) &&
      !(cacheControl && said.noStore && !said.mustUnderstand) &&
      !vary.includes('*'),
  )
}

/** §5.2.2.7. What a shared cache stores has none of the fields that are listed. */
function isPrivate(said: boolean | readonly string[], fields: FieldReader): boolean {
  return typeof said === 'boolean' ? said : said.some((name) => fields.get(name) !== null)
}

/** RFC 9111 §4.3.2: conditions that only the origin can evaluate. */
function isForOrigin({ fields }: RequestFacts): boolean {
  return fields.get('if-match') !== null || fields.get('if-unmodified-since') !== null
}

/** What the stored response says of its reuse, as far as the developer lets it. */
function respected({ facts }: Stored, { cacheControl }: Policy): { noCache: boolean | readonly string[] } {
  return { noCache: cacheControl && facts.cacheControl.noCache }
}

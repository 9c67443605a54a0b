/** Single responses, as `fetch` would find and store them; no origin is asked. */
import type { CachedRequestInit, FetchInput } from '../cache.ts'
import { before } from '../decide/before.ts'
import { readArguments } from '../engine.ts'
import { prepare } from '../exchange/call.ts'
import type { Call } from '../exchange/call.ts'
import { fromStore } from '../exchange/respond.ts'
import { createSecret } from '../exchange/secret.ts'
import type { Storage } from '../exchange/storage.ts'
import { refuse } from '../options/refuse.ts'
import { lifeOf } from '../policy.ts'
import type { Stored } from '../record.ts'
import { checkWritable, opened } from './context.ts'
import type { Context } from './context.ts'
import { alikeUrl, lookAt, refuseUrl } from './places.ts'
import type { Management } from './types.ts'

interface Found {
  readonly call: Call
  readonly stored: Stored
  readonly storage: Storage
}

export function createLookup(context: Context): Pick<Management, 'has' | 'match' | 'save'> {
  const { cache } = context.options

  /** `disabled` is about `fetch`. */
  async function called(
    input: FetchInput,
    given: CachedRequestInit | undefined,
    looks: boolean,
  ): Promise<Call | undefined> {
    const { asked, out } = readArguments(input, given)
    if (!out) return checkInput(input)
    const settings = { ...cache.settings, disabled: false }
    const options = { ...context.options, cache: { ...cache, settings } }
    // Looking makes no secret where there is none, and does not remember that there was none.
    const secret = createSecret(context.storage, context.now, context.report)
    const call = await prepare(out, asked, looks ? { ...options, digest: async () => secret(true) } : options)
    return 'bypass' in call ? undefined : call
  }

  async function find(input: FetchInput, init: CachedRequestInit | undefined): Promise<Found | undefined> {
    const storage = await opened(context)
    const call = await called(input, init, true)
    if (!call) return undefined
    const { key } = call.key
    let candidates = await lookAt(storage, key)
    const url = candidates.length === 0 ? await alikeUrl(storage, key) : undefined
    if (url !== undefined) candidates = await lookAt(storage, { ...key, url })
    const anyAge = { ...call.policy, mode: 'force-cache' } as const
    const action = before(call.request, call.presented, candidates, anyAge, context.now())
    return action.do === 'reuse' ? { call, storage, stored: action.stored } : undefined
  }

  return {
    has: async (input, init) => (await find(input, init)) !== undefined,

    async match(input, init) {
      const found = await find(input, init)
      if (!found) return undefined
      const { call, storage, stored } = found
      const life = lifeOf(stored, call.policy, context.now())
      const { now, report } = context
      const serving = { life, status: { hit: true }, why: 'match' } as const
      return fromStore(call, stored, serving, { now, report, storage: () => storage })
    },

    async save(input, response, init) {
      checkResponse(response)
      checkWritable(context, 'save')
      const storage = await opened(context)
      const call = await called(input, init, false)
      const network = await context.exchange.network()
      const candidates = call ? await lookAt(storage, call.key.key) : []
      if (call && !call.policy.readOnly) return network.take(call, response, { candidates, storage })
      response.body?.cancel().catch(() => {})
      return false
    },
  }
}

export function checkResponse(response: unknown): void {
  if (!isResponse(response) || response.bodyUsed || response.body?.locked)
    refuse('invalid-option', 'response', response, 'a Response whose body nobody has read')
}

/** What `fetch` would refuse, too; the rest has no place in a cache. */
export function checkInput(input: unknown): undefined {
  const base = typeof location === 'undefined' ? undefined : location.href
  const text = input instanceof Request ? input.url : typeof input === 'symbol' ? '' : String(input)
  if (!URL.canParse(text, base)) refuseUrl('input', input, 'an absolute URL, or a Request')
}

/** Another implementation's Response counts, too, so its class is not asked for. */
const isResponse = (value: unknown): value is Response =>
  typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'bodyUsed' in value

/** The key of a request with a body or with secrets. Loaded with the first. */
import { requestKey } from '../loaded.ts'
import { KEY_VERSION } from './key.ts'
import type { Draft, KeyRequest, KeySettings, RequestKey } from './key.ts'

/** Undefined where the body can't be read ahead. */
export async function hashedKey(
  request: KeyRequest,
  settings: KeySettings,
  draft: Draft,
): Promise<RequestKey | undefined> {
  let { selector, secrets } = draft
  if (!draft.empty) {
    const { canonicalBody, loadDigest } = await import('./body.ts')
    const body = await canonicalBody(request.body ?? '', request.headers, settings.ignored)
    if (!body) return undefined
    if (!settings.keyFn) selector += ` ${(await loadDigest())([KEY_VERSION, ...body.parts])}`
    if (body.secrets.length > 0 && !settings.anonymous) secrets = [...secrets, 'body', ...body.secrets]
  }
  const digest = secrets.length > 0 ? (await settings.digest())([KEY_VERSION, ...secrets]) : ''
  return requestKey(draft.url, selector, draft.mode && digest ? `${draft.mode} ${digest}` : draft.mode || digest)
}

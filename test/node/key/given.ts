import { loadDigest } from '../../../src/key/digest.ts'
import { type KeyRequest, type KeySettings, keyOf, type RequestKey } from '../../../src/key/key.ts'
import { ignoredNames } from '../../../src/key/redact.ts'

const digest = await loadDigest(new Uint8Array(32).map((_, index) => index))
export const settings: KeySettings = { ignored: ignoredNames(new Set(['session'])), digest: async () => digest }

export interface Given extends Omit<Partial<KeyRequest>, 'headers'> {
  readonly headers?: HeadersInit
}
export const request = ({ url = 'https://a.test/', method = 'GET', headers, ...rest }: Given): KeyRequest => ({
  method,
  url: new URL(url).href,
  headers: new Headers(headers),
  ...rest,
})

export async function keyFor(given: Given, more: Partial<KeySettings> = {}): Promise<RequestKey> {
  const key = await keyOf(request(given), { ...settings, ...more })
  if (!key) throw new Error('no key')
  return key
}
export const whole = async (given: Given, more?: Partial<KeySettings>): Promise<string> =>
  JSON.stringify(await keyFor(given, more))

/** A `cacheKey` read back; printed in key.ts. */
import type { Key } from '../store.ts'
import { KEY_VERSION } from './key.ts'

/** A custom text may look like a digest. */
const CUSTOM = /^(\d+) (custom:\S*) (.*)$/s
const OTHER = /^(\d+) (\S+(?: [\w-]{43})?) (\S+)$/

/** Undefined for what is no `cacheKey`; null for one of another version, under which nothing is stored. */
export function parseCacheKey(text: string): Key | null | undefined {
  const custom = CUSTOM.exec(text)
  const [, version, selector = '', url = ''] = custom ?? OTHER.exec(text) ?? []
  if (version === undefined) return undefined
  if (version !== KEY_VERSION) return null
  return {
    namespace: 'http',
    url: custom ? unprinted(url) : url,
    selector: selector === 'GET' ? '' : selector,
  }
}

const unprinted = (text: string): string =>
  text.replace(/\\u\{([\da-f]{1,6})\}/g, (escape, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code > 0x10ffff ? escape : String.fromCodePoint(code)
  })

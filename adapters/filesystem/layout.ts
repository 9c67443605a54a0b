import { createHash, randomBytes } from 'node:crypto'
import type { Key } from '../../src/store.ts'

/** Where the entries of one key are: `<root>/<shard>/<name>/`. Nothing of a key is in a path but as a digest. */
export interface Place {
  readonly shard: string
  readonly name: string
}

export const NAMESPACE: RegExp = /^(?:http|_[0-9a-f]{40})$/
export const SHARD: RegExp = /^[0-9a-f]{2}$/
export const FOLDER: RegExp = /^[0-9a-f]{40}(?:-[0-9a-f]{40})?$/
/** What a writer that died may have left. */
export const LEFTOVER: RegExp = /^(?:[0-9a-f]{16}\.(?:tmp|body)|lock)$/

const ID = /^[0-9a-z]{10}-([0-9a-f]{16})$/

// JSON keeps apart what joining or UTF-8 would confuse: parts with any separator in them, and lone surrogates.
export const digestOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)

export const namespaceFolder = (namespace: string): string =>
  namespace === 'http' ? 'http' : `_${digestOf(namespace)}`

/** The folders of a URL's keys share a shard and begin with the same digest, so that they can be found without the selector. */
export function placeOf(namespace: string, url: string, selector: string): Place {
  const name = digestOf(namespace, url)
  const shard = `${namespaceFolder(namespace)}/${name.slice(0, 2)}`
  return { shard, name: selector === '' ? name : `${name}-${digestOf(namespace, url, selector)}` }
}

export const placeOfKey = ({ namespace, url, selector }: Key): Place => placeOf(namespace, url, selector)

// Every system takes slashes, and `join` costs as much as a sixth of a look-up.
export const folderPath = (root: string, { shard, name }: Place): string => `${root}/${shard}/${name}`

export const newId = (): string => randomBytes(8).toString('hex')

/** Versions sort by when they were put. */
export const versionOf = (order: number, id: string): string => `${order.toString(36).padStart(10, '0')}-${id}`

export const orderOf = (version: string): number => Number.parseInt(version.slice(0, 10), 36)

export const isVersion = (value: unknown): value is string => typeof value === 'string' && ID.test(value)

export const bodyName = (version: string): string => `${version.slice(11)}.body`

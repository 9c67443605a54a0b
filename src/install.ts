/// <reference lib="esnext.disposable" preserve="true" />
/** A cache in the place of the global `fetch`: for all, or for what one function calls. */
import { APART, ambient } from './ambient.ts'
import type { Part } from './ambient.ts'
import { createCache, runtime } from './cache.ts'
import type { Cache } from './cache.ts'
import { describe } from './exchange/upstream.ts'
import type { Fetch } from './exchange/upstream.ts'
import { withoutFragment } from './key/url.ts'
import { entriesOf } from './options/members.ts'
import { refuse } from './options/refuse.ts'
import { compileMatch } from './options/rules.ts'
import type { CacheOptions, Match } from './options/types.ts'
import type { Scope } from './scope.ts'

export interface InstallOptions extends CacheOptions {
  /**
   * Requests that the cache has a part in, by the patterns of `rules`; any of them. All others go to the previous `fetch`
   * untouched. Default: all.
   */
  readonly only?: Match | readonly Match[]
}

/** A cache in the place of `globalThis.fetch`. `using` undoes that at the end of a block; `await using` closes the store as well. */
export interface Installed extends Cache {
  /** As `uninstallCache` does for this one, whatever was installed since. Doing so twice is no error. */
  uninstall(): void
  [Symbol.dispose](): void
}

interface Layer {
  readonly cache: Cache
  /** What stands in the place of `globalThis.fetch`. */
  readonly fetch: Fetch
  /** What stood there before. */
  previous: Fetch
  removed: boolean
  /** Only where its `enabled` runs. */
  readonly scoped: boolean
}

type Applies = (input: Parameters<Fetch>[0], init: RequestInit | undefined) => boolean

/** In the order in which they were put in place. */
const layers: Layer[] = []

const scope = (): Scope<Part> => ambient(runtime.asyncScope)

/** In engines without it, compiled `using` looks for this one. */
const DISPOSE: typeof Symbol.dispose =
  Symbol.dispose ??
  // There is no constant for a symbol that may be another.
  (Symbol.for('Symbol.dispose') as typeof Symbol.dispose)

/**
 * Puts a cache in the place of `globalThis.fetch`; the fetch underneath is what stood there before. Code that has kept a `fetch`
 * of its own from before is not reached. Installed twice, the later one comes first, and what it answers for, the earlier
 * one has no part in: nothing is cached twice, also not by a cache of `createCache` that fetches by way of this one.
 * Throws as `createCache` does.
 */
export function installCache(options: InstallOptions = {}): Installed {
  const layer = layerOf(options, false)
  put(layer)
  const uninstall = (): void => remove(layer)
  return Object.assign(layer.cache, {
    uninstall,
    [DISPOSE]: uninstall,
    async [Symbol.asyncDispose](): Promise<void> {
      uninstall()
      await layer.cache.close()
    },
  })
}

/**
 * Undoes the last `installCache`, by putting back what stood there before; without one it does nothing. The cache stays open:
 * its `fetch` goes on working. Where others have replaced `fetch` since, theirs stays, and of what it passes on nothing is
 * cached any more.
 */
export function uninstallCache(): void {
  const last = layers.findLast(({ scoped }) => !scoped)
  if (last) remove(last)
}

/** Whether a cache has a part in what `fetch` is asked here: one that is installed, and not within `disabled`, or one of `enabled`. */
export function isInstalled(): boolean {
  return getCache() !== undefined
}

/** The cache that `fetch` goes through here; of several the innermost. Undefined without one, and within `disabled`. */
export function getCache(): Cache | undefined {
  return layers.findLast(hasPart)?.cache
}

/**
 * Runs `fn` with a cache in the place of `globalThis.fetch`, and gives its result: for what `fn` calls and awaits, and nothing
 * beside it. A cache made from options is closed when `fn`, or the promise that it gives, has ended or failed, so bodies
 * should be read in it; a cache that is passed stays open. Throws as `createCache` does.
 *
 * Node, Deno, Bun, and Workers with `nodejs_compat` can tell what belongs to a call. Elsewhere, as in pages, `fn` has to use the
 * `fetch` that it is passed, and one without a parameter is refused with `invalid-option`.
 */
export function enabled<R>(options: InstallOptions | Cache, fn: (fetch: Fetch, cache: Cache) => R): R {
  check(fn)
  const layer = layerOf(options, true)
  const part = scope().get()
  const inner: Part = { enabled: [...(part?.enabled ?? []), layer], disabled: part?.disabled ?? false }
  if (runtime.asyncScope) put(layer)
  const explicit: Fetch = (input, init) => scope().run(inner, () => layer.fetch(input, init))
  return finishing(
    () => scope().run(inner, () => fn(explicit, layer.cache)),
    async () => {
      remove(layer)
      if (layer.cache !== options) await layer.cache.close()
    },
  )
}

/**
 * Runs `fn` without the caches of `installCache` and `enabled`, and gives its result: for what `fn` calls and awaits, and nothing
 * beside it. `cache.fetch` is not touched. Where runtimes can't tell what belongs to a call, as said at `enabled`, `fn` has to use
 * the `fetch` that it is passed.
 */
export function disabled<R>(fn: (fetch: Fetch) => R): R {
  check(fn)
  const explicit: Fetch = (input, init) => scope().run(APART, () => globalThis.fetch(input, init))
  return scope().run(APART, () => fn(explicit))
}

function check(fn: unknown): void {
  if (typeof fn !== 'function') refuse('invalid-option', 'fn', fn, 'a function')
  if (runtime.asyncScope || fn.length > 0) return
  const why = 'this runtime can not tell what belongs to a call'
  refuse('invalid-option', 'fn', fn, `one that uses the fetch it is passed, (fetch) => …: ${why}`)
}

/** Its end is awaited only where the action's is. */
function finishing<R>(action: () => R, end: () => Promise<void>): R {
  const quietly = (): Promise<void> => end().catch(() => {})
  let result: R
  try {
    result = action()
  } catch (error) {
    void quietly()
    throw error
  }
  // A promise of the same in place of the one that was given.
  if (isThenable(result)) return after(result, quietly) as R
  void quietly()
  return result
}

async function after(result: PromiseLike<unknown>, end: () => Promise<void>): Promise<unknown> {
  try {
    return await result
  } finally {
    await end()
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Callers without types may give anything. */
const isCache = (options: unknown): options is Cache =>
  typeof options === 'object' && options !== null && 'fetch' in options && 'explain' in options

function layerOf(options: InstallOptions | Cache, scoped: boolean): Layer {
  const beneath: Fetch = (input, init) => {
    // A method's `this` is none that a page's fetch would take.
    const { previous } = layer
    return previous(input, init)
  }
  const [cache, applies] =
    // Only what is scoped takes a cache.
    scoped && isCache(options) ? [options, always] : made(options as InstallOptions, beneath)
  const layer: Layer = {
    cache,
    previous: globalThis.fetch,
    removed: false,
    scoped,
    async fetch(input, init) {
      return hasPart(layer) && applies(input, init) ? cache.fetch(input, init) : beneath(input, init)
    },
  }
  return layer
}

function put(layer: Layer): void {
  lay(layer, globalThis.fetch)
  layers.push(layer)
  globalThis.fetch = layer.fetch
}

function lay(layer: Layer, previous: Fetch): void {
  layer.previous = previous
  // For what a runtime adds to its fetch.
  Object.setPrototypeOf(layer.fetch, previous)
}

function remove(layer: Layer): void {
  layer.removed = true
  const at = layers.indexOf(layer)
  if (at < 0) return
  layers.splice(at, 1)
  for (const above of layers) if (above.previous === layer.fetch) lay(above, layer.previous)
  if (globalThis.fetch === layer.fetch) globalThis.fetch = layer.previous
}

function hasPart(layer: Layer): boolean {
  if (layer.removed) return false
  const part = scope().get()
  return layer.scoped ? part?.enabled.includes(layer) === true : part?.disabled !== true
}

function made(options: InstallOptions, beneath: Fetch): [Cache, Applies] {
  // What is no object would else pass as one without members.
  entriesOf(options, '')
  const { only, ...rest } = options
  const applies = compileOnly(only)
  return [createCache({ ...rest, fetch: rest.fetch ?? beneath }), applies]
}

const always: Applies = () => true

function compileOnly(only: unknown): Applies {
  if (only === undefined) return always
  const all: readonly unknown[] = Array.isArray(only) ? only : [only]
  if (all.length === 0) refuse('invalid-option', 'only', only, 'at least one pattern')
  const tests = all.map((match, at) =>
    compileMatch(match, Array.isArray(only) ? `only[${at}]` : 'only', runtime.urlPattern),
  )
  return (input, init) => {
    const request = describe(input, init ?? undefined)
    return request !== undefined && tests.some((test) => test(withoutFragment(request.url), request))
  }
}

/** What differs from runtime to runtime: the one thing that `src` takes from `adapters`, through `#runtime`. Types only. */
import type { URLPatternConstructor } from './options/patterns.ts'
import type { BackendSettings } from './options/types.ts'
import type { Scope } from './scope.ts'
import type { Store, StoreOptions } from './store.ts'

/** How a backend is made: `name` and `path` say where it lives, as its adapter understands them. */
export interface BackendOptions extends StoreOptions, Omit<BackendSettings, 'busyTimeout'> {
  readonly name: string
  readonly path?: string | URL
  /** ms */
  readonly busyTimeout?: number
}

export interface Backend {
  (options: BackendOptions): Promise<Store>
  /** Which of the options it takes that not all have: any value of the option's type, or of text only these. */
  readonly options?: { readonly [name in keyof BackendSettings]?: true | readonly string[] }
}

export interface Runtime {
  /** By lower-case name. */
  readonly backends: Readonly<Record<string, Backend>>
  /** The one that is used where none is named; where it can't be opened, `memory` takes its place. */
  readonly defaultBackend: string
  /** The same for what is recorded, which is to be read and kept under version control. Default: `defaultBackend`. */
  readonly fixtures?: string
  /** The native class, or a polyfill that is loaded only here. */
  readonly urlPattern: () => URLPatternConstructor
  /** The redirect mode in which this runtime's fetch shows redirects, if any; pages hide them. */
  readonly hopMode: NonNullable<RequestInit['redirect']> | undefined
  /** The cache mode that fetch wants beside a validator, so that it adds `max-age=0` and not `no-cache`; if any. */
  readonly conditionalMode: NonNullable<RequestInit['cache']> | undefined
  /** Whether the platform adds cookies of its own, so that the credentials mode tells requests apart. */
  readonly ambientCredentials: boolean
  /** Whether a `Response` over a stream costs less here than one over bytes. */
  readonly streamed?: boolean
  /** A new scope, where the runtime can tell what belongs to one asynchronous call. */
  readonly asyncScope?: <T>() => Scope<T>
  /** Environment variables, where there are any. */
  readonly environment?: () => Readonly<Record<string, string | undefined>>
}

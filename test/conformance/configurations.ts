/** What is measured: how the cache is made, and how the suite's client reaches it. */

export interface Configuration {
  readonly title: string
  /** Options of `createCache`; `null` measures plain fetch, which checks the harness itself. */
  readonly options: Readonly<Record<string, unknown>> | null
  /** Which of the suite's filters applies: its browsers', or everyone else's. */
  readonly mode: 'private' | 'shared'
  /** Behind a reverse proxy instead of inside the client. */
  readonly proxy?: true
  /** Left out unless asked for by name. */
  readonly onRequest?: true
}

const memory = { backend: 'memory' }
const shared = { ...memory, shared: true }
const full = { ...shared, staleIfError: true, targets: ['CDN-Cache-Control'] }

export const configurations = {
  private: { title: 'private cache, defaults', options: memory, mode: 'private' },
  shared: { title: 'shared cache, defaults', options: shared, mode: 'shared' },
  proxy: { title: 'reverse proxy made of the shared cache, defaults', options: shared, mode: 'shared', proxy: true },
  'private-stale': {
    title: 'private cache with staleIfError',
    options: { ...memory, staleIfError: true },
    mode: 'private',
  },
  'shared-stale': { title: 'shared cache with staleIfError and CDN-Cache-Control', options: full, mode: 'shared' },
  'proxy-stale': {
    title: 'reverse proxy with staleIfError and CDN-Cache-Control',
    options: full,
    mode: 'shared',
    proxy: true,
  },
  plain: { title: 'plain fetch as a private cache', options: null, mode: 'private', onRequest: true },
  'plain-shared': { title: 'plain fetch as a shared cache', options: null, mode: 'shared', onRequest: true },
  'plain-proxy': {
    title: 'reverse proxy without a cache',
    options: null,
    mode: 'shared',
    proxy: true,
    onRequest: true,
  },
} as const satisfies Record<string, Configuration>

export type ConfigurationName = keyof typeof configurations

export const isConfiguration = (name: string): name is ConfigurationName => Object.hasOwn(configurations, name)
